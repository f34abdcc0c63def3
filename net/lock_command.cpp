#include "net/lock_command.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/ids.hpp"
#include "core/store/answer.hpp"
#include "net/child.hpp"
#include "net/clock.hpp"
#include "net/standard_streams.hpp"

namespace decree::net {
namespace {

// A command that has lost the lock may end by itself for so long.
constexpr std::uint64_t grace = 2'000'000;
// So often in a session's time it shows that it lives.
constexpr std::uint64_t signs = 4;
// Nothing tells when a lock delay is over.
constexpr std::uint64_t delay_pause = 300'000;

bool says(const Refused& why, store::Code code) {
    return why.code == static_cast<std::int32_t>(store::code_number(code));
}

bool session_ended(const Refused& why) { return why.code && why.text == "OTHER: no such session"; }

class Holder {
public:
    Holder(ClusterClient& cluster, const LockArguments& arguments)
        : cluster_(cluster), arguments_(arguments) {}

    [[nodiscard]] std::expected<void, Refused> open();
    /// The token.
    [[nodiscard]] std::expected<std::int64_t, Refused> acquire();
    [[nodiscard]] std::expected<int, Refused> run(std::int64_t token,
                                                  const std::vector<std::string>& command);
    [[nodiscard]] std::expected<void, Refused> held_until_now();
    void close();

private:
    [[nodiscard]] Request about(Verb verb) const;
    [[nodiscard]] std::unexpected<Refused> lost(std::string_view what, const Refused& why) const;
    [[nodiscard]] Answered keep_alive();
    [[nodiscard]] std::expected<void, Refused> wait_for_change(std::int64_t rev, Time end);
    [[nodiscard]] std::uint64_t interval() const { return arguments_.ttl / signs; }

    ClusterClient& cluster_;
    const LockArguments& arguments_;
    std::optional<std::int64_t> session_;
    Time safe_until_;  // The session cannot end before.
};

Request Holder::about(Verb verb) const {
    Request request;
    request.verb = static_cast<std::int32_t>(verb);
    if (verb == Verb::Acquire) request.path = arguments_.path;
    request.session = session_;
    return request;
}

std::expected<void, Refused> Holder::open() {
    Request open;
    open.verb = static_cast<std::int32_t>(Verb::OpenSession);
    open.ttl_us = static_cast<std::int64_t>(arguments_.ttl);
    const Time asked = time_now();
    const auto answer = cluster_.call(open);
    if (!answer) return std::unexpected(answer.error());
    session_ = answer->session;
    safe_until_ = asked + arguments_.ttl;
    return {};
}

std::unexpected<Refused> Holder::lost(std::string_view what, const Refused& why) const {
    return std::unexpected(
        plain_failure(fmt::format("{} {}: {}", arguments_.path, what, why.text)));
}

/// A sign counts from when it is applied, which is not before it was sent.
Answered Holder::keep_alive() {
    const Time asked = time_now();
    Answered answer =
        cluster_.call(about(Verb::KeepAlive), std::min(cluster_.patience(), interval()));
    if (answer) safe_until_ = asked + arguments_.ttl;
    return answer;
}

/// Until something happens to the lock after `rev`, or it is time for a sign of life, or `end`.
std::expected<void, Refused> Holder::wait_for_change(std::int64_t rev, Time end) {
    const auto client = cluster_.connection(cluster_.patience());
    if (!client) return std::unexpected(client.error());
    Request watch;
    watch.verb = static_cast<std::int32_t>(Verb::Watch);
    watch.path = arguments_.path;
    watch.rev = rev + 1;
    if (auto open = (*client)->open_stream(std::move(watch), cluster_.patience()); !open) {
        cluster_.leave();
        return {};
    }
    const auto event = (*client)->next_of_stream(std::min(interval(), left(end)));
    if (!event && !event.error().late && !event.error().code) cluster_.leave();
    Request cancel;
    cancel.verb = static_cast<std::int32_t>(Verb::Cancel);
    cancel.other_tag = (*client)->stream_tag();
    if (event || event.error().late) {
        [[maybe_unused]] const auto told = (*client)->call(std::move(cancel), cluster_.patience());
    }
    return {};
}

std::expected<std::int64_t, Refused> Holder::acquire() {
    const Time end = arguments_.wait ? time_now() + *arguments_.wait : never;
    bool told = false;
    while (true) {
        Request rev;
        rev.verb = static_cast<std::int32_t>(Verb::Rev);
        const auto now = cluster_.call(rev);
        if (!now) return std::unexpected(now.error());
        const auto answer = cluster_.call(about(Verb::Acquire));
        if (answer) return answer->rev.value_or(0);
        const Refused& why = answer.error();
        if (why.text == "OTHER: not a lock") {
            return std::unexpected(plain_failure(fmt::format(
                "{} is a file, and no lock: delete it, or name another path", arguments_.path)));
        }
        const bool held = says(why, store::Code::RevMismatch);
        if (!held && why.text != "OTHER: lock delay") return std::unexpected(why);
        if (end <= time_now()) {
            Refused refused = plain_failure(fmt::format("{} is held", arguments_.path));
            refused.code = static_cast<std::int32_t>(store::code_number(store::Code::RevMismatch));
            return std::unexpected(std::move(refused));
        }
        if (!std::exchange(told, true)) {
            print_error(fmt::format("{} is held; waiting\n", arguments_.path));
        }
        if (held) {
            if (auto waited = wait_for_change(now->rev.value_or(0), end); !waited) {
                return std::unexpected(waited.error());
            }
        } else {
            std::this_thread::sleep_for(std::chrono::microseconds(delay_pause));
        }
        if (const auto alive = keep_alive(); !alive && alive.error().code) {
            return std::unexpected(alive.error());
        }
    }
}

/// The command must not run when somebody else may have the lock: it ends when a sign of life is
/// refused, or when none was confirmed for the session's time.
std::expected<int, Refused> Holder::run(std::int64_t token,
                                        const std::vector<std::string>& command) {
    Child child(command, {{"DECREE_LOCK_TOKEN", std::to_string(token)},
                          {"DECREE_LOCK_PATH", arguments_.path},
                          {"DECREE_LOCK_SESSION", std::to_string(session_.value_or(0))}});
    while (true) {
        if (const auto status = child.wait(interval())) {
            if (auto held = held_until_now(); !held) return std::unexpected(held.error());
            return *status;
        }
        const auto alive = keep_alive();
        if (alive) continue;
        const bool refused = session_ended(alive.error());
        const bool over = child.wait(0).has_value();
        if (!refused && (over || time_now() + interval() < safe_until_)) continue;
        if (over) return lost("was lost while the command ran", alive.error());
        child.end(grace);
        return lost("is lost, and the command was ended", alive.error());
    }
}

/// This process may have stood still for longer than the session lasts, and the command not.
std::expected<void, Refused> Holder::held_until_now() {
    if (time_now() < safe_until_) return {};
    const auto alive = cluster_.call(about(Verb::KeepAlive));
    if (alive) return {};
    const bool refused = session_ended(alive.error());
    return lost(
        refused ? "was lost while the command ran" : "may have been lost while the command ran",
        alive.error());
}

void Holder::close() {
    if (!session_) return;
    // It ends by itself if nobody hears this.
    [[maybe_unused]] const auto told = cluster_.call(about(Verb::CloseSession));
}

}  // namespace

std::expected<int, Refused> hold_lock(ClusterClient& cluster, const LockArguments& arguments,
                                      const std::vector<std::string>& command) {
    Holder holder(cluster, arguments);
    if (auto opened = holder.open(); !opened) return std::unexpected(opened.error());
    const auto token = holder.acquire();
    if (!token) {
        holder.close();
        return std::unexpected(token.error());
    }
    auto status = holder.run(*token, command);
    if (status) holder.close();
    return status;
}

}  // namespace decree::net
