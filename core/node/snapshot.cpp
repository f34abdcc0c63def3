#include "core/node/snapshot.hpp"

#include <algorithm>

#include "core/digest.hpp"

namespace decree {

namespace {

constexpr std::size_t longest_varint = 10;

std::size_t encoded_size(const Origin& origin) {
    std::size_t size = 40;
    for (std::size_t i = 0; i < origin.answers.size(); ++i) {
        size += 12 + origin.answers[i].answer.size();
    }
    return size;
}

void put_origin(Encoder& out, const Origin& origin) {
    out.put(origin.id);
    out.put(origin.incarnation);
    out.put(origin.lowest);
    out.put_varint(origin.answers.size());
    for (std::size_t i = 0; i < origin.answers.size(); ++i) out.put(origin.answers[i]);
}

Origin get_origin(Decoder& in) {
    Origin origin{.id = in.get<NodeId>(),
                  .incarnation = in.get<Incarnation>(),
                  .lowest = in.get<std::uint64_t>(),
                  .answers = {}};
    const std::size_t count = in.get_count();
    for (std::size_t i = 0; i < count && in.ok(); ++i) origin.answers.push_back(in.get<Executed>());
    return origin;
}

}  // namespace

Frozen::Frozen(const Executor& executor, std::uint32_t part_bytes)
    : executor_(executor), dropped_a_piece_(part_bytes / longest_varint + 1) {
    const std::size_t dropped = executor_.requests().dropped().size();
    dropped_pieces_ = (dropped + dropped_a_piece_ - 1) / dropped_a_piece_;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < executor_.requests().size(); ++i) {
        const std::size_t size = encoded_size(executor_.requests()[i]);
        if (table_starts_.empty() || bytes + size > part_bytes) {
            table_starts_.push_back(i);
            bytes = 0;
        }
        bytes += size;
    }
}

SnapshotHead Frozen::head() const {
    const std::span<const Era> eras = executor_.membership().eras(next(through()));
    SnapshotHead head{.version = snapshot_version,
                      .through = through(),
                      .stamp = executor_.stamp(),
                      .eras = {eras.begin(), eras.end()},
                      .dropped_pieces = dropped_pieces_,
                      .table_pieces = table_starts_.size()};
    // Where the present era began depends on what a node has forgotten: equal states, equal bytes.
    head.eras.front().from = next(through());
    return head;
}

void Frozen::put_dropped(std::size_t number, Encoder& out) const {
    const std::vector<NodeId>& dropped = executor_.requests().dropped();
    const std::size_t begin = number * dropped_a_piece_;
    const std::size_t end = std::min(begin + dropped_a_piece_, dropped.size());
    out.put_varint(end - begin);
    for (std::size_t i = begin; i < end; ++i) out.put(dropped[i]);
}

void Frozen::put_table(std::size_t number, Encoder& out) const {
    const RequestTable& table = executor_.requests();
    const std::size_t begin = table_starts_[number];
    const std::size_t end =
        number + 1 < table_starts_.size() ? table_starts_[number + 1] : table.size();
    out.put_varint(end - begin);
    for (std::size_t i = begin; i < end; ++i) put_origin(out, table[i]);
}

bool Frozen::piece(std::uint64_t index, ByteBuffer& out) const {
    Encoder encoder(out);
    if (index == 0) {
        encoder.put(head());
        return true;
    }
    std::uint64_t number = index - 1;
    if (number < dropped_pieces_) {
        put_dropped(static_cast<std::size_t>(number), encoder);
        return true;
    }
    number -= dropped_pieces_;
    if (number < table_starts_.size()) {
        put_table(static_cast<std::size_t>(number), encoder);
        return true;
    }
    return executor_.machine().snapshot_piece(number - table_starts_.size(), out);
}

std::expected<void, BadBytes> Restorer::take(Bytes piece) {
    const std::uint64_t index = next_++;
    if (index == 0) return take_head(piece);
    std::uint64_t number = index - 1;
    if (number < head_.dropped_pieces) return take_dropped(piece);
    number -= head_.dropped_pieces;
    if (number < head_.table_pieces) return take_table(piece);
    return machine_->restore_piece(number - head_.table_pieces, piece);
}

std::expected<void, BadBytes> Restorer::take_head(Bytes piece) {
    Decoder in(piece);
    in.get(head_);
    if (in.ok() && head_.version != snapshot_version) in.fail("a snapshot of version 1");
    if (in.ok() && head_.through != through_) in.fail("the slot that the snapshot is named by");
    const auto bad_voters = [](const Era& era) {
        return era.voters.empty() || era.voters.size() > max_voters ||
               era.voters != make_voters(era.voters);
    };
    const bool founded = !head_.eras.empty() && head_.eras.front().from == next(through_) &&
                         std::ranges::adjacent_find(head_.eras, std::ranges::greater_equal{},
                                                    &Era::from) == head_.eras.end() &&
                         std::ranges::none_of(head_.eras, bad_voters);
    if (in.ok() && !founded) in.fail("the voters of the slots that follow");
    const bool countable = head_.dropped_pieces < max_number && head_.table_pieces < max_number;
    if (in.ok() && !countable) in.fail("numbers of pieces");
    if (in.ok() && !in.at_end()) in.fail("the end");
    if (!in.ok()) return std::unexpected(in.error());
    return {};
}

std::expected<void, BadBytes> Restorer::take_dropped(Bytes piece) {
    Decoder in(piece);
    const std::size_t count = in.get_count();
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
        if (!requests_.restore_dropped(in.get<NodeId>()) && in.ok()) in.fail("ascending origins");
    }
    if (in.ok() && !in.at_end()) in.fail("the end");
    if (!in.ok()) return std::unexpected(in.error());
    return {};
}

std::expected<void, BadBytes> Restorer::take_table(Bytes piece) {
    Decoder in(piece);
    const std::size_t count = in.get_count();
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
        if (!requests_.restore(get_origin(in)) && in.ok()) in.fail("ascending origins");
    }
    if (in.ok() && !in.at_end()) in.fail("the end");
    if (!in.ok()) return std::unexpected(in.error());
    return {};
}

std::expected<Executor, BadBytes> Restorer::finish(const Settings& settings) {
    if (next_ <= head_.dropped_pieces + head_.table_pieces) {
        return std::unexpected(BadBytes{.what = "expected more pieces of a snapshot", .offset = 0});
    }
    if (head_.eras.back().from > through_ + settings.alpha) {
        return std::unexpected(BadBytes{.what = "expected voters within alpha", .offset = 0});
    }
    if (auto whole = machine_->end_restore(); !whole) return std::unexpected(whole.error());
    return Executor(std::move(machine_), std::move(requests_),
                    Membership(head_.eras, through_, settings.alpha), head_.stamp);
}

std::uint64_t Restorer::digest() const {
    return mix(mix(through_.value, next_), mix(requests_.digest(), machine_.digest()));
}

}  // namespace decree
