#include "net/serve_command.hpp"

#include <algorithm>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/store/machines.hpp"
#include "core/store/path.hpp"
#include "net/cluster_settings.hpp"
#include "net/duration.hpp"
#include "net/log.hpp"
#include "net/server.hpp"
#include "net/standard_streams.hpp"

namespace decree::net {
namespace {

using ParsedOptions = std::expected<ServerOptions, std::string>;

using Checked = std::expected<void, std::string>;

std::expected<Address, std::string> address_of(std::string_view flag, const std::string& text) {
    auto address = parse_address(text);
    if (!address) return std::unexpected(fmt::format("{} {}", flag, address.error()));
    return address;
}

// `listens` and, if it was given, what others dial instead: nobody can dial a wildcard.
Checked take_addresses(std::string_view flag, const std::string& listens,
                       const std::optional<std::string>& advertised, Address& into,
                       std::optional<Address>& shown) {
    const auto address = address_of(fmt::format("--{}", flag), listens);
    if (!address) return std::unexpected(address.error());
    into = *address;
    if (advertised) {
        const auto dialled = address_of(fmt::format("--advertise-{}", flag), *advertised);
        if (!dialled) return std::unexpected(dialled.error());
        shown = *dialled;
    }
    if (shown && is_wildcard(*shown)) {
        return std::unexpected(fmt::format(
            "--advertise-{} {}: nobody can dial that; name what others dial", flag, *advertised));
    }
    if (shown || !is_wildcard(into)) return {};
    return std::unexpected(
        fmt::format("--{0} {1}: nobody can dial that; say with --advertise-{0} HOST:PORT what "
                    "others dial",
                    flag, listens));
}

std::string without_spaces_around(const std::string& text) {
    constexpr std::string_view spaces = " \t\n";
    const std::size_t begin = text.find_first_not_of(spaces);
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

// Each address of a list, in one form, so that lists which mean the same are the same.
Checked take_list(std::string_view flag, const std::vector<std::string>& texts,
                  std::vector<std::string>& into) {
    for (const std::string& text : texts) {
        const auto address = address_of(flag, without_spaces_around(text));
        if (!address) return std::unexpected(address.error());
        if (is_wildcard(*address)) {
            return std::unexpected(
                fmt::format("{} {}: nobody can dial that; name what other nodes "
                            "dial",
                            flag, text));
        }
        into.push_back(to_text(*address));
    }
    return {};
}

// One node cannot be two founders.
Checked all_differ(std::vector<std::string> founders) {
    std::ranges::sort(founders);
    const auto twice = std::ranges::adjacent_find(founders);
    if (twice == founders.end()) return {};
    return std::unexpected(
        fmt::format("--peers: {} is given twice; name each founder once", *twice));
}

Checked take_peers(const ServeArguments& arguments, ServerOptions& options) {
    options.peer_secret =
        arguments.peer_secret.empty() ? arguments.rw_secret : arguments.peer_secret;
    const bool open = !is_loopback(options.peer) && options.peer_secret.empty();
    if (open && !arguments.insecure) {
        return std::unexpected(fmt::format(
            "--peer {}: whoever reaches this address could join in; give all nodes the same "
            "--peer-secret, or say --insecure",
            arguments.peer));
    }
    if (!arguments.peers.empty() && !arguments.join.empty()) {
        return std::unexpected(
            "--peers and --join: a node founds a cluster with those of --peers, or joins one that "
            "exists; give one of the two");
    }
    Checked taken = take_list("--peers", arguments.peers, options.cluster.founders);
    if (taken) taken = all_differ(options.cluster.founders);
    if (taken) taken = take_list("--join", arguments.join, options.cluster.join);
    if (taken && options.cluster.founders.size() > max_voters) {
        return std::unexpected(
            fmt::format("--peers: at most {} nodes can found a cluster", max_voters));
    }
    return taken;
}

std::expected<std::uint64_t, std::string> time_of(std::string_view flag, const std::string& text,
                                                  std::uint64_t least) {
    const auto time = parse_duration(text);
    if (time && *time >= least) return *time;
    return std::unexpected(fmt::format(
        "{} '{}': write a time with its unit, as in 500ms or 10s{}", flag, text,
        least > 1 ? fmt::format(", of {} s at least", least / 1'000'000) : std::string()));
}

// In seconds, as Doozer's.
std::expected<std::uint64_t, std::string> pulse_of(double seconds) {
    constexpr double least = 0.01;
    constexpr double most = 86'400'000;
    const bool never = seconds == 0;
    if (never || (seconds >= least && seconds <= most)) {
        return static_cast<std::uint64_t>(seconds * 1'000'000);
    }
    return std::unexpected(
        fmt::format("--pulse {}: write seconds, {} at least, or 0 for never", seconds, least));
}

// A member that is merely slow must not be taken for dead: the bound is several election timeouts.
Checked take_members(const ServeArguments& arguments, MemberOptions& members) {
    constexpr std::uint64_t least_dead_after = 2'000'000;
    members.promotes = !arguments.no_promotion;
    members.least_voters = arguments.least_voters;
    members.dead_after = 0;
    if (arguments.dead_after != "never") {
        const auto dead = time_of("--dead-after", arguments.dead_after, least_dead_after);
        if (!dead) return std::unexpected(dead.error() + ", or never");
        members.dead_after = *dead;
    }
    const auto stable = time_of("--stable-after", arguments.stable_after, 1);
    if (!stable) return std::unexpected(stable.error());
    members.stable_after = *stable;
    if (members.least_voters >= 1) return {};
    return std::unexpected("--least-voters 0: a cluster has one voter at least");
}

Checked take_limits(const ServeArguments& arguments, ClusterOptions& cluster) {
    const auto check = [&](const std::string& flag) -> Checked {
        const store::StoreSettings store = store_settings(cluster);
        auto wrong = bad_store(cluster_settings(), store);
        if (!wrong) wrong = too_small(store);
        if (!wrong) return {};
        return std::unexpected(flag + ": " + *wrong);
    };
    if (arguments.hist) {
        const std::string flag = fmt::format("--hist {}", *arguments.hist);
        if (*arguments.hist < 1) {
            return std::unexpected(flag + ": at least 1 revision must be kept");
        }
        cluster.history = static_cast<std::uint64_t>(*arguments.hist);
        if (Checked checked = check(flag); !checked) return checked;
    }
    auto limits = parse_settings(arguments.limits);
    if (!limits) return std::unexpected("--limit " + limits.error());
    cluster.limits = *std::move(limits);
    if (arguments.hist &&
        std::ranges::find(cluster.limits, "history", &SettingField::name) != cluster.limits.end()) {
        return std::unexpected("--hist and --limit: history is given twice");
    }
    return arguments.limits.empty() ? Checked{} : check("--limit");
}

Checked take_cluster(const ServeArguments& arguments, ClusterOptions& cluster) {
    cluster.name = arguments.name;
    const std::string name = arguments.name.value_or(usual_name);
    // It is a name in the tree.
    const bool one_name = !name.empty() && name.find('/') == std::string::npos;
    if (!one_name || !store::is_path("/" + name, store::Names::Doozer)) {
        return std::unexpected(
            fmt::format("--name '{}': write letters, digits, dots and dashes", name));
    }
    if (arguments.names) {
        const bool wide = *arguments.names == "wide";
        if (!wide && *arguments.names != "doozer") {
            return std::unexpected(
                fmt::format("--names '{}': write doozer or wide", *arguments.names));
        }
        cluster.names = wide ? store::Names::Wide : store::Names::Doozer;
    }
    return take_limits(arguments, cluster);
}

Checked take_lease(const ServeArguments& arguments, ServerOptions& options) {
    if (arguments.clock_drift < 0 || arguments.clock_drift > most_drift_ppm) {
        return std::unexpected(
            fmt::format("--clock-drift {}: write microseconds in a second, 0 to {}",
                        arguments.clock_drift, most_drift_ppm));
    }
    options.drift_ppm = static_cast<std::uint32_t>(arguments.clock_drift);
    if (arguments.lease == "off") return {};
    const auto lease = time_of("--lease", arguments.lease, 1);
    if (!lease) return std::unexpected(lease.error() + ", or off");
    if (*lease > longest_lease_us) {
        return std::unexpected(fmt::format("--lease {}: an hour at most", arguments.lease));
    }
    options.cluster.lease_us = *lease;
    return {};
}

ParsedOptions to_options(const ServeArguments& arguments) {
    ServerOptions options;
    options.data = arguments.data;
    options.record = arguments.record;
    const auto timeout = time_of("--request-timeout", arguments.request_timeout, 1);
    if (!timeout) return std::unexpected(timeout.error());
    options.service.request_timeout = *timeout;
    const auto pulse = pulse_of(arguments.pulse);
    if (!pulse) return std::unexpected(pulse.error());
    options.pulse = *pulse;
    options.service.local_reads = arguments.local_reads;
    options.service.read_write_secret = arguments.rw_secret;
    options.service.read_only_secret = arguments.ro_secret;
    options.scrub_every = never.value;
    if (arguments.scrub_every != "never") {
        const auto every = time_of("--scrub-every", arguments.scrub_every, 1);
        if (!every) return std::unexpected(every.error() + ", or never");
        options.scrub_every = *every;
    }
    Checked taken = take_cluster(arguments, options.cluster);
    if (taken) {
        taken = take_addresses("client", arguments.client, arguments.advertise_client,
                               options.client, options.advertise_client);
    }
    if (taken) {
        taken = take_addresses("peer", arguments.peer, arguments.advertise_peer, options.peer,
                               options.advertise_peer);
    }
    if (taken) taken = take_peers(arguments, options);
    if (taken) taken = take_members(arguments, options.members);
    if (taken) taken = take_lease(arguments, options);
    if (!taken) return std::unexpected(taken.error());
    return options;
}

}  // namespace

int serve_command(const ServeArguments& arguments) {
    const auto refuse = [](const std::string& why) {
        print_error(fmt::format("decree serve: {}\n", why));
        return 2;
    };
    if (!set_log_level(arguments.log)) {
        return refuse(
            fmt::format("--log '{}': write error, warning, info or debug", arguments.log));
    }
    const ParsedOptions options = to_options(arguments);
    if (!options) return refuse(options.error());
    return serve(*options);
}

}  // namespace decree::net
