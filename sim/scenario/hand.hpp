#pragma once

/// The world of a scenario by hand: the production core, and a network, disks and clients that do
/// what they are told and nothing else. Time stands still; no timer fires.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/contract.hpp"
#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/node/node.hpp"
#include "core/options.hpp"
#include "props/checker.hpp"
#include "props/violation.hpp"
#include "sim/choices.hpp"
#include "sim/disk.hpp"
#include "sim/scenario/clients.hpp"
#include "sim/scenario/mail.hpp"
#include "sim/scenario/syntax.hpp"
#include "sim/scenario/witness.hpp"
#include "traces/recorder.hpp"

namespace decree::sim::scenario {

/// What can happen to a node.
using Happening = decltype(Event::what);
/// Nothing, or why that cannot happen now: what was expected, and what there is instead.
using Happened = std::expected<void, std::string>;

/// The settings of the cluster that a scenario sets up.
[[nodiscard]] Settings settings_of(const Setup& setup);

class Hand {
public:
    /// `seed`: of the nodes' own generators. `recorder`: hears of everything; may be nullptr.
    Hand(const Setup& setup, std::uint64_t seed, traces::Recorder* recorder);

    /// From now on nodes say which rules they take.
    void listen() { effects_.listening = true; }

    /// All nodes start, with empty disks. Once, before all else.
    void found();

    /// What is done from here on happens in another instant, for whoever draws it; `words`: what
    /// stands in the scenario.
    void begin_line(const std::string& words);
    /// Something was expected that does not hold.
    void fail(const std::string& why);

    // hand_lines.cpp: one for each verb.

    Happened perform(const Submit& line);
    Happened perform(const OpenBallot& line);
    Happened perform(const Deliver& line);
    Happened perform(const Drop& line);
    Happened perform(const Duplicate& line);
    Happened perform(const Resend& line);
    Happened perform(const CrashNode& line);
    Happened perform(const RestartNode& line);
    Happened perform(const StallDisk& line);
    Happened perform(const SyncDisk& line);
    Happened perform(const Partition& line);
    Happened perform(const Heal& line);
    Happened perform(const CutLink& line);
    Happened perform(const MendLink& line);
    Happened perform(const AskToCatchUp& line);
    Happened perform(const scenario::TellWatermark& line);
    Happened perform(const Compact& line);
    Happened perform(const Confirm& line);
    Happened perform(const Read& line);

    /// A node asked for something that cannot be: whoever called anything here and caught this says
    /// so, and does nothing more but look.
    void broke(const ContractViolation& broken);

    /// At the end: what the clients saw, all over again.
    void finish();

    // Facts.

    [[nodiscard]] const Setup& setup() const { return setup_; }
    [[nodiscard]] const Settings& settings() const { return settings_; }
    /// nullptr: it is down.
    [[nodiscard]] const Node* node(NodeId id) const;
    [[nodiscard]] const Witness& witness() const { return witness_; }
    [[nodiscard]] const Mail& mail() const { return mail_; }
    [[nodiscard]] const Clients& clients() const { return clients_; }
    /// The properties that broke, in that order: each once.
    [[nodiscard]] const std::vector<props::Violation>& violations() const { return violations_; }
    [[nodiscard]] std::uint64_t digest() const { return digest_; }

private:
    struct Host {
        NodeId id;
        Options options;
        Disk disk;
        std::optional<Node> node;  // While up.
        bool stalled = false;
        bool forgetful = false;
        std::size_t commits = 0;  // Snapshots that are whole and not yet durable.
        Position told_durable;
        std::uint32_t starts = 0;
        std::uint32_t in_a_row = 0;  // Steps that nothing but the node itself asked for.
    };
    using Cut = std::pair<NodeId, NodeId>;

    [[nodiscard]] Host& host(NodeId id);
    void start(Host& host);
    void crash(Host& host);
    /// A step, and all that follows of it at this node while time stands still.
    void step(Host& host, Happening what, std::optional<traces::MessageId> message = std::nullopt);
    bool take_step(Host& host, const Event& event, std::optional<traces::MessageId> message);
    void judge(Host& host, const Event& event);
    void broke(Host& host, const ContractViolation& broken, const Event& event,
               std::optional<traces::MessageId> message);
    void perform_effects(Host& host);
    void settle(Host& host);
    void send(Parcel&& parcel);
    void lose(const Parcel& parcel, traces::Loss why);
    void deliver(const Parcel& parcel);
    void answer(Host& host, const Reply& reply);
    void direct(Host& host, const Direction& direction);
    void violate(props::Violation violation);
    void note(const traces::Note& what);

    // Links.
    [[nodiscard]] bool is_cut(NodeId from, NodeId to) const;
    void cut(const std::vector<Cut>& links, std::vector<Cut>& list);
    void restore(std::vector<Cut>& list, std::optional<Cut> only);

    [[nodiscard]] Happened must_be_up(NodeId id) const;
    [[nodiscard]] Happened must_lead(NodeId id) const;
    [[nodiscard]] Happened must_be_in_flight(const MessagePattern& pattern) const;

    Setup setup_;
    Settings settings_;
    traces::Recorder* recorder_;
    std::uint64_t line_ = 0;  // Microseconds of the world: one line, one millisecond.
    std::vector<Host> hosts_;
    Choices calm_;  // Disks that are told what to do draw nothing.
    Effects effects_;
    traces::MessageId messages_ = 0;
    std::uint64_t digest_ = 0;
    props::Checker checker_;
    Witness witness_;
    Mail mail_;
    Clients clients_;
    std::vector<Cut> partitioned_;  // A link stands as often as a partition cuts it.
    std::vector<Cut> cut_;
    std::vector<props::Violation> violations_;
};

}  // namespace decree::sim::scenario
