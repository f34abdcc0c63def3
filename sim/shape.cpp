#include "sim/shape.hpp"

#include <algorithm>
#include <utility>

#include "sim/random.hpp"
#include "sim/store_client.hpp"

namespace decree::sim {

namespace {

// Each aspect of the shape is drawn from a stream of its own.
enum ShapeAspect : std::uint32_t {
    Numbers,
    Quorums,
    Pace,
    Limits,
    Traffic,
    PerProcess,
    Work = 64,
    Leases,
    Judging,
};
static_assert(PerProcess + max_processes <= Work);

// In 5 of 32 runs there are few operations: 1, 2, 4, 8 or 16.
constexpr std::uint32_t work_arity = 32;
constexpr std::uint32_t few_operations = 5;

std::uint32_t draw_voters(Dice& dice, const Profile& profile) {
    static constexpr std::uint32_t counts[] = {3, 3, 3, 3, 1, 2, 2, 4, 4, 4, 5, 5, 5, 5, 6, 7};
    const std::uint32_t drawn = dice.one_of(counts);
    return profile.nodes.value_or(std::min(drawn, profile.max_nodes));
}

QuorumSystem draw_sizes(Dice& dice, std::uint32_t voters) {
    const auto phase1 = static_cast<std::uint32_t>(dice.between(1, voters));
    const std::uint32_t least = voters - phase1 + 1;
    const std::uint32_t more = dice.below(std::min(2U, phase1));
    return Sizes{.phase1 = phase1, .phase2 = least + more};
}

QuorumSystem draw_weights(Dice& dice, const Voters& voters) {
    Weights weights;
    std::uint64_t sum = 0;
    for (const NodeId node : voters) {
        const auto weight = static_cast<std::uint32_t>(dice.between(1, 3));
        weights.weights[node] = weight;
        sum += weight;
    }
    weights.phase1 = sum / 2 + 1;
    weights.phase2 = sum - weights.phase1 + 1;
    return weights;
}

QuorumSystem draw_quorums(Dice& dice, const Voters& voters) {
    const auto count = static_cast<std::uint32_t>(voters.size());
    const std::uint32_t kind = dice.below(10);
    if (kind < 6 || count < 2) return Majority{};
    if (kind == 9) return draw_weights(dice, voters);
    if (kind == 8 && count == 4) return Grid{.rows = 2, .columns = 2};
    if (kind == 8 && count == 6) return Grid{.rows = 2, .columns = 3};
    return draw_sizes(dice, count);
}

Settings draw_settings(Choices& choices, std::uint32_t voters, std::uint32_t in_flight) {
    static constexpr std::uint64_t alphas[] = {64, 16, 8, 8, 4, 4, 3, 3, 2, 2, 1, 64, 32, 16};
    std::vector<NodeId> nodes;
    for (std::uint32_t i = 1; i <= voters; ++i) nodes.push_back(NodeId{i});
    Settings settings;
    settings.voters = make_voters(std::move(nodes));
    Dice dice(choices, Site::Shape, Quorums);
    settings.quorums = draw_quorums(dice, settings.voters);
    Dice limits(choices, Site::Shape, Limits);
    settings.alpha = limits.one_of(alphas);
    settings.command_bytes = 1024;
    settings.origin_window = std::max(in_flight, 16U);
    return settings;
}

// What the nodes have in common.
Options draw_options(Choices& choices) {
    static constexpr std::uint32_t batches[] = {64, 64, 1, 2, 4, 16};
    static constexpr std::uint32_t bytes[] = {65536, 65536, 4096, 512, 128, 32};
    static constexpr std::uint32_t snapshots[] = {1024, 4, 8, 16, 32, 64, 128, 1024};
    static constexpr std::uint32_t kept[] = {256, 0, 1, 4, 16, 64};
    static constexpr std::uint64_t segments[] = {1U << 20U, 65536, 4096, 1024, 512, 256};
    static constexpr std::uint32_t waiting[] = {4096, 4096, 64, 8};
    static constexpr std::uint64_t logs[] = {256U << 20U, 256U << 20U, 65536, 4096, 512};
    static constexpr std::uint64_t unsynced[] = {64U << 20U, 64U << 20U, 65536, 4096, 1024};
    Options options;
    Dice pace(choices, Site::Shape, Pace);
    options.election = pace.doubling(100'000, 799'999);
    options.heartbeat = options.election / pace.between(4, 12);
    options.resend = options.heartbeat * pace.between(1, 3);
    options.seal_after = pace.doubling(20'000, 500'000);
    Dice limits(choices, Site::Shape, Limits);
    options.batch_commands = limits.one_of(batches);
    options.batch_bytes = limits.one_of(bytes);
    options.part_bytes = limits.one_of(bytes);
    options.max_waiting = limits.one_of(waiting);
    options.snapshot_every = limits.one_of(snapshots);
    options.keep_slots = limits.one_of(kept);
    options.segment_bytes = limits.one_of(segments);
    options.unsynced_bytes = limits.one_of(unsynced);
    options.log_bytes = limits.one_of(logs);
    options.gathers = limits.chance(1, 3);
    return options;
}

// Nobody has a weight before it has a name, and sizes must fit lists of any length. Which address
// comes first has nothing to do with who has which number.
void draw_founding(Choices& choices, const Profile& profile, Shape& shape) {
    Dice dice(choices, Site::Founding, max_processes);
    shape.founds = dice.chance(profile.founds_percent, 100);
    if (!shape.founds) return;
    shape.lists_differ = dice.chance(1, 4);
    if (shape.lists_differ || std::holds_alternative<Weights>(shape.settings.quorums)) {
        shape.settings.quorums = Majority{};
    }
    for (std::uint32_t i = 0; i < shape.voters; ++i) {
        shape.addresses.push_back(std::string("host-") + static_cast<char>('a' + i));
    }
    dice.shuffle(shape.addresses);
}

// Who gets a vote by the leader's decision, and who loses it.
MemberOptions draw_members(Dice& dice, std::uint64_t election, std::uint32_t voters) {
    MemberOptions members;
    members.promotes = dice.chance(3, 4);
    if (dice.chance(3, 4)) members.dead_after = election * dice.between(1, 4);
    members.stable_after = election * dice.between(0, 4) / 2;
    members.least_voters = static_cast<std::uint32_t>(dice.between(1, voters));
    return members;
}

void draw_network(Choices& choices, const Shape& shape, Weather& weather) {
    static constexpr DelayShape shapes[] = {DelayShape::Constant, DelayShape::Uniform,
                                            DelayShape::Exponential, DelayShape::HeavyTail};
    Dice dice(choices, Site::Swarm, static_cast<std::uint32_t>(fault_kinds));
    NetworkHabits& network = weather.network;
    const std::uint64_t election = shape.options.front().election;
    network.shape = dice.one_of(shapes);
    network.base_us = dice.doubling(100, election / 40);
    network.spread_us = dice.doubling(50, election / 10);
    if (weather.has.has(FaultKind::MessageDropped)) {
        network.dropped = static_cast<std::uint32_t>(dice.doubling(64, 16384));
    }
    if (weather.has.has(FaultKind::MessageDuplicated)) {
        network.duplicated = static_cast<std::uint32_t>(dice.doubling(64, 16384));
    }
    if (weather.has.has(FaultKind::MessageLate)) {
        network.late = static_cast<std::uint32_t>(dice.doubling(16, 4096));
        network.late_us = dice.doubling(election / 4, election * 16);
    }
}

void draw_disk(Choices& choices, const Shape& shape, Weather& weather) {
    static constexpr std::uint32_t at_once[] = {1, 1, 1, 4};
    Dice dice(choices, Site::Swarm, static_cast<std::uint32_t>(fault_kinds) + 1);
    DiskHabits& disk = weather.disk;
    const std::uint64_t election = shape.options.front().election;
    disk.sync_us = dice.doubling(20, election / 40);
    disk.spread_us = dice.doubling(1, election / 20);
    disk.syncs_at_once = dice.one_of(at_once);
    disk.keeps_released = dice.chance(1, 2);
}

// Whether leaders wait for no quiet before they decide who is to vote. What they decide is then
// overtaken by what clients ask for, if these ask often enough.
bool decides_at_once(const Shape& shape) {
    const MemberOptions& members = shape.options.front().members;
    return (members.promotes || members.dead_after > 0) && members.stable_after == 0;
}

}  // namespace

Shape draw_shape(Choices& choices, const Profile& profile) {
    Shape shape;
    Dice numbers(choices, Site::Shape, Numbers);
    shape.voters = draw_voters(numbers, profile);
    shape.spares = static_cast<std::uint32_t>(numbers.between(0, profile.max_spares));
    Dice traffic(choices, Site::Shape, Traffic);
    shape.clients = static_cast<std::uint32_t>(traffic.between(1, profile.max_clients));
    shape.in_flight = static_cast<std::uint32_t>(traffic.doubling(1, 15));
    shape.operations = static_cast<std::uint32_t>(traffic.doubling(50, profile.max_operations));
    Dice work(choices, Site::Shape, Work);
    const std::uint32_t few = work.below(work_arity);
    if (few < few_operations) shape.operations = 1U << few;
    shape.safety_us = traffic.between(profile.least_time / 1000, profile.most_time / 1000) * 1000;
    shape.settings = draw_settings(choices, shape.voters, shape.in_flight);
    draw_founding(choices, profile, shape);
    Options common = draw_options(choices);
    Dice leases(choices, Site::Shape, Leases);
    if (leases.chance(profile.lease_percent, 100)) {
        shape.settings.lease_us = leases.doubling(common.heartbeat, common.election * 4);
    }
    Dice judging(choices, Site::Shape, Judging);
    if (judging.chance(profile.judging_percent, 100)) {
        common.members = draw_members(judging, common.election, shape.voters);
    }
    Dice store(choices, Site::Store, max_processes);
    if (store.chance(profile.store_percent, 100)) {
        shape.store = draw_store_settings(store);
        shape.take = draw_take_limits(store);
    }
    shape.patience_us = common.election * traffic.between(1, 4);
    for (std::uint32_t i = 0; i < max_processes; ++i) {
        Dice own(choices, Site::Shape, PerProcess + i);
        Options options = common;
        options.self = NodeId{i + 1};
        options.seed = own.below(1U << 30U) + i + 1;
        shape.options.push_back(std::move(options));
    }
    return shape;
}

Weather draw_weather(Choices& choices, const Profile& profile, const Shape& shape) {
    Weather weather;
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        const bool drawn = profile.may.has(kind) &&
                           choices.chance(Site::Swarm, static_cast<std::uint32_t>(i), 1, 2);
        if (drawn || profile.must.has(kind)) weather.has.add(kind);
    }
    draw_network(choices, shape, weather);
    draw_disk(choices, shape, weather);
    Dice dice(choices, Site::Swarm, static_cast<std::uint32_t>(fault_kinds) + 2);
    weather.episode_every_us = dice.doubling(80'000, 1'300'000);
    weather.episode_most_us = dice.doubling(shape.options.front().election, 4'000'000);
    if (weather.has.has(FaultKind::ClockDrift)) {
        weather.drift_ppm = static_cast<std::uint32_t>(dice.doubling(50, 200'000));
    }
    if (shape.settings.lease_us > 0) weather.has.remove(FaultKind::ClockJump);  // Beyond the bound.
    // Whom it may strike depends on the voters, and nobody knows them before they found.
    if (shape.founds) weather.has.remove(FaultKind::UnsealedRot);
    if (weather.has.has(FaultKind::ClientGivesUp)) {
        weather.gives_up = static_cast<std::uint32_t>(dice.between(1, 4));
    }
    if (weather.has.has(FaultKind::VotersChanged)) {
        weather.voter_changes = static_cast<std::uint32_t>(dice.doubling(1, 16));
        if (decides_at_once(shape)) weather.voter_changes += 24;
    }
    if (dice.chance(1, 2)) weather.scrub_every_us = dice.doubling(100'000, 6'000'000);
    return weather;
}

void bound_clocks(Shape& shape, const Weather& weather) {
    if (shape.settings.lease_us == 0) return;
    for (Options& options : shape.options) options.drift_ppm = weather.drift_ppm;
}

std::vector<ChoiceRecord> simpler_shapes(const ChoiceRecord& record) {
    const StreamKey work{Site::Shape, Work};
    std::vector<ChoiceRecord> shapes(1);
    shapes.push_back({{work, {{.arity = work_arity, .value = few_operations - 1}}}});
    for (const ShapeAspect kept : {Leases, Judging, Numbers, Quorums, Limits, Traffic, Work}) {
        const auto found = record.find({Site::Shape, kept});
        if (found == record.end()) continue;
        shapes.push_back(shapes.back());
        shapes.back()[found->first] = found->second;
    }
    return shapes;
}

}  // namespace decree::sim
