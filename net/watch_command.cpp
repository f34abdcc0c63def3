#include "net/watch_command.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/ids.hpp"
#include "net/client_output.hpp"
#include "net/clock.hpp"
#include "net/standard_streams.hpp"

namespace decree::net {
namespace {

using Result = std::expected<void, Refused>;

// A mark so often says how far an idle stream has come, for whoever has to go on elsewhere.
constexpr std::int64_t mark_every = 256;
// When no node was reached, all are tried again after this.
constexpr std::uint64_t pause = 200'000;

class Watcher {
public:
    Watcher(ClusterClient& cluster, const WatchArguments& arguments)
        : cluster_(cluster), arguments_(arguments) {}

    Result run();

private:
    [[nodiscard]] Result begin();
    [[nodiscard]] Result follow(Client& client);
    void tell(const Response& event);
    [[nodiscard]] bool overdue() const { return end_ <= time_now(); }
    /// For one answer.
    [[nodiscard]] std::uint64_t patience() const {
        return std::min(cluster_.patience(), left(end_));
    }
    [[nodiscard]] std::uint64_t until_check() const;

    ClusterClient& cluster_;
    const WatchArguments& arguments_;
    std::int64_t next_ = 0;  // The first revision that was not told.
    bool done_ = false;
    Time end_ = never;  // Of waiting.
    Time heard_;        // When a node last showed that it follows the cluster.
};

Request ask_rev() {
    Request rev;
    rev.verb = static_cast<std::int32_t>(Verb::Rev);
    return rev;
}

// Whether another node may do better.
bool worth_going_on(const Refused& why) { return !why.code || why.text.starts_with("OTHER: no "); }

Result Watcher::begin() {
    if (arguments_.wait) end_ = time_now() + *arguments_.wait;
    heard_ = time_now();
    if (arguments_.from) {
        next_ = *arguments_.from;
        return {};
    }
    const auto rev = cluster_.call(ask_rev(), patience());
    if (!rev) return std::unexpected(rev.error());
    next_ = rev->rev.value_or(0);
    return {};
}

Result Watcher::run() {
    if (Result begun = begin(); !begun) return begun;
    while (true) {
        const auto client = cluster_.connection(patience());
        Result followed;
        if (client) {
            followed = follow(**client);
        } else {
            followed = std::unexpected(client.error());
        }
        if (done_) return {};
        const Refused& why = followed.error();
        if (overdue() && why.late) return std::unexpected(plain_failure("wait timeout"));
        const bool too_long = overdue() || heard_ + cluster_.patience() <= time_now();
        if (too_long || !worth_going_on(why)) return followed;
        if (client) {
            print_error(fmt::format("{}; going on from revision {}\n", why.text, next_));
            cluster_.leave();
        } else {
            std::this_thread::sleep_for(std::chrono::microseconds(std::min(pause, left(end_))));
            if (overdue()) return followed;
        }
    }
}

std::uint64_t Watcher::until_check() const { return std::min(left(end_), cluster_.patience() / 2); }

/// Tells what comes of one node's stream, until that is of no use any more. In silence the node is
/// asked for the cluster's revision: so one that hangs, or lost the others, does not go unnoticed,
/// and there is time left to find another one.
Result Watcher::follow(Client& client) {
    Request open;
    open.verb = static_cast<std::int32_t>(Verb::Watch);
    open.path = arguments_.glob;
    open.rev = next_;
    open.mark_every = mark_every;
    if (Result opened = client.open_stream(std::move(open), patience()); !opened) {
        return opened;
    }
    while (true) {
        const auto event = client.next_of_stream(until_check());
        if (event) {
            heard_ = time_now();
            tell(*event);
            if (done_) return {};
            continue;
        }
        if (!event.error().late) return std::unexpected(event.error());
        if (overdue()) return std::unexpected(event.error());
        const std::uint64_t check = std::min(left(end_), cluster_.patience() / 4);
        if (const auto rev = client.call(ask_rev(), check); !rev) {
            return std::unexpected(rev.error());
        }
        heard_ = time_now();
    }
}

void Watcher::tell(const Response& event) {
    if (!event.rev) {
        next_ = event.through.value_or(next_ - 1) + 1;
        return;
    }
    next_ = *event.rev + 1;
    if (arguments_.json) {
        print_event_json(event);
    } else {
        print_event(event);
    }
    // Whoever does not take one event should not miss the next ones in silence.
    done_ = arguments_.once || !flush_output();
}

}  // namespace

std::expected<void, Refused> watch(ClusterClient& cluster, const WatchArguments& arguments) {
    return Watcher(cluster, arguments).run();
}

}  // namespace decree::net
