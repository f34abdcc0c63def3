#include "sim/scenario/timed_plan.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/timed.hpp"

namespace decree::sim::scenario {

namespace {

constexpr ClientNumber most_timed_clients = 62;
// Clients ask again when a line says so.
constexpr std::uint64_t no_patience_needed = std::uint64_t{1} << 60U;

NetworkHabits habits_of(const TimedSetup& timed) {
    constexpr std::uint64_t of = 65'536;
    constexpr std::uint64_t million = 1'000'000;
    const auto parts = [](Share share) {
        return static_cast<std::uint32_t>((share.ppm * of + million / 2) / million);
    };
    const DelayRange delay = timed.delay.value_or(DelayRange{{500}, {1'000}});
    NetworkHabits habits;
    habits.shape = DelayShape::Uniform;
    habits.base_us = delay.least.us;
    habits.spread_us = (delay.most.us - delay.least.us) / 2;
    habits.dropped = parts(timed.loss.value_or(Share{}));
    habits.duplicated = parts(timed.dup.value_or(Share{}));
    return habits;
}

ClientNumber client_of(const Action& action) {
    return std::visit(Overload{
                          [](const Submit& line) { return line.client; },
                          [](const Read& line) { return line.client; },
                          [](const Added& line) {
                              const auto* const asking =
                                  std::get_if<Asking>(&line.arguments.front());
                              return asking == nullptr ? ClientNumber{} : asking->client;
                          },
                          [](const auto&) { return ClientNumber{}; },
                      },
                      action);
}

}  // namespace

ClientNumber highest_client(const Scenario& scenario) {
    ClientNumber highest = scenario.setup.clients.empty() ? 0 : scenario.setup.clients.back();
    for (const Line& line : scenario.lines) highest = std::max(highest, client_of(line.what));
    return highest;
}

Plan plan_of(const Scenario& scenario, std::uint64_t seed, bool goes_on) {
    const Setup& setup = scenario.setup;
    Plan plan;
    Shape& shape = plan.shape;
    const auto last = static_cast<std::uint32_t>(setup.nodes.back().value);
    shape.settings = settings_of(setup);
    shape.voters = static_cast<std::uint32_t>(setup.members.size());
    shape.spares = last - shape.voters;
    shape.clients = static_cast<std::uint32_t>(highest_client(scenario));
    shape.patience_us = no_patience_needed;
    for (std::uint32_t i = 0; i < max_processes; ++i) {
        Options options;
        options.self = NodeId{i + 1};
        options.seed = seed * max_processes + i;
        if (setup.timed.lease) {
            options.drift_ppm = static_cast<std::uint32_t>(setup.timed.lease->drift.ppm);
        }
        if (const auto& judging = setup.timed.judging) {
            options.members = {.promotes = true,
                               .dead_after = judging->dead_after.us,
                               .stable_after = judging->stable_after.us,
                               .least_voters = judging->least_voters};
        }
        shape.options.push_back(std::move(options));
        if (i < last && !std::ranges::binary_search(setup.nodes, NodeId{i + 1})) {
            plan.absent.push_back(i);
        }
    }
    shape.founds = setup.timed.founding;
    for (std::uint32_t i = 0; shape.founds && i < shape.voters; ++i) {
        shape.addresses.push_back(std::string("host-") + static_cast<char>('a' + i));
    }
    for (const auto& [node, list] : setup.timed.lists) {
        auto& addresses = plan.lists[static_cast<ProcessIndex>(node.value - 1)];
        for (const NodeId founder : list) {
            addresses.push_back(shape.addresses[static_cast<std::size_t>(founder.value - 1)]);
        }
    }
    for (const auto& [node, alpha] : setup.timed.given_alpha) {
        plan.alphas[static_cast<ProcessIndex>(node.value - 1)] = alpha;
    }
    plan.weather.network = habits_of(setup.timed);
    for (const Line& line : scenario.lines) plan.cues.push_back(line.at->us);
    plan.ends_at = plan.cues.back() + timed_rest_us;
    plan.goes_on = goes_on;
    return plan;
}

std::optional<BadLine> check_timed(const Scenario& scenario) {
    if (!scenario.is_timed()) return std::nullopt;
    const NodeId node = scenario.setup.nodes.back();
    if (node.value > max_processes) {
        return BadLine{.line = scenario.lines.front().number,
                       .what = fmt::format("{} is too high: expected nodes from N1 to N{} where "
                                           "lines have times",
                                           to_text(node), max_processes)};
    }
    for (const Line& line : scenario.lines) {
        const auto* const added = std::get_if<Added>(&line.what);
        if (added != nullptr && added->verb == "progress" && &line != &scenario.lines.back()) {
            return BadLine{.line = line.number,
                           .what = "\"progress\" is the end: expected no line behind it"};
        }
        if (const ClientNumber client = client_of(line.what); client > most_timed_clients) {
            return BadLine{.line = line.number,
                           .what = fmt::format("C{} is too high: expected clients from C1 to C{} "
                                               "where lines have times",
                                               client, most_timed_clients)};
        }
    }
    return std::nullopt;
}

}  // namespace decree::sim::scenario
