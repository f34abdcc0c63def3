#include <algorithm>
#include <utility>

#include "core/overload.hpp"
#include "core/store/machines.hpp"
#include "core/store/snapshot.hpp"

namespace decree::store {

namespace {

BadBytes bad(const char* expected, std::uint64_t piece) {
    return {.what = std::string("expected ") + expected + " in piece " + std::to_string(piece),
            .offset = 0};
}

bool storable(const std::string& path, Names names) {
    return is_path(path, names) && path != "/" && path_depth(path) <= deepest_path;
}

Revision changed_in(const TreeRecord& record) {
    return std::visit(Overload{[](const FileRecord& r) { return r.file.revision; },
                               [](const DirectoryRecord& r) { return r.changed; }},
                      record);
}

// Takes a piece that is a list of T, one by one, until `take` says what is wrong.
template <class T, class F>
const char* take_list(Bytes piece, F take) {
    auto list = decode<std::vector<T>>(piece);
    if (!list) return "a list of records";
    for (T& record : *list) {
        if (const char* wrong = take(std::move(record))) return wrong;
    }
    return nullptr;
}

}  // namespace

std::expected<void, BadBytes> SnapshotReader::take(std::uint64_t index, Bytes piece,
                                                   const Settings& cluster) {
    if (index != next_) return std::unexpected(bad("the next piece", index));
    ++next_;
    const char* wrong = nullptr;
    const std::uint64_t delays = 1 + head_.sessions;
    const std::uint64_t tree = delays + head_.delays;
    const std::uint64_t history = tree + head_.tree;
    if (index == 0) {
        const auto head = decode<SnapshotHead>(piece);
        wrong = head ? take_head(*head, cluster) : "a head";
    } else if (index < delays) {
        wrong = take_list<SessionRecord>(piece, [&](auto&& r) { return take_session(r); });
    } else if (index < tree) {
        wrong = take_list<LockDelay>(piece, [&](auto&& r) { return take_delay(r); });
    } else if (index < history) {
        wrong = take_list<TreeRecord>(
            piece, [&](auto&& r) { return take_tree(std::forward<decltype(r)>(r)); });
        if (wrong == nullptr && index + 1 == history) wrong = end_tree();
    } else if (index < history + head_.history) {
        if (head_.tree == 0 && index == history) wrong = end_tree();
        if (wrong == nullptr) {
            wrong = take_list<Event>(
                piece, [&](auto&& e) { return take_event(std::forward<decltype(e)>(e)); });
        }
    } else {
        wrong = "no more pieces";
    }
    if (wrong != nullptr) return std::unexpected(bad(wrong, index));
    return {};
}

const char* SnapshotReader::take_head(const SnapshotHead& head, const Settings& cluster) {
    if (head.version != snapshot_version) return "version 1";
    if (bad_store(cluster, head.settings)) return "settings that can be";
    const bool counted = head.base.value >= 0 && head.base <= head.last &&
                         head.last.value < static_cast<std::int64_t>(max_number) &&
                         head.root_changed.value >= 0 && head.root_changed <= head.base;
    if (!counted) return "revisions in order";
    const std::uint64_t most = std::max({head.sessions, head.delays, head.tree, head.history});
    if (most >= max_number / 8) return "numbers of pieces";
    if (head.next_session == no_session) return "the next session";
    if (!head.electorate.can_be(cluster.voters)) return "an electorate that can be";
    if (!check_quorums(cluster.quorums, head.electorate.voters)) return "voters with quorums";
    head_ = head;
    state_.emplace(State{.settings = head.settings,
                         .history = {},
                         .sessions = {},
                         .delays = {},
                         .electorate = head.electorate.value()});
    state_->sessions.restore_next(head.next_session);
    tree_.restore_directory("/", head.root_changed);
    return nullptr;
}

const char* SnapshotReader::take_session(const SessionRecord& record) {
    const Session session{.id = record.id, .ttl_us = record.ttl_us, .end = record.end, .files = {}};
    return state_->sessions.restore(session) ? nullptr : "sessions in order";
}

const char* SnapshotReader::take_delay(const LockDelay& delay) {
    if (!storable(delay.path, state_->settings.names)) return "paths of locks";
    return state_->delays.restore(delay) ? nullptr : "lock delays in order";
}

const char* SnapshotReader::take_tree(TreeRecord&& record) {
    const auto& path =
        std::visit([](const auto& r) -> const std::string& { return r.path; }, record);
    if (!storable(path, state_->settings.names)) return "paths";
    const Found found = tree_.find(path);
    const bool free = found.file == nullptr && found.directory == nullptr && !found.below_file;
    if (!free) return "each path once";
    const std::string above = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
    const Directory* const parent = tree_.find(above).directory;
    const bool follows = parent != nullptr && (empty_.empty() || empty_ == above);
    if (!follows) return "directories before what is in them, and none empty";
    const Revision changed = changed_in(record);
    if (changed < Revision{1} || changed > parent->changed) return "revisions below each other's";
    empty_ = std::holds_alternative<DirectoryRecord>(record) ? path : std::string();
    std::visit(Overload{
                   [&](FileRecord& file) {
                       if (file.file.session != no_session) ++bound_;
                       state_->sessions.rebind(file.path, no_session, file.file.session);
                       tree_.restore(file.path, std::move(file.file));
                   },
                   [&](const DirectoryRecord& directory) {
                       tree_.restore_directory(directory.path, directory.changed);
                   },
               },
               record);
    return nullptr;
}

const char* SnapshotReader::end_tree() {
    if (!empty_.empty()) return "no empty directory";
    state_->history.begin(head_.base, tree_);
    return nullptr;
}

const char* SnapshotReader::take_event(Event&& event) {
    const bool dense = event.revision == next(state_->history.last()) &&
                       event.revision <= event.group && event.group <= head_.last;
    if (!dense) return "dense revisions";
    const Tree& tree = state_->history.now();
    const Found found = tree.find(event.path);
    const bool is_set = event.kind == EventKind::Set;
    const bool plain = event.value.empty() && event.session == no_session && !event.lock;
    if (!is_set && !plain) return "a value of what is set only";
    if (event.kind == EventKind::Nop) {
        if (event.path != "/") return "a no-op at the root";
    } else {
        const bool there = storable(event.path, state_->settings.names) &&
                           found.directory == nullptr && !(is_set && found.below_file);
        if (!there) return "files that can be";
        const SessionId before = found.file != nullptr ? found.file->session : no_session;
        if (before != no_session) --bound_;
        if (event.session != no_session) ++bound_;
        state_->sessions.rebind(event.path, before, event.session);
    }
    Tree after = state_->history.take_now();
    redo(event, after);
    state_->history.push(std::move(event), std::move(after));
    return nullptr;
}

std::expected<State, BadBytes> SnapshotReader::finish() {
    const std::uint64_t wanted = 1 + head_.sessions + head_.delays + head_.tree + head_.history;
    if (!state_ || next_ != wanted) return std::unexpected(bad("more pieces", next_));
    if (head_.tree + head_.history == 0) static_cast<void>(end_tree());  // Of nothing.
    if (state_->revision() != head_.last) return std::unexpected(bad("all revisions", next_));
    std::uint64_t bound = 0;
    for (std::size_t i = 0; i < state_->sessions.size(); ++i) {
        bound += state_->sessions[i].files.size();
    }
    if (bound != bound_) return std::unexpected(bad("files of open sessions", next_));
    const auto holders = slot_holders(state_->tree());
    const bool agree = holders && holders->empty() != head_.electorate.filled &&
                       (holders->empty() || make_voters(*holders) == head_.electorate.voters);
    if (!agree) return std::unexpected(bad("voters that hold the slots", next_));
    return *std::exchange(state_, std::nullopt);
}

}  // namespace decree::store
