#include "net/cluster_client.hpp"

#include <algorithm>
#include <random>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/ids.hpp"
#include "core/store/answer.hpp"
#include "net/clock.hpp"
#include "net/uri.hpp"

namespace decree::net {
namespace {

constexpr std::string_view no_quorum = "OTHER: no quorum";
constexpr std::string_view not_reached = "OTHER: not reached";
constexpr auto rev_mismatch = 5;
constexpr auto range = 8;
// A node that says nothing for so long, to a question that it answers by itself, hangs.
constexpr std::uint64_t longest_greeting = 3'000'000;
// All addresses are tried so often, if there is time.
constexpr std::size_t most_rounds = 3;
// Who waits for a revision asks again while more than this part of his time is left.
constexpr std::uint64_t least_part = 8;

Request ask_for(Verb verb) {
    Request request;
    request.verb = static_cast<std::int32_t>(verb);
    return request;
}

bool waited_in_vain(const Refused& why) { return why.text.starts_with(not_reached); }

// Whether the server is sure that it was not done, and another node may do it.
bool fit_for_others(const Refused& why) {
    return why.code == static_cast<std::int32_t>(ErrorCode::ReadOnly) ||
           why.text.starts_with(no_quorum) || waited_in_vain(why);
}

bool is_unknown(const Refused& why) {
    return !why.code || why.text.starts_with("OTHER: outcome unknown");
}

// A reason, whatever time it took.
std::string_view without_time(std::string_view why) { return why.substr(0, why.rfind(" for ")); }

// What stands for all that was tried since then. A revision that is not reached is a matter of the
// cluster, and of all that time, not of one node and its share.
Refused all_failed(const std::vector<Refused>& failures, Time begin) {
    Refused all = failures.back();
    if (failures.size() == 1) return all;
    const std::string in_vain = fmt::format("{}: for {} ms no node had that revision", not_reached,
                                            (time_now().value - begin.value) / 1000);
    std::string text;
    for (const Refused& one : failures) {
        const std::string& next = waited_in_vain(one) ? in_vain : one.text;
        if (text.find(without_time(next)) != std::string::npos) continue;
        text += (text.empty() ? "" : "; ") + next;
    }
    all.text = std::move(text);
    return all;
}

Refused outcome_unknown(const std::string& why) {
    Refused refused = plain_failure("outcome unknown: " + why);
    refused.unknown = true;
    return refused;
}

}  // namespace

std::optional<Guard> guard_of(const Request& request) {
    const Verb verb{request.verb};
    if (verb == Verb::Set || verb == Verb::Del) {
        if (request.rev.value_or(-1) < 0) return std::nullopt;
        return Guard{.path = request.path.value_or(""), .rev = *request.rev};
    }
    if (verb != Verb::Transact) return std::nullopt;
    const auto writes = [&](const CompareField& compare) {
        return std::ranges::find(request.writes, compare.path, &WriteField::path) !=
               request.writes.end();
    };
    for (const CompareField& compare : request.compares) {
        const std::int64_t rev = compare.rev.value_or(-1);
        if (compare.subtree || rev < 0 || !writes(compare)) continue;
        return Guard{.path = compare.path.value_or(""), .rev = rev};
    }
    return std::nullopt;
}

bool harmless_twice(const Request& request) {
    const Verb verb{request.verb};
    if (verb == Verb::Transact) return request.writes.empty();
    return verb != Verb::Set && verb != Verb::Del && verb != Verb::Nop;
}

Request guarded(Request request, const std::string& path, std::int64_t base) {
    const Verb verb{request.verb};
    if (verb != Verb::Transact) {
        request.compares.push_back({.path = request.path, .rev = request.rev, .subtree = false});
        request.writes.push_back({.path = request.path,
                                  .value = std::move(request.value),
                                  .session = request.session,
                                  .remove = verb == Verb::Del});
    }
    request.compares.push_back({.path = path, .rev = base, .subtree = true});
    request.verb = static_cast<std::int32_t>(Verb::Transact);
    request.path = request.value = std::nullopt;
    request.rev = request.session = std::nullopt;
    return request;
}

ClusterClient::ClusterClient(std::vector<std::string> addresses, std::string secret,
                             std::uint64_t patience)
    : addresses_(std::move(addresses)), secret_(std::move(secret)), patience_(patience) {
    // Not all clients of a list ask its first node.
    at_ = std::random_device{}() % addresses_.size();
}

std::expected<ClusterClient, Refused> ClusterClient::find(const std::string& text,
                                                          const std::string& boot,
                                                          std::uint64_t patience) {
    const auto uri = parse_uri(text);
    if (!uri) return std::unexpected(plain_failure("invalid uri"));
    std::vector<std::string> addresses = uri->addresses;
    if (!uri->cluster.empty() && !boot.empty()) {
        auto names = find(boot, {}, patience);
        if (!names) return std::unexpected(names.error());
        addresses.clear();
        while (true) {
            Request walk = ask_for(Verb::Walk);
            walk.path = "/ctl/ns/" + uri->cluster + "/*";
            walk.offset = static_cast<std::int32_t>(addresses.size());
            const auto entry = names->call(walk);
            if (!entry && entry.error().code == range) break;
            if (!entry) return std::unexpected(entry.error());
            addresses.push_back(entry->value.value_or(""));
        }
        if (addresses.empty()) {
            return std::unexpected(
                plain_failure(fmt::format("no cluster '{}' is known there", uri->cluster)));
        }
    }
    if (addresses.empty()) return std::unexpected(plain_failure("invalid uri"));
    return ClusterClient(std::move(addresses), uri->secret, patience);
}

/// To the node whose turn it is, if there is no connection yet.
std::expected<void, Refused> ClusterClient::connect(std::uint64_t patience) {
    if (client_) return {};
    const bool alone = addresses_.size() == 1;
    const Time end = time_now() + (alone ? patience : std::min(patience, longest_greeting));
    auto client = Client::connect({address()}, left(end));
    if (!client) return std::unexpected(client.error());
    // A process that stands still takes connections all the same, and a write sent there may be
    // done later: so it has to say something first.
    Request greeting = ask_for(secret_.empty() ? Verb::Self : Verb::Access);
    if (!secret_.empty()) greeting.value = secret_;
    const auto greeted = client->call(std::move(greeting), left(end));
    const bool usable = greeted || (greeted.error().code && secret_.empty());
    if (!usable) return std::unexpected(greeted.error());
    client_ = *std::move(client);
    return {};
}

/// What one address may take, so that one that swallows everything leaves time for those that have
/// not had their turn.
std::uint64_t ClusterClient::share(Time end, std::size_t tried) const {
    const std::size_t untried = addresses_.size() - tried % addresses_.size();
    return std::max<std::uint64_t>(left(end) / untried, 1);
}

/// `broke`: a connection that was there did. `in_time`: there is some left for whoever waits.
bool ClusterClient::worth_another(const std::vector<Refused>& failures, bool broke,
                                  bool in_time) const {
    const std::size_t nodes = addresses_.size();
    const std::size_t tried = failures.size();
    if (tried < nodes || (broke && tried == nodes)) return true;
    if (nodes == 1) return false;
    const auto last = std::span(failures).last(nodes);
    // None of them refused: they had but a share of the time to wait for what was asked.
    if (in_time && std::ranges::any_of(last, waited_in_vain)) return true;
    // Who had but a share of the time, and did not refuse, may do better with more.
    const auto hopeful = [](const Refused& why) {
        return why.late || why.text.starts_with(no_quorum);
    };
    return tried < most_rounds * nodes && std::ranges::any_of(last, hopeful);
}

std::expected<Client*, Refused> ClusterClient::connection(std::uint64_t patience) {
    const Time begin = time_now();
    const Time end = begin + patience;
    std::vector<Refused> failures;
    while (true) {
        const auto connected = connect(share(end, failures.size()));
        if (connected) return &*client_;
        failures.push_back(connected.error());
        if (connected.error().code) return std::unexpected(connected.error());
        leave();
        if (failures.size() == addresses_.size()) {
            return std::unexpected(all_failed(failures, begin));
        }
    }
}

void ClusterClient::leave() {
    client_.reset();
    at_ = (at_ + 1) % addresses_.size();
}

Answered ClusterClient::call(const Request& request) { return call(request, patience_); }

Answered ClusterClient::call(const Request& request, std::uint64_t patience) {
    const Time begin = time_now();
    const Time end = begin + patience;
    const auto guard = guard_of(request);
    // What was not to exist has no revision from which on one could see what became of it.
    if (guard && guard->rev == 0 && addresses_.size() > 1) {
        const auto rev = ask_rev(left(end));
        if (!rev) return rev;
        base_ = rev->rev;
    }
    std::vector<Refused> failures;
    bool broke = false;
    while (true) {
        const Time turn = time_now() + share(end, failures.size());
        const auto connected = connect(left(turn));
        Answered answer = connected ? client_->call(request, left(turn))
                                    : Answered(std::unexpected(connected.error()));
        if (answer) return answer;
        const Refused& why = answer.error();
        const bool sure = connected ? fit_for_others(why) : !why.code;
        if (!sure && !(connected && is_unknown(why))) return answer;
        broke = broke || (connected && !why.code && !why.late);
        failures.push_back(why);
        leave();
        if (!sure && !harmless_twice(request)) {
            if (guard) return again(request, *guard, left(end));
            return std::unexpected(why.code ? why : outcome_unknown(why.text));
        }
        const bool in_time = left(end) > patience / least_part;
        if (left(end) == 0 || !worth_another(failures, broke, in_time)) {
            return std::unexpected(all_failed(failures, begin));
        }
    }
}

Answered ClusterClient::ask_rev(std::uint64_t patience) {
    return call(ask_for(Verb::Rev), patience);
}

/// The first answer was lost. It may have been done, or be yet: so it is asked in a way that is
/// refused then.
Answered ClusterClient::again(const Request& request, const Guard& guard, std::uint64_t patience) {
    const Time end = time_now() + patience;
    const auto unknown = [](const std::string& why) {
        return std::unexpected(outcome_unknown("the answer was lost; " + why));
    };
    const auto rev = ask_rev(left(end));
    if (!rev) return unknown("and then: " + rev.error().text);
    const std::int64_t base = guard.rev > 0 ? guard.rev : base_.value_or(-1);
    if (base < 0 || base > rev->rev.value_or(0)) {
        return unknown("its revision does not keep it from being done twice, if asked again");
    }
    const auto connected = connection(left(end));
    if (!connected) return unknown("and then: " + connected.error().text);
    Answered answer = (*connected)->call(guarded(request, guard.path, base), left(end));
    if (answer) return answer;
    if (answer.error().code == rev_mismatch) {
        return unknown("since then something changed there, by this write or another: look at it");
    }
    if (is_unknown(answer.error())) leave();
    return unknown("and then: " + answer.error().text);
}

}  // namespace decree::net
