#include "core/store/trial.hpp"

#include <utility>

#include "core/contract.hpp"

namespace decree::store {

namespace {

Event event(Revision revision, EventKind kind, const std::string& path) {
    Event event;
    event.revision = revision;
    event.kind = kind;
    event.path = path;
    return event;
}

}  // namespace

std::optional<Refusal> Trial::bindable(SessionId session, const File* present) const {
    if (session == no_session) return std::nullopt;
    if (!sessions().alive(session, now_)) return other("no such session");
    const bool bound = present != nullptr && present->session == session;
    const std::uint32_t most = settings_.limits.session_files;
    if (bound || sessions().find(session)->files.size() < most) return std::nullopt;
    return other("session exceeds " + std::to_string(most) + " files");
}

// A new file counts with the directories that come into being for it. What does not grow is never
// refused, also where a limit was lowered below what is there.
std::optional<Refusal> Trial::room_for(const std::string& path, const Value& value,
                                       const File* present) const {
    const Limits& limits = settings_.limits;
    const TreeMeasure before = tree().measure();
    if (present != nullptr) {
        const bool grows = value.size() > present->value.size();
        const std::uint64_t bytes = before.bytes - present->value.size() + value.size();
        if (!grows || bytes <= limits.bytes) return std::nullopt;
        return other("store exceeds " + std::to_string(limits.bytes) + " bytes");
    }
    if (before.files >= limits.files) {
        return other("store exceeds " + std::to_string(limits.files) + " files");
    }
    std::uint64_t bytes = before.bytes + value.size();
    const Directory* directory = &tree().root();
    for (PathNames rest(path); rest.next();) {
        const Shared<const Item>* item = nullptr;
        if (directory != nullptr) item = directory->items.find(rest.name());
        if (item == nullptr) bytes += rest.name().size() + item_bytes;
        directory = item != nullptr ? std::get_if<Directory>(&(*item)->what) : nullptr;
    }
    if (bytes <= limits.bytes) return std::nullopt;
    return other("store exceeds " + std::to_string(limits.bytes) + " bytes");
}

std::optional<Refusal> Trial::put_at(const Found& found, const std::string& path,
                                     const Value& value, SessionId session, bool lock) {
    if (found.below_file) return plain(Code::NotDir);
    if (found.directory != nullptr) return plain(Code::IsDir);
    if (auto refusal = bindable(session, found.file)) return refusal;
    if (auto refusal = room_for(path, value, found.file)) return refusal;
    SessionId before = no_session;
    if (found.file != nullptr) {
        before = found.file->session;
        lock = lock || (found.file->lock && before == session);
    }
    const Revision revision = next(last_);
    own_tree().set(path, {.revision = revision, .value = value, .session = session, .lock = lock});
    sessions().rebind(path, before, session);
    add({.revision = revision,
         .group = {},
         .kind = EventKind::Set,
         .path = path,
         .value = value,
         .session = session,
         .lock = lock});
    return std::nullopt;
}

std::optional<Refusal> Trial::remove(const std::string& path) {
    const Found found = tree().find(path);
    if (found.directory != nullptr) return plain(Code::IsDir);
    const Revision revision = next(last_);
    if (found.file != nullptr) {
        const SessionId before = found.file->session;
        own_tree().erase(path, revision);
        sessions().rebind(path, before, no_session);
    }
    add(event(revision, EventKind::Del, path));
    return std::nullopt;
}

void Trial::nop() { add(event(next(last_), EventKind::Nop, "/")); }

void Trial::put_error(const Refusal& refusal) {
    const std::string path(error_path);
    const Found found = tree().find(path);
    if (found.below_file || found.directory != nullptr) return nop();
    const Revision revision = next(last_);
    const Value text(as_bytes(reason(refusal)));
    own_tree().set(path, {.revision = revision, .value = text, .session = {}});
    Event told = event(revision, EventKind::Set, path);
    told.value = text;
    add(std::move(told));
}

/// To be changed: from here on nothing is refused.
Tree& Trial::own_tree() {
    if (kind_ == Kind::One && !std::exchange(taken_, true)) tree_ = state_.history.take_now();
    return tree_;
}

void Trial::add(Event event) {
    ENSURE(kind_ == Kind::Many || last_ == state_.revision(), "one write is one event");
    last_ = event.revision;
    Tree& after = own_tree();
    if (kind_ == Kind::Many) {
        done_.emplace_back(std::move(event), after);
    } else {
        event.group = last_;
        state_.history.push(std::move(event), std::move(after));
    }
}

void Trial::commit() && {
    if (kind_ == Kind::One) return;
    for (auto& [event, tree] : done_) {
        event.group = last_;
        state_.history.part();
        state_.history.push(std::move(event), std::move(tree));
    }
    state_.sessions = std::move(sessions_);
}

}  // namespace decree::store
