#include "core/store/execution.hpp"

#include <algorithm>
#include <utility>

#include "core/overload.hpp"

namespace decree::store {

namespace {

// What one slot ends and forgets, at most (of files: and those of one session more).
constexpr std::size_t sessions_a_slot = 64;
constexpr std::size_t session_files_a_slot = 4096;
constexpr std::uint32_t delays_a_slot = 64;
constexpr std::uint64_t revisions_a_slot = 4096;  // And as many more as it makes.

// Doozer's compare-and-set, in its order. A DEL looks at no ancestor.
std::optional<Refusal> compare(const Found& found, Revision given, bool is_set) {
    if (is_set && found.below_file) return plain(Code::NotDir);
    if (given != clobber && given < found.revision()) {
        return plain(Code::RevMismatch);
    }
    if (found.directory != nullptr) return plain(Code::IsDir);
    return std::nullopt;
}

std::optional<Refusal> holds(const Tree& tree, const Compare& wanted) {
    return std::visit(Overload{
                          [&](const CompareFile& file) {
                              return compare(tree.find(file.path), file.revision, false);
                          },
                          [&](const CompareSubtree& subtree) -> std::optional<Refusal> {
                              const bool same =
                                  subtree.revision == clobber ||
                                  tree.subtree_revision(subtree.path) <= subtree.revision;
                              if (same) return std::nullopt;
                              return plain(Code::RevMismatch);
                          },
                      },
                      wanted);
}

}  // namespace

Execution::Execution(State& state, const Settings& cluster, const SlotInfo& slot, SlotResult& out)
    : state_(state), cluster_(cluster), slot_(slot), out_(out), begin_(state.revision()) {
    expire_sessions();
    state_.delays.forget(slot_.stamp, delays_a_slot);
}

CommandAnswer Execution::run(Bytes payload) {
    const auto command = decode_command(payload);
    if (!command) return refused(other("not a command: " + command.error().what));
    if (auto refusal = check(*command, state_.settings, cluster_))
        return refused(*std::move(refusal));
    return std::visit([&](const auto& c) { return execute(c); }, *command);
}

void Execution::finish() {
    const auto made = static_cast<std::uint64_t>(state_.revision().value - begin_.value);
    const std::uint64_t size = state_.history.size();
    const std::uint64_t left = size - std::min(size, made + revisions_a_slot);
    state_.history.trim(state_.settings.history, state_.settings.history_bytes,
                        std::max(made, left));
}

CommandAnswer Execution::done() const {
    return {
        .code = Code::Ok, .revision = state_.revision(), .detail = {}, .session = {}, .part = {}};
}

CommandAnswer Execution::refused(Refusal refusal) {
    return {.code = refusal.code,
            .revision = {},
            .detail = std::move(refusal.detail),
            .session = {},
            .part = {}};
}

CommandAnswer Execution::refused_write(Refusal refusal) {
    Trial told = trial_at(error_path);
    told.put_error(refusal);
    std::move(told).commit();
    return refused(std::move(refusal));
}

CommandAnswer Execution::keep(Trial&& writes, bool in_slots) {
    if (in_slots) {
        const auto changed =
            state_.electorate.change(writes.tree(), slot_.slot, cluster_.alpha, cluster_.quorums);
        if (!changed) return refused_write(changed.error());
    }
    std::move(writes).commit();
    return done();
}

CommandAnswer Execution::execute(const Set& command) {
    Trial writes = trial_at(command.path);
    const Found found = writes.tree().find(command.path);
    auto refusal = compare(found, command.revision, true);
    if (!refusal) refusal = writes.put_at(found, command.path, command.value, command.session);
    if (refusal) return refused_write(*std::move(refusal));
    return keep(std::move(writes), touches_slots(command.path));
}

CommandAnswer Execution::execute(const Del& command) {
    Trial writes = trial_at(command.path);
    auto refusal = compare(writes.tree().find(command.path), command.revision, false);
    if (!refusal) refusal = writes.remove(command.path);
    if (refusal) return refused_write(*std::move(refusal));
    return keep(std::move(writes), touches_slots(command.path));
}

CommandAnswer Execution::execute(const Nop&) {
    Trial writes = trial_at("/");
    writes.nop();
    return keep(std::move(writes), false);
}

CommandAnswer Execution::execute(const Transact& command) {
    Trial writes = trial();
    std::uint32_t part = 0;
    const auto refused_part = [&](Refusal refusal) {
        const bool writes_nothing = command.writes.empty();
        CommandAnswer answer =
            writes_nothing ? refused(std::move(refusal)) : refused_write(std::move(refusal));
        answer.part = part;
        return answer;
    };
    for (const Compare& wanted : command.compares) {
        if (auto refusal = holds(writes.tree(), wanted)) return refused_part(*std::move(refusal));
        ++part;
    }
    bool slots = false;
    for (const Write& write : command.writes) {
        auto refusal = std::visit(
            Overload{
                [&](const PutFile& put) { return writes.put(put.path, put.value, put.session); },
                [&](const RemoveFile& remove) { return writes.remove(remove.path); },
            },
            write);
        if (refusal) return refused_part(*std::move(refusal));
        slots = slots || std::visit([](const auto& w) { return touches_slots(w.path); }, write);
        ++part;
    }
    return keep(std::move(writes), slots);
}

CommandAnswer Execution::execute(const OpenSession& command) {
    const std::uint32_t most = state_.settings.limits.sessions;
    if (state_.sessions.size() >= most) {
        return refused(other("store exceeds " + std::to_string(most) + " sessions"));
    }
    CommandAnswer answer = done();
    answer.session = state_.sessions.open(command.ttl_us, slot_.stamp);
    return answer;
}

CommandAnswer Execution::execute(const KeepAlive& command) {
    if (!state_.sessions.alive(command.session, slot_.stamp)) {
        return refused(other("no such session"));
    }
    state_.sessions.keep_alive(command.session, slot_.stamp);
    return done();
}

CommandAnswer Execution::execute(const CloseSession& command) {
    if (!state_.sessions.alive(command.session, slot_.stamp)) {
        return refused(other("no such session"));
    }
    end_session(command.session, false);
    return done();
}

// A refusal changes no file, so it takes no revision: those who try again and again for a lock must
// not push everybody's history out.
CommandAnswer Execution::execute(const Acquire& command) {
    if (!state_.sessions.alive(command.session, slot_.stamp)) {
        return refused(other("no such session"));
    }
    const Found found = state_.tree().find(command.path);
    if (found.file != nullptr) {
        if (!found.file->lock) return refused(other("not a lock"));
        if (found.file->session != command.session) return refused(plain(Code::RevMismatch));
        CommandAnswer answer = done();
        answer.revision = found.file->revision;
        return answer;
    }
    if (state_.delays.runs(command.path, slot_.stamp)) return refused(other("lock delay"));
    Trial writes = trial();
    if (auto refusal = writes.put(command.path, command.value, command.session, true)) {
        return refused(*std::move(refusal));
    }
    return keep(std::move(writes), false);
}

CommandAnswer Execution::execute(const Release& command) {
    const Found found = state_.tree().find(command.path);
    const bool held = found.file != nullptr && found.file->lock &&
                      found.file->session == command.session &&
                      state_.sessions.alive(command.session, slot_.stamp);
    if (!held) return refused(plain(Code::RevMismatch));
    Trial writes = trial();
    if (auto refusal = writes.remove(command.path)) return refused(*std::move(refusal));
    return keep(std::move(writes), false);
}

CommandAnswer Execution::execute(const Configure& command) {
    state_.settings = command.settings;
    return done();
}

CommandAnswer Execution::execute(const ForgetOrigin& command) {
    out_.dropped_origins.push_back(command.origin);
    return done();
}

void Execution::expire_sessions() {
    std::size_t files = 0;
    for (std::size_t left = sessions_a_slot; left > 0 && files < session_files_a_slot; --left) {
        const auto expired = state_.sessions.expired(slot_.stamp);
        if (!expired) return;
        files += end_session(*expired, true);
    }
}

std::size_t Execution::end_session(SessionId id, bool expired) {
    const Paths files = state_.sessions.find(id)->files;
    Trial writes = trial();
    files.for_each([&](const std::string& path) {
        const Found found = writes.tree().find(path);
        const bool lock = found.file != nullptr && found.file->lock;
        if (lock && expired) {
            state_.delays.begin(path, slot_.stamp + state_.settings.lock_delay_us,
                                state_.settings.limits.lock_delays);
        }
        // Never refused: what is bound to a session is a file.
        static_cast<void>(writes.remove(path));
    });
    writes.close(id);
    std::move(writes).commit();
    return files.size();
}

}  // namespace decree::store
