#include "net/bench/bench_command.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "core/store/settings.hpp"
#include "net/bench/doozer_talk.hpp"
#include "net/duration.hpp"
#include "net/standard_streams.hpp"
#include "net/uri.hpp"

namespace decree::net {
namespace {

// A machine has no more ports to dial from.
constexpr std::int64_t most_connections = 16'384;
constexpr std::int64_t most_in_flight = 65'536;
constexpr std::int64_t most_keys = 4'000'000;
constexpr std::int64_t highest_rate = 10'000'000;

struct Range {
    std::string_view name;
    std::int64_t value;
    std::int64_t least;
    std::int64_t most;
};

std::expected<LoadPlan, std::string> to_plan(const BenchArguments& arguments) {
    const auto largest = static_cast<std::int64_t>(store::Limits{}.value_bytes);
    for (const Range& range : {Range{"--connections", arguments.connections, 1, most_connections},
                               Range{"--in-flight", arguments.in_flight, 1, most_in_flight},
                               Range{"--value-size", arguments.value_size, 0, largest},
                               Range{"--keys", arguments.keys, 1, most_keys},
                               Range{"--rate", arguments.rate, 0, highest_rate}}) {
        if (range.value >= range.least && range.value <= range.most) continue;
        return std::unexpected(fmt::format("{} {}: write a number from {} to {}", range.name,
                                           range.value, range.least, range.most));
    }
    const auto time = parse_duration(arguments.time);
    const auto warm_up = parse_duration(arguments.warm_up);
    if (!time || *time == 0 || !warm_up) {
        return std::unexpected(
            fmt::format("{}: write a time with its unit, as in 500ms or 10s",
                        warm_up ? "--time " + arguments.time : "--warm-up " + arguments.warm_up));
    }
    const auto patience = parse_duration(arguments.timeout);
    if (!patience || *patience == 0) {
        return std::unexpected(fmt::format(
            "--timeout {}: write a time with its unit, as in 500ms or 10s", arguments.timeout));
    }
    const auto uri = parse_uri(arguments.uri);
    if (!uri || uri->addresses.empty()) {
        return std::unexpected(fmt::format(
            "-a {}: write doozer:?ca=HOST:PORT, with &ca=HOST:PORT for each further node",
            arguments.uri));
    }
    LoadPlan plan;
    plan.addresses = uri->addresses;
    plan.connections = static_cast<std::size_t>(arguments.connections);
    plan.in_flight = static_cast<std::size_t>(arguments.in_flight);
    plan.reads = arguments.reads;
    plan.writes = arguments.writes || !arguments.reads;
    plan.keys = static_cast<std::uint64_t>(arguments.keys);
    plan.rate = static_cast<std::uint64_t>(arguments.rate);
    plan.warm_up = *warm_up;
    plan.patience = *patience;
    plan.duration = *time;
    plan.servers = arguments.servers;
    return plan;
}

double in_milliseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

std::uint64_t operations(const LoadReport& report) {
    return report.reads.count() + report.writes.count();
}

double microseconds_each(std::uint64_t nanoseconds, const LoadReport& report) {
    const std::uint64_t count = std::max<std::uint64_t>(operations(report), 1);
    return static_cast<double>(nanoseconds) / 1e3 / static_cast<double>(count);
}

struct Named {
    std::string_view name;
    double share;
};
constexpr std::array<Named, 4> quantiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

std::string line_of(std::string_view name, const Latencies& latencies, double seconds) {
    if (latencies.count() == 0) return {};
    std::string text = fmt::format("{:7}{:>10.0f}/s   ms:", name,
                                   static_cast<double>(latencies.count()) / seconds);
    for (const auto& [label, share] : quantiles) {
        text += fmt::format("  {} {:.3f}", label, in_milliseconds(latencies.quantile(share)));
    }
    return text + fmt::format("  longest {:.3f}\n", in_milliseconds(latencies.largest()));
}

boost::json::object object_of(const Latencies& latencies, double seconds) {
    boost::json::object object;
    object["count"] = latencies.count();
    object["per_second"] = static_cast<double>(latencies.count()) / seconds;
    for (const auto& [label, share] : quantiles) {
        object[fmt::format("{}_ms", label)] = in_milliseconds(latencies.quantile(share));
    }
    object["longest_ms"] = in_milliseconds(latencies.largest());
    return object;
}

}  // namespace

std::string to_text(const LoadPlan& plan, const LoadReport& report) {
    const std::string pace = plan.rate == 0 ? "each as fast as it is answered"
                                            : fmt::format("{} a second in all", plan.rate);
    std::string text = fmt::format("{} connections with {} in flight, {}; {:.1f} s\n",
                                   plan.connections, plan.in_flight, pace, report.seconds);
    text += line_of("writes", report.writes, report.seconds);
    text += line_of("reads", report.reads, report.seconds);
    if (!plan.servers.empty()) {
        text += fmt::format("server processor time  {:.2f} us an operation\n",
                            microseconds_each(report.server_time, report));
    }
    text += fmt::format("client processor time  {:.2f} us an operation\n",
                        microseconds_each(report.own_time, report));
    text +=
        fmt::format("longest time without an answer  {:.3f} ms\n", in_milliseconds(report.silence));
    if (report.errors > 0 || report.broken > 0) {
        text += fmt::format("{} not done, {} connections broken: {}\n", report.errors,
                            report.broken, report.error);
    }
    return text;
}

std::string to_json(const LoadPlan& plan, const LoadReport& report) {
    boost::json::object all;
    all["connections"] = plan.connections;
    all["in_flight"] = plan.in_flight;
    all["rate"] = plan.rate;
    all["seconds"] = report.seconds;
    if (plan.writes) all["writes"] = object_of(report.writes, report.seconds);
    if (plan.reads) all["reads"] = object_of(report.reads, report.seconds);
    if (!plan.servers.empty()) {
        all["server_us_per_operation"] = microseconds_each(report.server_time, report);
    }
    all["client_us_per_operation"] = microseconds_each(report.own_time, report);
    all["longest_silence_ms"] = in_milliseconds(report.silence);
    all["errors"] = report.errors;
    all["broken"] = report.broken;
    if (!report.error.empty()) all["error"] = report.error;
    return boost::json::serialize(all) + "\n";
}

int bench_command(const BenchArguments& arguments) {
    const auto refuse = [](const std::string& why) {
        print_error(fmt::format("decree bench: {}\n", why));
        return 2;
    };
    const auto plan = to_plan(arguments);
    if (!plan) return refuse(plan.error());
    const std::string secret = parse_uri(arguments.uri)->secret;
    const auto report =
        run_load(*plan, doozer_talk(secret, static_cast<std::size_t>(arguments.value_size)));
    if (!report) return refuse(report.error());
    print(arguments.json ? to_json(*plan, *report) : to_text(*plan, *report));
    return report->errors > 0 ? 1 : 0;
}

}  // namespace decree::net
