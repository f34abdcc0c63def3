#include "sim/scenario/from_trace.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/codec.hpp"
#include "core/overload.hpp"
#include "core/store/command_log.hpp"
#include "sim/scenario/print.hpp"
#include "traces/replay.hpp"

namespace decree::sim::scenario {

namespace {

using LinkSet = std::set<std::pair<NodeId, NodeId>>;

// Groups of nodes of which no link between two is whole, and every link inside is; none where links
// are cut in another pattern.
std::vector<std::vector<NodeId>> groups_of(const std::vector<NodeId>& nodes, const LinkSet& cuts) {
    std::vector<std::vector<NodeId>> groups;
    for (const NodeId node : nodes) {
        const auto home = std::ranges::find_if(groups, [&](const std::vector<NodeId>& group) {
            return !cuts.contains({node, group.front()});
        });
        if (home == groups.end()) {
            groups.push_back({node});
        } else {
            home->push_back(node);
        }
    }
    std::size_t across = 0;
    for (const auto& group : groups) {
        across += group.size() * (nodes.size() - group.size());
        for (const NodeId a : group) {
            for (const NodeId b : group) {
                if (cuts.contains({a, b})) return {};
            }
        }
    }
    return across == cuts.size() ? groups : std::vector<std::vector<NodeId>>{};
}

class TimedTranslator final : public traces::Visitor {
public:
    TimedTranslator(const traces::Trace& trace, const NetworkHabits& network) : trace_(trace) {
        const Settings& settings = trace.header().settings;
        Setup& setup = scenario_.setup;
        setup.nodes = trace.nodes();
        std::ranges::sort(setup.nodes);
        setup.members = settings.voters;
        if (const auto* sizes = std::get_if<Sizes>(&settings.quorums)) setup.quorum = *sizes;
        if (const auto* unsafe = std::get_if<UnsafeSizes>(&settings.quorums)) {
            setup.quorum = Sizes{.phase1 = unsafe->phase1, .phase2 = unsafe->phase2};
            setup.unsafe_quorums = true;
        }
        if (settings.alpha != Settings{}.alpha) setup.alpha = settings.alpha;
        if (settings.lease_us > 0) {
            setup.timed.lease = LeaseSetup{.length = {settings.lease_us}, .drift = {}};
        }
        setup.recorded = true;
        network_ = network;
    }

    Scenario translate() {
        // One that does not replay was recorded by another program: what was seen so far is told.
        [[maybe_unused]] const auto replayed = traces::replay(trace_, *this);
        cut_links();
        set_delays();
        return std::move(scenario_);
    }

    void started(const traces::Moment& moment, const Recovered&, const Node& node) override {
        pass_to(moment);
        election_ = node.options().election;
        const MemberOptions& members = node.options().members;
        if (known_.empty() && members.dead_after > 0) {
            scenario_.setup.timed.judging = JudgingSetup{.dead_after = {members.dead_after},
                                                         .stable_after = {members.stable_after},
                                                         .least_voters = members.least_voters};
        }
        if (node.founding()) scenario_.setup.timed.founding = true;
        if (!known_.insert(node.id()).second) add(RestartNode{node.id()});
    }

    void stepped(const traces::Moment& moment, const traces::Step& step, const Event& event,
                 const Node& after, const Effects&, traces::MessageId) override {
        pass_to(moment);
        if (const auto* stored = std::get_if<SnapshotStored>(&event.what)) {
            add(Compact{.node = step.node, .through = stored->through});
        } else if (const auto* handover = std::get_if<HandoverRequested>(&event.what)) {
            if (step.node != handover->to) add("handover", {Way{step.node, handover->to}});
        }
        const Ballot ballot = after.ballot();
        if (ballot == std::exchange(opened_[step.node], ballot) || ballot == Ballot{}) return;
        add(OpenBallot{.node = step.node, .round = ballot.round});
    }

    void crashed(const traces::Moment& moment, NodeId node) override {
        pass_to(moment);
        add(CrashNode{node});
    }

    void noted(const traces::Moment& moment, const traces::Note& note) override {
        pass_to(moment);
        tell(note);
    }

    [[nodiscard]] bool done() const override { return over_; }

private:
    void pass_to(const traces::Moment& moment) {
        if (moment.at != at_) cut_links();
        at_ = moment.at;
    }

    void add(Action action) {
        const Duration at{scaled(at_.value)};
        scenario_.lines.push_back(
            {.number = 0, .at = at, .what = std::move(action), .comment = ""});
    }
    void add(std::string verb, std::vector<Argument> arguments) {
        add(Added{.verb = std::move(verb), .arguments = std::move(arguments)});
    }

    [[nodiscard]] std::uint64_t scaled(std::uint64_t us) const {
        return us * Options{}.election / std::max<std::uint64_t>(election_, 1);
    }

    void tell(const traces::Note& note) {
        std::visit(Overload{
                       [&](const traces::LinkCut& n) { cuts_.insert({n.from, n.to}); },
                       [&](const traces::LinkMended& n) { cuts_.erase({n.from, n.to}); },
                       [&](const traces::NodePaused& n) { add("pause", {n.node}); },
                       [&](const traces::NodeResumed& n) { add("resume", {n.node}); },
                       [&](const traces::DiskFault& n) { disk_fault(n); },
                       [&](const traces::DiskStalled& n) { add(StallDisk{n.node}); },
                       [&](const traces::DiskFlows& n) { add(SyncDisk{n.node}); },
                       [&](const traces::ClockJumped& n) {
                           add("clock", {n.node, "jump", Duration{scaled(n.by_us)}});
                       },
                       [&](const traces::LivenessBegan& n) {
                           add("progress", {n.core});
                           over_ = true;
                       },
                       [&](const traces::ClientAsked& n) { asked(n); },
                       [](const auto&) {},
                   },
                   note);
    }

    void disk_fault(const traces::DiskFault& fault) {
        using enum traces::DiskFaultKind;
        switch (fault.kind) {
        case WriteTorn:
            if (!scenario_.lines.empty() &&
                scenario_.lines.back().what == Action(CrashNode{fault.node})) {
                scenario_.lines.pop_back();
            }
            return add("tear", {fault.node});
        case BitRot:
            return add("rot", {fault.node});
        case WriteMisplaced:
            return add("misdirect", {fault.node});
        case WriteLost:
            return add("lose-write", {fault.node});
        case SyncError:
            return add("fail-sync", {fault.node});
        case ReadError:
            return add("read-error", {fault.node});
        case DiskLost:
            return add("lose-disk", {fault.node});
        case DiskRestored:  // A trace does not tell when the image was taken.
        case DiskFull:      // It is down until it starts again: so much is said anyway.
        case UnsyncedLost:
            return;
        }
    }

    void asked(const traces::ClientAsked& asked) {
        if (asked.reads) return add(Read{.client = asked.client, .node = asked.node});
        const auto command = decode<LogCommand>(asked.payload.bytes());
        if (!command) return;
        if (const auto* set = std::get_if<SetVoters>(&*command)) {
            return add(Submit{.client = asked.client,
                              .node = asked.node,
                              .command = "members=" + to_text(set->voters)});
        }
        if (!std::holds_alternative<AppendText>(*command)) return;
        const auto [name, fresh] =
            names_.try_emplace(asked.tag, fmt::format("X{}", names_.size() + 1));
        add(Submit{.client = asked.client, .node = asked.node, .command = name->second});
    }

    // What is cut now is said, where it has changed: as a partition if it is one.
    void cut_links() {
        if (cuts_ == said_) return;
        const auto groups = groups_of(scenario_.setup.nodes, cuts_);
        if (parted_) {
            add(Heal{});
            said_.clear();
        }
        parted_ = groups.size() > 1 && said_.empty();
        if (parted_) {
            add(Partition{groups});
        } else {
            for (const auto& [from, to] : said_) {
                if (!cuts_.contains({from, to})) add(MendLink{.from = from, .to = to});
            }
            for (const auto& [from, to] : cuts_) {
                if (!said_.contains({from, to})) add(CutLink{.from = from, .to = to});
            }
        }
        said_ = cuts_;
    }

    void set_delays() {
        constexpr std::uint64_t of = 65'536;
        constexpr std::uint64_t million = 1'000'000;
        TimedSetup& timed = scenario_.setup.timed;
        const auto share = [](std::uint32_t parts) -> std::optional<Share> {
            if (parts == 0) return std::nullopt;
            return Share{static_cast<std::uint32_t>(parts * million / of)};
        };
        const std::uint64_t least = scaled(network_.base_us);
        timed.delay =
            DelayRange{.least = {least}, .most = {least + 2 * scaled(network_.spread_us)}};
        timed.loss = share(network_.dropped);
        timed.dup = share(network_.duplicated);
    }

    const traces::Trace& trace_;
    NetworkHabits network_;
    Scenario scenario_;
    Time at_;
    std::uint64_t election_ = Options{}.election;
    std::map<NodeId, Ballot> opened_;  // The ballot that each is in, if it is in one of its own.
    std::set<NodeId> known_;           // Who has started.
    std::map<std::uint64_t, CommandText> names_;  // By tag.
    LinkSet cuts_;
    LinkSet said_;         // What lines say so far.
    bool parted_ = false;  // They say it as a partition.
    bool over_ = false;
};

}  // namespace

Scenario timed_from_trace(const traces::Trace& trace, const NetworkHabits& network) {
    return TimedTranslator(trace, network).translate();
}

}  // namespace decree::sim::scenario
