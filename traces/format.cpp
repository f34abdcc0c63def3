#include "traces/format.hpp"

#include <algorithm>
#include <utility>

#include "core/hash.hpp"

namespace decree::traces {
namespace {

constexpr std::string_view mend = "; get the whole file again, or record the run anew";

std::uint64_t fixed_number(Bytes bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
        number = (number << 8U) | std::to_integer<std::uint64_t>(bytes[i - 1]);
    }
    return number;
}

// The first line in which the two shapes differ, as the file has it.
std::string first_difference(std::string_view theirs, std::string_view ours) {
    const auto [a, b] = std::ranges::mismatch(theirs, ours);
    const auto at = static_cast<std::size_t>(a - theirs.begin());
    const std::size_t line = theirs.rfind('\n', at == 0 ? 0 : at - 1);
    std::string_view rest = theirs.substr(line == std::string_view::npos ? 0 : line + 1);
    return std::string(rest.substr(0, std::min(rest.find('\n'), std::size_t{90})));
}

}  // namespace

void put_header(const RunHeader& header, ByteBuffer& out) {
    Encoder file(out);
    file.put_raw(as_bytes(trace_magic));
    file.put_varint(format_version);
    ByteBuffer block;
    Encoder encoder(block);
    encoder.put(std::string(program_version));
    encoder.put(shape());
    encoder.put(header);
    for (std::size_t i = 0; i < block_head; ++i) {
        out.push_back(static_cast<std::byte>(block.size() >> (8 * i)));
    }
    file.put_raw(block);
    const std::uint64_t checksum = block_checksum(0, block);
    for (std::size_t i = 0; i < block_foot; ++i) {
        out.push_back(static_cast<std::byte>(checksum >> (8 * i)));
    }
}

std::uint64_t block_checksum(std::uint64_t index, Bytes payload) {
    return mix(mix(hash_bytes(payload), index), payload.size());
}

std::expected<Trace, BadTrace> Trace::read(ByteBuffer bytes) {
    Trace trace;
    trace.bytes_ = std::move(bytes);
    std::optional<BadTrace> bad = trace.find_blocks();
    if (!bad) bad = trace.read_header();
    if (!bad) bad = trace.read_entries();
    if (bad) return std::unexpected(*std::move(bad));
    return trace;
}

std::optional<BadTrace> Trace::find_blocks() {
    const Bytes all(bytes_);
    Decoder in(all);
    if (as_text(in.get_raw(trace_magic.size())) != trace_magic) {
        return BadTrace{"this is no trace: it does not begin with \"decree trace\"", 0};
    }
    const std::uint64_t version = in.get_varint();
    if (!in.ok() || version != format_version) {
        return BadTrace{"format version " + std::to_string(version) + "; this program reads " +
                            std::to_string(format_version) + "; use the program that recorded it",
                        trace_magic.size()};
    }
    while (!in.at_end()) {
        std::optional<BadTrace> bad = find_block(in);
        if (!bad) continue;
        // Whether the beginning counts without the rest, the header says.
        if (blocks_.empty()) return bad;
        broken_off_ = std::move(bad);
        return std::nullopt;
    }
    if (blocks_.empty()) {
        return BadTrace{"there is no header: the file was cut off" + std::string(mend), all.size()};
    }
    return std::nullopt;
}

std::optional<BadTrace> Trace::find_block(Decoder& in) {
    const std::size_t begin = in.offset();
    const std::string name = "block " + std::to_string(blocks_.size());
    const Bytes head = in.get_raw(block_head);
    const Bytes payload = in.get_raw(fixed_number(head));
    const Bytes foot = in.get_raw(block_foot);
    if (!in.ok()) {
        return BadTrace{name + " ends beyond the file: the file was cut off" + std::string(mend),
                        begin};
    }
    if (fixed_number(foot) != block_checksum(blocks_.size(), payload)) {
        return BadTrace{
            "the checksum of " + name + " is wrong: the file is damaged" + std::string(mend),
            begin};
    }
    blocks_.push_back({.begin = begin + block_head, .size = payload.size()});
    return std::nullopt;
}

std::optional<BadTrace> Trace::read_header() {
    const Block block = blocks_.front();
    Decoder in(Bytes(bytes_).subspan(block.begin, block.size));
    in.get(program_);
    const auto theirs = in.get<std::string>();
    if (in.ok() && theirs != shape()) {
        return BadTrace{
            "recorded by version " + program_ +
                " of the program, whose data differ from this one's (" + program_version.data() +
                "), first in: " + first_difference(theirs, shape()) + "; use that version",
            block.begin};
    }
    in.get(header_);
    if (in.ok() && !in.at_end()) in.fail("the end of the header");
    if (in.ok()) return header_.live() ? std::nullopt : broken_off_;
    return BadTrace{"the header is malformed: expected " + in.error().what,
                    block.begin + in.error().offset};
}

std::optional<BadTrace> Trace::read_entries() {
    EntryReader reader(*this);
    Entry entry;
    bool ended = false;
    while (reader.next(entry)) {
        if (ended) return BadTrace{"entries follow the last one", blocks_.back().begin};
        if (const auto* end = std::get_if<End>(&entry.what)) {
            ended = true;
            end_ = *end;
        }
        if (const auto* mark = std::get_if<DigestMark>(&entry.what)) {
            end_ = {.steps = mark->steps, .messages = 0, .digest = mark->digest};
        }
        end_time_ = entry.at;
        const auto* violation = std::get_if<props::Violation>(&entry.what);
        if (violation != nullptr && !violation_) violation_ = *violation;
        if (const auto* start = std::get_if<Start>(&entry.what)) by_hand_ = start->options.by_hand;
    }
    if (reader.error()) return reader.error();
    nodes_ = reader.nodes_;
    if (ended || broken_off_) return std::nullopt;
    BadTrace cut{"the last entry is missing: the file was cut off" + std::string(mend),
                 bytes_.size()};
    if (!header_.live()) return cut;
    broken_off_ = std::move(cut);
    return std::nullopt;
}

bool EntryReader::next(Entry& entry) {
    if (error_) return false;
    while (!in_ || in_->at_end()) {
        if (in_) ++block_;
        if (block_ >= trace_.blocks_.size()) return false;
        const Trace::Block block = trace_.blocks_[block_];
        in_.emplace(Bytes(trace_.bytes_).subspan(block.begin, block.size));
    }
    read_entry(*in_, entry);
    if (in_->ok()) return true;
    error_ =
        BadTrace{"block " + std::to_string(block_) + " is malformed: expected " + in_->error().what,
                 trace_.blocks_[block_].begin + in_->error().offset};
    return false;
}

void EntryReader::read_entry(Decoder& in, Entry& entry) {
    const auto first = in.get_raw(1);
    if (first.empty()) return;
    const auto kind = static_cast<EntryKind>(std::to_integer<unsigned>(first[0]) & 0x0FU);
    std::uint64_t node = std::to_integer<unsigned>(first[0]) >> 4U;
    if (node == 15) node = in.get_varint();
    const std::uint64_t delta = in.get_varint();
    if (at_ + delta < at_) return in.fail("a time that does not go back");
    at_ += delta;
    entry.at = Time{at_};
    const bool of_node = kind <= EntryKind::Start || kind == EntryKind::Crash;
    const bool may_be_new = kind == EntryKind::Start;
    if (of_node && node >= nodes_.size() + (may_be_new ? 1 : 0)) {
        return in.fail("the number of a node that has started");
    }
    switch (kind) {
    case EntryKind::Start:
        return read_start(in, node, entry.what.emplace<Start>());
    case EntryKind::Crash:
        entry.what = Crash{nodes_[node]};
        return;
    case EntryKind::WorldNote:
        return in.get(entry.what.emplace<Note>());
    case EntryKind::Digest: {
        const std::uint64_t steps = in.get_varint();
        entry.what = DigestMark{.steps = steps, .digest = fixed_number(in.get_raw(8))};
        return;
    }
    case EntryKind::Violation:
        return in.get(entry.what.emplace<props::Violation>());
    case EntryKind::End: {
        End& end = entry.what.emplace<End>();
        end.steps = in.get_varint();
        end.messages = in.get_varint();
        end.digest = fixed_number(in.get_raw(8));
        return;
    }
    default:
        return read_step(in, kind, node, entry.what.emplace<Step>());
    }
}

void EntryReader::read_start(Decoder& in, std::size_t node, Start& start) {
    in.get(start.now);
    in.get(start.options);
    in.get(start.beginning);
    in.get(start.disk);
    if (!in.ok()) return;
    if (node == nodes_.size()) {
        if (std::ranges::find(nodes_, start.options.self) != nodes_.end()) {
            return in.fail("a node under its own number");
        }
        nodes_.push_back(start.options.self);
        clocks_.emplace_back();
    }
    if (nodes_[node] != start.options.self) return in.fail("a node under its own number");
    clocks_[node] = NodeClock{.at = at_, .now = start.now.value};
}

void EntryReader::read_step(Decoder& in, EntryKind kind, std::size_t node, Step& step) {
    NodeClock& clock = clocks_[node];
    step.node = nodes_[node];
    clock.now += (at_ - clock.at) + unzigzag(in.get_varint());
    clock.at = at_;
    step.now = Time{clock.now};
    auto cause = static_cast<std::uint64_t>(kind);
    step.broke = kind == EntryKind::Broke;
    if (step.broke || kind == EntryKind::OtherCause) {
        const std::uint64_t least = step.broke ? 0 : cause;
        cause = in.get_varint();
        if (cause < least) return in.fail("the number of a cause without a kind of its own");
    }
    const auto read = [&]<class What>(const What&) { in.get(step.cause.emplace<What>()); };
    constexpr auto other = static_cast<std::uint64_t>(EntryKind::OtherCause);
    if (cause == other) return read(HandoverRequested{});
    if (cause == other + 1) return read(Directed{});
    if (cause == other + 2) return read(Reached{});
    if (cause > other) return in.fail("the number of a known cause");
    switch (static_cast<EntryKind>(cause)) {
    case EntryKind::Delivered:
        last_delivered_ += unzigzag(in.get_varint());
        step.cause = Delivered{last_delivered_};
        return;
    case EntryKind::Durable:
        clock.durable += unzigzag(in.get_varint());
        step.cause = Durable{Position{clock.durable}};
        return;
    case EntryKind::Received:
        return read(Received{});
    case EntryKind::TimePassed:
        return read(TimePassed{});
    case EntryKind::SnapshotStored:
        return read(SnapshotStored{});
    case EntryKind::Requested:
        return read(Requested{});
    case EntryKind::ReadRequested:
        return read(ReadRequested{});
    case EntryKind::ClientGone:
        return read(ClientGone{});
    default:
        return in.fail("the number of a known cause");
    }
}

}  // namespace decree::traces
