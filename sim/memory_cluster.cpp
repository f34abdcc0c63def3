#include "sim/memory_cluster.hpp"

#include <algorithm>
#include <memory>
#include <variant>

#include "core/contract.hpp"
#include "core/store/command_log.hpp"

namespace decree::sim {

namespace {

constexpr std::uint64_t round_us = 5;
constexpr std::uint64_t batches_in_flight = 64;
constexpr std::uint64_t most_in_flight = 4'096;

Settings settings_of(std::uint32_t nodes) {
    std::vector<NodeId> ids;
    for (std::uint32_t i = 1; i <= nodes; ++i) ids.push_back(NodeId{i});
    Settings settings;
    settings.voters = make_voters(std::move(ids));
    settings.origin_window = most_in_flight;
    return settings;
}

}  // namespace

MemoryCluster::MemoryCluster(std::uint32_t nodes, std::uint32_t batch) {
    const Settings settings = settings_of(nodes);
    members_.reserve(nodes);
    for (const NodeId id : settings.voters) {
        Options options;
        options.self = id;
        options.seed = id.value;
        options.contacts = settings.voters;
        options.batch_commands = batch;
        auto node = Node::start(settings, options, std::make_unique<CommandLog>(settings),
                                Recovered{}, Time{now_});
        ENSURE(node.has_value(), "an empty disk is no obstacle");
        members_.push_back({.node = *std::move(node),
                            .effects = {},
                            .inbox = {},
                            .next_inbox = {},
                            .written = {},
                            .durable = {}});
    }
    for (;;) {
        round();
        const auto leads = [](const Member& m) { return m.node.role() == Role::Leading; };
        const auto found = std::find_if(members_.begin(), members_.end(), leads);
        leader_ = static_cast<std::size_t>(found - members_.begin());
        if (found != members_.end()) break;
        if (at_rest()) now_ += 1'000;
        ENSURE(now_ < 60'000'000, "somebody leads within a minute");
    }
}

void MemoryCluster::execute(std::uint64_t count, const Value& payload) {
    const std::uint64_t batch = members_[leader_].node.options().batch_commands;
    const std::uint64_t in_flight = std::min(batch * batches_in_flight, most_in_flight);
    const std::uint64_t wanted = answered_ + count;
    while (answered_ < wanted) {
        while (asked_ < wanted && asked_ - answered_ < in_flight) {
            Requested request{
                .client = ClientId{1}, .id = std::nullopt, .tag = ++asked_, .payload = payload};
            members_[leader_].next_inbox.push_back({.now = {}, .what = std::move(request)});
        }
        round();
    }
}

bool MemoryCluster::at_rest() const {
    return std::all_of(members_.begin(), members_.end(),
                       [](const Member& member) { return member.next_inbox.empty(); });
}

void MemoryCluster::round() {
    now_ += round_us;
    for (Member& member : members_) std::swap(member.inbox, member.next_inbox);
    for (Member& member : members_) {
        for (Event& event : member.inbox) step(member, std::move(event));
        member.inbox.clear();
        if (member.node.deadline() <= Time{now_}) step(member, {.now = {}, .what = TimePassed{}});
        if (member.durable < member.written) {
            member.durable = member.written;
            step(member, {.now = {}, .what = Durable{member.durable}});
        }
    }
}

void MemoryCluster::step(Member& member, Event&& event) {
    event.now = Time{now_};
    member.node.step(event, member.effects);
    ++steps_;
    Effects& out = member.effects;
    for (Envelope& envelope : out.envelopes) {
        Member& to = members_[envelope.to.value - 1];
        to.next_inbox.push_back(
            {.now = {}, .what = Received{envelope.from, std::move(envelope.message)}});
    }
    for (const Reply& reply : out.replies) {
        ENSURE(reply.outcome == Outcome::Done, "nothing is refused here");
        ++answered_;
    }
    if (!out.journal.bytes.empty()) {
        member.written = Position{out.journal.begin.value + out.journal.bytes.size()};
    }
    for (const SnapshotWrite& write : out.snapshot) {
        if (const auto* whole = std::get_if<SnapshotCommit>(&write)) {
            member.next_inbox.push_back({.now = {}, .what = SnapshotStored{whole->through}});
        }
    }
}

}  // namespace decree::sim
