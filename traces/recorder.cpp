#include "traces/recorder.hpp"

#include <algorithm>
#include <utility>

#include "core/contract.hpp"
#include "core/digest.hpp"
#include "core/hash.hpp"
#include "core/node/node.hpp"
#include "core/overload.hpp"

namespace decree::traces {
namespace {

constexpr std::size_t block_size = 60'000;

// What an event says besides the content of a message.
std::uint64_t digest_cause(std::uint64_t digest, const Event& event) {
    digest = mix(digest, event.now.value);
    digest = mix(digest, event.what.index());
    return std::visit(Overload{[&](const Received& received) {
                                   digest = mix(digest, received.from.value);
                                   return mix(digest, received.message.index());
                               },
                               [&](const auto& other) { return digest_of(other, digest); }},
                      event.what);
}

}  // namespace

std::uint64_t extend_digest(std::uint64_t digest, NodeId node, const Event& event,
                            const Effects& effects) {
    // Each part by itself, then stirred together, and only at the end into what was before: a
    // processor works on all parts at once, where a chain through all of them would keep it
    // waiting.
    std::uint64_t step = digest_cause(node.value, event);
    for (const Envelope& envelope : effects.envelopes) step = mix(step, digest_of(envelope));
    step = mix(step, effects.envelopes.size());
    if (!effects.replies.empty()) step = mix(step, digest_of(effects.replies, 1));
    if (!effects.journal.bytes.empty()) step = mix(step, digest_of(effects.journal, 2));
    if (!effects.snapshot.empty()) step = mix(step, digest_of(effects.snapshot, 3));
    return mix(digest, mix(step, effects.release.value));
}

Recorder::Recorder(const RunHeader& header) {
    put_header(header, scratch_);
    tape_.put(scratch_);
    block_begin_ = tape_.size();
    tape_.put_fixed(0, block_head);
}

// This and begin_entry() are a few instructions for nearly every step of a run: as many as a call.
[[gnu::always_inline]] inline Recorder::KnownNode& Recorder::known(NodeId node) {
    // Simulated nodes are 1, 2, ..., and first start in that order.
    if (node.value - 1 < nodes_.size()) [[likely]] {
        KnownNode& guess = nodes_[static_cast<std::size_t>(node.value - 1)];
        if (guess.id == node) [[likely]]
            return guess;
    }
    return find_known(node);
}

Recorder::KnownNode& Recorder::find_known(NodeId node) {
    for (KnownNode& one : nodes_) {
        if (one.id == node) return one;
    }
    return nodes_.emplace_back(KnownNode{.id = node, .clock = {}, .written = {}});
}

// The entry's first bytes. Returns where the next may be written: room for three numbers.
[[gnu::always_inline]] inline std::byte* Recorder::begin_entry(EntryKind kind, std::size_t node,
                                                               Time at) {
    ENSURE(at.value >= at_, "the world's time does not go back");
    const std::size_t high = node < 15 ? node : 15;
    std::byte* to = tape_.room(1 + 5 * varint_bytes);
    *to++ = static_cast<std::byte>(static_cast<std::size_t>(kind) | (high << 4U));
    if (high == 15) to = write_varint(to, node);
    to = write_varint(to, at.value - at_);
    at_ = at.value;
    return to;
}

template <class T>
void Recorder::put(const T& thing) {
    scratch_.clear();
    Encoder(scratch_).put(thing);
    tape_.put(scratch_);
}

void Recorder::end_entry() {
    if (tape_.size() - block_begin_ >= block_size) close_block();
}

void Recorder::close_block() {
    const Bytes content = tape_.from(block_begin_ + block_head);
    const std::uint64_t checksum = block_checksum(++blocks_, content);
    tape_.set_fixed(block_begin_, content.size(), block_head);
    tape_.put_fixed(checksum, block_foot);
    block_begin_ = tape_.size();
    tape_.put_fixed(0, block_head);
}

void Recorder::started(Time at, Time now, const Options& options, const DiskView& disk,
                       const std::optional<Beginning>& beginning) {
    KnownNode& node = known(options.self);
    const auto number = static_cast<std::size_t>(&node - nodes_.data());
    tape_.wrote_to(begin_entry(EntryKind::Start, number, at));
    node.clock = NodeClock{.at = at.value, .now = now.value};
    put(now);
    put(options);
    put(beginning);
    ByteBuffer image;
    Encoder image_out(image);
    put_disk(node.written, disk, image_out);
    put(image);
    end_entry();
}

[[gnu::always_inline]] inline void Recorder::put_event(EntryKind kind, Time at, KnownNode& node,
                                                       const Event& event,
                                                       const std::optional<MessageId>& message) {
    const std::uint64_t number_in_cause = event.what.index() + 1;
    auto cause = static_cast<EntryKind>(
        std::min(number_in_cause, static_cast<std::uint64_t>(EntryKind::OtherCause)));
    if (cause == EntryKind::Received && message) cause = EntryKind::Delivered;
    const bool broke = kind == EntryKind::Broke;
    const auto number = static_cast<std::size_t>(&node - nodes_.data());
    std::byte* to = begin_entry(broke ? kind : cause, number, at);
    NodeClock& clock = node.clock;
    to = write_varint(to, zigzag((event.now.value - clock.now) - (at.value - clock.at)));
    clock.at = at.value;
    clock.now = event.now.value;
    if (cause == EntryKind::OtherCause) {
        to = write_varint(to, number_in_cause);
    } else if (broke) {
        to = write_varint(to, static_cast<std::uint64_t>(cause));
    }
    if (cause == EntryKind::Delivered) {
        to = write_varint(to, zigzag(*message - last_delivered_));
        last_delivered_ = *message;
    } else if (const auto* durable = std::get_if<Durable>(&event.what)) {
        to = write_varint(to, zigzag(durable->position.value - clock.durable));
        clock.durable = durable->position.value;
    }
    tape_.wrote_to(to);
    const bool told = cause == EntryKind::Delivered || cause == EntryKind::Durable ||
                      cause == EntryKind::TimePassed;
    if (!told) std::visit([&](const auto& what) { put(what); }, event.what);
}

void Recorder::stepped(Time at, const Node& after, const Event& event, const Effects& effects,
                       const std::optional<MessageId>& message,
                       const std::optional<std::uint64_t>& digest) {
    static_assert(std::variant_size_v<decltype(Event::what)> + 1 == std::variant_size_v<Cause>);
    KnownNode& node = known(after.id());
    put_event(EntryKind::Delivered, at, node, event, message);
    node.written.wrote(effects);
    next_message_ += effects.envelopes.size();
    digest_ = digest ? *digest : extend_digest(digest_, node.id, event, effects);
    if (++steps_ % steps_per_digest == 0) put_digest();
    end_entry();
}

void Recorder::put_digest() {
    tape_.wrote_to(write_varint(begin_entry(EntryKind::Digest, 0, Time{at_}), steps_));
    tape_.put_fixed(digest_, 8);
}

void Recorder::take_blocks(ByteBuffer& out, bool now_whole) {
    const bool some = tape_.size() > block_begin_ + block_head;
    if (now_whole && some) {
        put_digest();
        close_block();
    }
    const Bytes whole = tape_.from(0).first(block_begin_);
    out.insert(out.end(), whole.begin(), whole.end());
    tape_.drop_front(block_begin_);
    block_begin_ = 0;
}

void Recorder::broke(Time at, NodeId node, const Event& event,
                     const std::optional<MessageId>& message) {
    put_event(EntryKind::Broke, at, known(node), event, message);
    end_entry();
}

void Recorder::crashed(Time at, NodeId node) {
    const auto number = static_cast<std::size_t>(&known(node) - nodes_.data());
    tape_.wrote_to(begin_entry(EntryKind::Crash, number, at));
    end_entry();
}

void Recorder::note(Time at, const Note& note) {
    std::byte* const to = begin_entry(EntryKind::WorldNote, 0, at);
    // By far the most frequent notes.
    if (const auto* lost = std::get_if<MessageLost>(&note)) {
        std::byte* end = write_varint(to, note.index());
        end = write_varint(end, lost->message);
        tape_.wrote_to(write_varint(end, static_cast<std::uint64_t>(lost->why)));
    } else {
        tape_.wrote_to(to);
        put(note);
    }
    end_entry();
}

void Recorder::violated(const props::Violation& violation) {
    tape_.wrote_to(begin_entry(EntryKind::Violation, 0, Time{at_}));
    put(violation);
    end_entry();
    violated_ = true;
}

ByteBuffer Recorder::finish(const std::optional<props::Violation>& violation) {
    if (violation && !violated_) violated(*violation);
    std::byte* to = begin_entry(EntryKind::End, 0, Time{at_});
    tape_.wrote_to(write_varint(write_varint(to, steps_), next_message_));
    tape_.put_fixed(digest_, 8);
    close_block();
    const Bytes trace = tape_.from(0).first(block_begin_);
    return {trace.begin(), trace.end()};
}

}  // namespace decree::traces
