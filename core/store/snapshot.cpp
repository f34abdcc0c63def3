#include "core/store/snapshot.hpp"

#include <algorithm>
#include <utility>

#include "core/overload.hpp"

namespace decree::store {

namespace {

constexpr std::uint64_t sessions_a_piece = 1024;
constexpr std::uint64_t delays_a_piece = 64;

std::uint64_t pieces(std::uint64_t amount, std::uint64_t a_piece) {
    return amount / a_piece + (amount % a_piece == 0 ? 0 : 1);
}

SnapshotHead head_of(const State& state) {
    const Tree before = state.history.before();
    return {.version = snapshot_version,
            .settings = state.settings,
            .base = Revision{state.history.first().value - 1},
            .last = state.history.last(),
            .root_changed = before.root().changed,
            .next_session = state.sessions.next(),
            .electorate = ElectorateWire::of(state.electorate),
            .sessions = pieces(state.sessions.size(), sessions_a_piece),
            .delays = pieces(state.delays.size(), delays_a_piece),
            .tree = pieces(before.measure().bytes, piece_bytes),
            .history = pieces(state.history.measure().bytes, piece_bytes)};
}

void put_sessions(const Sessions& sessions, std::uint64_t number, Encoder& out) {
    std::vector<SessionRecord> records;
    const std::uint64_t begin = number * sessions_a_piece;
    const std::uint64_t end = std::min<std::uint64_t>(begin + sessions_a_piece, sessions.size());
    for (std::uint64_t i = begin; i < end; ++i) {
        const Session& session = sessions[static_cast<std::size_t>(i)];
        records.push_back({.id = session.id, .ttl_us = session.ttl_us, .end = session.end});
    }
    out.put(records);
}

void put_delays(const LockDelays& delays, std::uint64_t number, Encoder& out) {
    std::vector<LockDelay> records;
    const std::uint64_t begin = number * delays_a_piece;
    const std::uint64_t end = std::min<std::uint64_t>(begin + delays_a_piece, delays.size());
    for (std::uint64_t i = begin; i < end; ++i) {
        records.push_back(delays[static_cast<std::size_t>(i)]);
    }
    out.put(records);
}

// What begins in a window on the tree's bytes, a directory counted before what is in it.
class Window {
public:
    explicit Window(std::uint64_t begin) : begin_(begin), end_(begin + piece_bytes) {}

    // Below `directory`, whose items begin at byte `at` and whose path is path_ (of the root: "").
    void gather(const Directory& directory, std::uint64_t at) {
        const auto place = directory.items.seek(
            [&](const TreeMeasure& measure) { return at + measure.bytes > begin_; });
        at += place.before.bytes;
        directory.items.visit(place.index, [&](const Shared<const Item>& item) {
            if (at >= end_) return false;
            const std::size_t length = path_.size();
            path_ += '/';
            path_ += item->name;
            std::visit(Overload{[&](const File& file) { add(file, at); },
                                [&](const Directory& below) {
                                    add(below, at);
                                    gather(below, at + item->name.size() + item_bytes);
                                }},
                       item->what);
            path_.resize(length);
            at += ItemOrder::measure(item).bytes;
            return true;
        });
    }
    [[nodiscard]] const std::vector<TreeRecord>& records() const { return records_; }

private:
    void add(const File& file, std::uint64_t at) {
        if (at >= begin_) records_.emplace_back(FileRecord{.path = path_, .file = file});
    }
    void add(const Directory& directory, std::uint64_t at) {
        if (at < begin_) return;
        records_.emplace_back(DirectoryRecord{.path = path_, .changed = directory.changed});
    }

    std::uint64_t begin_;
    std::uint64_t end_;
    std::string path_;
    std::vector<TreeRecord> records_;
};

void put_tree(const Tree& tree, std::uint64_t number, Encoder& out) {
    Window window(number * piece_bytes);
    window.gather(tree.root(), 0);
    out.put(window.records());
}

void put_history(const History& history, std::uint64_t number, Encoder& out) {
    const std::uint64_t begin = number * piece_bytes;
    std::vector<Event> events;
    history.visit_bytes(begin, [&](const Event& event, std::uint64_t at) {
        if (at >= begin + piece_bytes) return false;
        events.push_back(event);
        return true;
    });
    out.put(events);
}

}  // namespace

bool snapshot_piece(const State& state, std::uint64_t index, ByteBuffer& out) {
    Encoder encoder(out);
    const SnapshotHead head = head_of(state);
    if (index == 0) {
        encoder.put(head);
        return true;
    }
    std::uint64_t number = index - 1;
    if (number < head.sessions) {
        put_sessions(state.sessions, number, encoder);
        return true;
    }
    number -= head.sessions;
    if (number < head.delays) {
        put_delays(state.delays, number, encoder);
        return true;
    }
    number -= head.delays;
    if (number < head.tree) {
        put_tree(state.history.before(), number, encoder);
        return true;
    }
    number -= head.tree;
    if (number >= head.history) return false;
    put_history(state.history, number, encoder);
    return true;
}

}  // namespace decree::store
