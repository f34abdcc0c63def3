#include "net/lock_command.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/ids.hpp"
#include "core/store/answer.hpp"
#include "net/child.hpp"
#include "net/clock.hpp"
#include "net/duration.hpp"
#include "net/standard_streams.hpp"

namespace decree::net {
namespace {

// A command that has lost the lock may end by itself for so long.
constexpr std::uint64_t grace = 2'000'000;
// So often in a session's time it shows that it lives.
constexpr std::uint64_t signs = 4;
// Nothing tells when a lock delay is over.
constexpr std::uint64_t delay_pause = 300'000;
// So long it is told at most that the session of a lock that was not got, or is lost, is closed.
constexpr std::uint64_t farewell = 1'000'000;
// So often it is looked whether something has happened to the lock, and what has come is there.
constexpr std::uint64_t watch_every = 100'000;
constexpr std::uint64_t glance = 1'000;

bool says(const Refused& why, store::Code code) {
    return why.code == static_cast<std::int32_t>(store::code_number(code));
}

// Of the session before: nobody has it, and nobody gets it.
bool is_delayed(const Refused& why) { return why.text == "OTHER: lock delay"; }

bool not_a_lock(const Refused& why) { return why.text == "OTHER: not a lock"; }

Refused another_holds(std::string text) {
    Refused refused = plain_failure(std::move(text));
    refused.code = static_cast<std::int32_t>(store::code_number(store::Code::RevMismatch));
    return refused;
}

// Whether somebody said so, and not only nobody the contrary.
bool is_gone(const Refused& why) {
    return says(why, store::Code::RevMismatch) ||
           (why.code && why.text == "OTHER: no such session");
}

// What the server says of a session's time, in the words of the command line.
Refused bad_ttl(const Refused& why, std::uint64_t ttl) {
    constexpr std::string_view begin = "OTHER: a session lasts ";
    std::istringstream rest(why.text.substr(std::min(begin.size(), why.text.size())));
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    std::string to;
    if (!why.text.starts_with(begin) || !(rest >> least >> to >> most)) return why;
    return plain_failure(fmt::format("--ttl {}: a session of this cluster lasts {} to {}",
                                     to_duration_text(ttl), to_duration_text(least),
                                     to_duration_text(most)));
}

class Holder {
public:
    Holder(ClusterClient& cluster, const LockArguments& arguments)
        : cluster_(cluster), arguments_(arguments) {
        if (arguments.wait) end_ = time_now() + *arguments.wait;
    }

    [[nodiscard]] std::expected<void, Refused> open();
    /// The token.
    [[nodiscard]] std::expected<std::int64_t, Refused> acquire();
    [[nodiscard]] std::expected<int, Refused> run(std::int64_t token,
                                                  const std::vector<std::string>& command);
    [[nodiscard]] std::expected<void, Refused> held_until_now();
    void close(std::uint64_t patience);

private:
    [[nodiscard]] Request about(Verb verb) const;
    [[nodiscard]] std::unexpected<Refused> lost(std::string_view what, const Refused& why);
    [[nodiscard]] Answered keep_alive();
    [[nodiscard]] std::expected<void, Refused> wait_for_change(std::int64_t rev);
    [[nodiscard]] std::unexpected<Refused> not_got(const Refused& why, bool held) const;
    [[nodiscard]] bool watch(Client& client, std::int64_t rev, std::uint64_t patience);
    void keep_watching(Time end);
    [[nodiscard]] bool changed();
    [[nodiscard]] std::optional<int> wait_for(Child& child);
    [[nodiscard]] std::expected<void, Refused> still_there(Time end);
    [[nodiscard]] std::expected<void, Refused> confirm(std::uint64_t patience);
    [[nodiscard]] std::expected<void, Refused> check();
    [[nodiscard]] std::uint64_t interval() const { return arguments_.ttl / signs; }
    /// When the last sign of life is due that may be answered in time.
    [[nodiscard]] Time last() const { return Time{safe_until_.value - interval()}; }
    /// When it must have been answered, so that there is time to end the command.
    [[nodiscard]] Time deadline() const { return Time{safe_until_.value - interval() / signs}; }
    /// Until there is a lock.
    [[nodiscard]] std::uint64_t patience() const {
        return std::min(cluster_.patience(), left(end_));
    }

    ClusterClient& cluster_;
    const LockArguments& arguments_;
    Time end_ = never;  // Of trying to get it.
    std::optional<std::int64_t> session_;
    Time safe_until_;        // The session cannot end before.
    Time due_;               // The next sign of life.
    bool watching_ = false;  // A node tells what happens to the lock that is held.
};

Request Holder::about(Verb verb) const {
    Request request;
    request.verb = static_cast<std::int32_t>(verb);
    if (verb == Verb::Acquire || verb == Verb::Stat) request.path = arguments_.path;
    if (verb != Verb::Stat && verb != Verb::Rev) request.session = session_;
    return request;
}

std::expected<void, Refused> Holder::open() {
    Request open;
    open.verb = static_cast<std::int32_t>(Verb::OpenSession);
    open.ttl_us = static_cast<std::int64_t>(arguments_.ttl);
    const Time asked = time_now();
    const auto answer = cluster_.call(open, patience());
    if (!answer) return std::unexpected(bad_ttl(answer.error(), arguments_.ttl));
    session_ = answer->session;
    safe_until_ = asked + arguments_.ttl;
    return {};
}

std::unexpected<Refused> Holder::lost(std::string_view what, const Refused& why) {
    // Who says nothing of the lock does not hear either that the session is closed.
    if (!is_gone(why)) session_.reset();
    return std::unexpected(
        plain_failure(fmt::format("{} {}: {}", arguments_.path, what, why.text)));
}

/// A sign counts from when it is applied, which is not before it was sent.
Answered Holder::keep_alive() {
    const Time asked = time_now();
    Answered answer = cluster_.call(about(Verb::KeepAlive), std::min(patience(), interval()));
    if (answer) safe_until_ = asked + arguments_.ttl;
    return answer;
}

/// What happens to the lock after `rev`, as a stream; false when that node is of no use.
bool Holder::watch(Client& client, std::int64_t rev, std::uint64_t patience) {
    Request request;
    request.verb = static_cast<std::int32_t>(Verb::Watch);
    request.path = arguments_.path;
    request.rev = rev + 1;
    if (client.open_stream(std::move(request), patience)) return true;
    cluster_.leave();
    return false;
}

/// Until something happens to the lock after `rev`, or it is time for a sign of life, or over.
std::expected<void, Refused> Holder::wait_for_change(std::int64_t rev) {
    const auto client = cluster_.connection(patience());
    if (!client) return std::unexpected(client.error());
    if (!watch(**client, rev, patience())) return {};
    const auto event = (*client)->next_of_stream(std::min(interval(), left(end_)));
    Request cancel;
    cancel.verb = static_cast<std::int32_t>(Verb::Cancel);
    cancel.other_tag = (*client)->stream_tag();
    const bool goes_on = event || event.error().late;
    const bool cancelled = goes_on && (*client)->call(std::move(cancel), patience());
    const bool ended = !goes_on && event.error().code;
    if (!cancelled && !ended) cluster_.leave();
    return {};
}

/// `held`: it was, when somebody said something of it.
std::unexpected<Refused> Holder::not_got(const Refused& why, bool held) const {
    if (not_a_lock(why)) {
        return std::unexpected(plain_failure(fmt::format(
            "{} is a file, and no lock: delete it, or name another path", arguments_.path)));
    }
    const bool silence = held && left(end_) == 0 && !why.code;
    if (!silence && !is_delayed(why) && !says(why, store::Code::RevMismatch)) {
        return std::unexpected(why);
    }
    return std::unexpected(another_holds(fmt::format("{} is held", arguments_.path)));
}

std::expected<std::int64_t, Refused> Holder::acquire() {
    bool told = false;
    while (true) {
        const auto now = cluster_.call(about(Verb::Rev), patience());
        const auto answer = now ? cluster_.call(about(Verb::Acquire), patience()) : now;
        if (answer) return answer->rev.value_or(0);
        const Refused& why = answer.error();
        const bool held = says(why, store::Code::RevMismatch);
        if ((!held && !is_delayed(why)) || left(end_) == 0) return not_got(why, told);
        if (!std::exchange(told, true)) {
            print_error(fmt::format("{} is held; waiting\n", arguments_.path));
        }
        if (held) {
            if (auto waited = wait_for_change(now->rev.value_or(0)); !waited) {
                return not_got(waited.error(), told);
            }
        } else {
            const std::uint64_t pause = std::min(delay_pause, left(end_));
            std::this_thread::sleep_for(std::chrono::microseconds(pause));
        }
        if (left(end_) == 0) return not_got(why, told);
        if (const auto alive = keep_alive(); !alive && alive.error().code) {
            return std::unexpected(alive.error());
        }
    }
}

/// Sees to it that what happens to the lock is noticed at once, whatever the session's time: at the
/// node that is asked now, which may be another one than before.
void Holder::keep_watching(Time end) {
    if (watching_) {
        const auto client = cluster_.connection(left(end));
        if (client && (*client)->stream_tag() != 0) return;
        watching_ = false;
    }
    const auto now = cluster_.call(about(Verb::Rev), left(end));
    if (!now) return;
    const auto client = cluster_.connection(left(end));
    if (client) watching_ = watch(**client, now->rev.value_or(0), left(end));
}

/// Whether something happened to the lock, however often, or to the connection by which that would
/// be told.
bool Holder::changed() {
    if (!watching_) return false;
    const auto client = cluster_.connection(glance);
    const Answered event =
        client ? (*client)->next_of_stream(glance) : Answered(std::unexpected(client.error()));
    if (event) {
        (*client)->skip_streamed();
        return true;
    }
    if (event.error().late) return false;
    watching_ = false;
    // A node that refuses to tell is asked again with the next sign of life, and not before.
    if (event.error().code) return false;
    cluster_.leave();
    return true;
}

/// The status, when it ends before the next sign of life is due, which is as soon as something
/// happens to the lock.
std::optional<int> Holder::wait_for(Child& child) {
    while (true) {
        const auto status = child.wait(std::min(left(due_), watch_every));
        if (status || left(due_) == 0 || changed()) return status;
    }
}

/// Whether the session has the lock. Its file's revision does not say so: the session may write it.
std::expected<void, Refused> Holder::still_there(Time end) {
    const auto found = cluster_.call(about(Verb::Stat), left(end));
    if (!found) return std::unexpected(found.error());
    const bool own = found->session == session_;
    if (own && found->lock) return {};
    // A file of the session's own that is no lock was made where the lock had been.
    if (own || found->rev.value_or(0) <= 0) return std::unexpected(another_holds("it was deleted"));
    return std::unexpected(
        another_holds(found->lock ? "somebody else has it" : "somebody else wrote it"));
}

/// Shows a sign of life, and asks whether the lock is there. It is asked last, so that what happens
/// afterwards is told.
std::expected<void, Refused> Holder::confirm(std::uint64_t patience) {
    const Time asked = time_now();
    const Time end = asked + patience;
    due_ = asked + interval();
    std::expected<void, Refused> held;
    if (const auto alive = cluster_.call(about(Verb::KeepAlive), left(end)); alive) {
        keep_watching(end);
        held = still_there(end);
    } else {
        held = std::unexpected(alive.error());
    }
    if (held) {
        safe_until_ = asked + arguments_.ttl;
    } else {
        watching_ = false;
        due_ = std::min(due_, last());
    }
    return held;
}

/// A sign of life that is due; before that, one question suffices for what was told of the lock.
std::expected<void, Refused> Holder::check() {
    if (watching_ && left(due_) > 0) {
        const auto held = still_there(std::min(due_, time_now() + cluster_.patience()));
        if (held || is_gone(held.error())) return held;
    }
    return confirm(std::min({cluster_.patience(), interval(), left(deadline())}));
}

/// The command must not run when somebody else may have the lock: it ends when it is said to be
/// gone, or before the session's time is over if it was not confirmed.
std::expected<int, Refused> Holder::run(std::int64_t token,
                                        const std::vector<std::string>& command) {
    // To get it may have taken what the session had left.
    const std::uint64_t half = arguments_.ttl / 2;
    if (const auto held = confirm(std::min(cluster_.patience(), half)); !held) {
        return lost("is lost, and the command did not begin", held.error());
    }
    Child child(command, {{"DECREE_LOCK_TOKEN", std::to_string(token)},
                          {"DECREE_LOCK_PATH", arguments_.path},
                          {"DECREE_LOCK_SESSION", std::to_string(session_.value_or(0))}});
    while (true) {
        if (const auto status = wait_for(child)) return *status;
        const auto held = check();
        if (held) continue;
        const bool gone = is_gone(held.error());
        const bool over = child.wait(0).has_value();
        if (gone && over) return lost("was lost while the command ran", held.error());
        if (gone || (!over && time_now() >= last())) {
            child.end(grace);
            return lost("is lost, and the command was ended", held.error());
        }
    }
}

/// The lock may have been deleted just now; and this process may have stood still for longer than
/// the session lasts, and the command not.
std::expected<void, Refused> Holder::held_until_now() {
    const bool in_time = time_now() < safe_until_;
    const auto held = confirm(cluster_.patience());
    if (held) return {};
    if (is_gone(held.error())) return lost("was lost while the command ran", held.error());
    if (!in_time) return lost("may have been lost while the command ran", held.error());
    session_.reset();
    return {};
}

void Holder::close(std::uint64_t patience) {
    if (!session_) return;
    // It ends by itself if nobody hears this.
    [[maybe_unused]] const auto told = cluster_.call(about(Verb::CloseSession), patience);
}

}  // namespace

std::expected<int, Refused> hold_lock(ClusterClient& cluster, const LockArguments& arguments,
                                      const std::vector<std::string>& command) {
    Holder holder(cluster, arguments);
    if (auto opened = holder.open(); !opened) return std::unexpected(opened.error());
    const auto token = holder.acquire();
    if (!token) {
        holder.close(std::min(cluster.patience(), farewell));
        return std::unexpected(token.error());
    }
    auto status = holder.run(*token, command);
    if (status) {
        if (auto held = holder.held_until_now(); !held) status = std::unexpected(held.error());
    }
    holder.close(status ? cluster.patience() : std::min(cluster.patience(), farewell));
    return status;
}

}  // namespace decree::net
