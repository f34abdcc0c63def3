#pragma once

/// The observer behind the checker: keeps the ghost state, and asks each property about each step.
/// Sees nodes as plain facts, so that histories can also be made by hand.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/founding.hpp"
#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "core/options.hpp"
#include "core/paxos/log.hpp"
#include "core/state_machine.hpp"
#include "props/bounded_queues.hpp"
#include "props/convergence.hpp"
#include "props/ghost/chosen_log.hpp"
#include "props/ghost/disk.hpp"
#include "props/ghost/electorate.hpp"
#include "props/ghost/local_asks.hpp"
#include "props/ghost/node_set.hpp"
#include "props/ghost/operations.hpp"
#include "props/ghost/reference.hpp"
#include "props/ghost/seat_changes.hpp"
#include "props/ghost/store_ghost.hpp"
#include "props/ghost/vote_history.hpp"
#include "props/grants_are_kept.hpp"
#include "props/linearizability.hpp"
#include "props/one_cluster.hpp"
#include "props/returns_recognized.hpp"
#include "props/sessions_not_hurried.hpp"
#include "props/sometimes.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// What the observer sees of a node. The pointers are good during the call.
struct NodeView {
    NodeId id;
    Ballot promised;
    Slot chosen_through;
    Slot applied;
    const StateMachine* machine{};
    const Log* log{};
    std::span<const RecoveredSlot> put_off;  ///< Held beside the log, ascending.
    const Founding* founding{};              ///< While it is no member of a cluster yet.
};

class Observer {
public:
    explicit Observer(const Settings& settings);

    void started(const NodeView& node, const Options& options, const Recovered& disk);

    /// What should also be looked at after a step; too dear to be looked at each time.
    enum class Wanted : std::uint8_t { Nothing, Load, Digest, LoadAndDigest };
    Wanted stepped(const NodeView& node, const Event& event, const Effects& effects);
    /// One queue of a node.
    void loaded(NodeId node, std::string_view name, std::size_t size, std::size_t bound);
    /// The digest of all that replicas must agree on after `applied`.
    void digested(NodeId node, Slot applied, std::uint64_t digest);

    void crashed(NodeId node) {
        ghost(node).up = false;
        local_.forget(node);
    }
    void rotted(NodeId node) { ghost(node).rotted = true; }
    void snapshot_rotted(NodeId node) {
        DiskState& disk = ghost(node).disk.durable;
        disk.snapshot_through = disk.snapshot_recorded;
    }
    void lost(NodeId node) { ghost(node).lost = true; }

    void asked(std::uint64_t operation, const RequestId& id, const Value& payload);
    void asked_read(std::uint64_t operation, const Value& question);
    void answered(std::uint64_t operation, Outcome outcome, const Answer& answer);

    void time_is(Time now, const ClockBound& clocks) {
        now_ = now;
        clocks_ = clocks;
    }
    [[nodiscard]] LocalAsks& local() { return local_; }
    void served(NodeId node, Slot applied, const store::LocalAnswer& answer);
    void served_all(NodeId node, Slot applied);
    [[nodiscard]] const store::model::Model* model() const {
        return store_ ? &store_->model() : nullptr;
    }

    void finish_history();
    void finish_convergence(std::span<const FinalState> core);

    [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
    [[nodiscard]] const ChosenLog& chosen() const { return chosen_; }
    [[nodiscard]] const Electorates& electorates() const { return electorates_; }
    [[nodiscard]] const Sometimes& sometimes() const { return sometimes_; }
    [[nodiscard]] const VoteHistory& votes() const { return votes_; }
    /// Of the cluster: those of its founding record, once it is founded.
    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] bool founded() const { return cluster_.has_value(); }
    [[nodiscard]] std::uint64_t digest() const;

private:
    struct GhostNode {
        NodeId id;
        NodeIndex index{};
        bool up{};
        bool rotted{};
        bool lost{};
        GhostDisk disk;
        Ballot promised;       // In memory, in this life.
        Slot chosen_through;   // The same.
        Slot applied;          // The same.
        Ballot opened;         // The highest ballot of its own in which it acted.
        Ballot opened_before;  // The same, in earlier lives.
        Granted granted;       // Leases.
        Watching watching;     // Whom it heard when.
        Standing standing;     // Whether peers know it, in this life.
        std::uint32_t steps{};
        std::uint64_t charter{};  // Digest of the founding record that it ever had durably.
        std::vector<std::string> founders;  // The list that it was given last, ascending.
    };

    /// Keeps the first violation.
    void report(std::optional<Violation>&& found) {
        if (found) [[unlikely]]
            keep(*std::move(found));
    }
    void keep(Violation found);
    [[nodiscard]] bool fine() const { return !violation_.has_value(); }
    GhostNode& ghost(NodeId id);
    void make_room();

    // observer.cpp: what a node shows of itself.
    void happen(GhostNode& node, const NodeView& view, const Event& event);
    void look_at(GhostNode& node, const NodeView& view);
    void look_at_applied(GhostNode& node, const NodeView& view);
    void restart(GhostNode& node, const Recovered& disk);
    void believe(GhostNode& node, const Recovered& disk);
    void forget_lost_votes(const GhostNode& node);
    void compare_with_disk(const GhostNode& node, const NodeView& view);

    // observer_journal.cpp: what a node writes, and what becomes durable.
    void write(GhostNode& node, const JournalAppend& append);
    bool write_record(GhostNode& node, const RecordView& record);
    void write_vote(GhostNode& node, const RecordView& record);
    void write_decided(GhostNode& node, const RecordView& record);
    void write_watermark(const GhostNode& node, Slot through);
    void sync(GhostNode& node, Position position);
    void cast(const GhostNode& node, const PendingRecord& vote);
    void choose(Slot slot, const BallotVotes& votes);
    void execute_chosen();
    void execute(Slot slot, const ExecutedCommand& command);
    void judge_seat(Slot slot, const ExecutedCommand& command);
    void note_retired(const Voters& voters);
    [[nodiscard]] std::optional<ChangeSeat> seat_in(Bytes payload, const Voters& voters) const;
    [[nodiscard]] bool was_refused(const Answer& answer) const;

    // observer_store.cpp: the store.
    void note_proposed(Slot slot, const Value& value);
    [[nodiscard]] Time proposed_at(Slot slot) const;
    void begin_store_slot(Slot slot);
    void refused_locally(const AskedAt& at, Slot applied, const store::Refusal& refusal);
    void execute_in_store(const ExecutedCommand& command);
    void end_store_slot(Slot slot);
    void compare_snapshots(const NodeView& view);
    void answered_read_of_store(Operation& call, const Answer& answer);

    // observer_founding.cpp: founding records, and what is said of them.
    void begin_reference(const NodeView& view);
    void look_at_list(GhostNode& node, const NodeView& view);
    void write_founding(GhostNode& node, const RecordView& record);
    void judge_proposed(const GhostNode& node, Bytes record);
    void become_founded(const GhostNode& node, Bytes record);
    void send(const GhostNode& node, const FoundingWord& message);
    void send(const GhostNode& node, const Welcome& message);

    // observer_messages.cpp: what a node says.
    void say(GhostNode& node, const Message& message);
    void open(GhostNode& node, Ballot ballot, std::string_view how);
    void learned(const GhostNode& node, Slot through, std::string_view how);
    void send(GhostNode& node, const Prepare& message);
    void send(GhostNode& node, const Promise& message);
    void send(GhostNode& node, const Accept& message);
    void send(GhostNode& node, const Accepted& message);
    void send(GhostNode& node, const Decide& message);
    void send(GhostNode& node, const Chosen& message);
    void send(GhostNode& node, const HeartbeatAnswer& message);
    void send(GhostNode& node, const Handover& message);
    void send(const GhostNode& node, const TellSilent& message);
    void show(GhostNode& node, const Shown& shown);
    void recognize(GhostNode& node, NodeId from, const Recognized& message);
    [[nodiscard]] bool is_recognized(const GhostNode& node, Slot slot);
    void hear(GhostNode& node, const Received& event);
    void decide_seats(Ballot ballot);
    void promise(const GhostNode& node, Ballot ballot, std::string_view how);
    BallotVotes* propose(Slot slot, Ballot ballot, const Value& value);
    void judge_proposal(Slot slot, BallotVotes& proposal);

    Settings settings_;
    NodeTable table_;
    std::vector<GhostNode> nodes_;  // By number.
    std::vector<Ballot> promised_;  // By number: ever, durably.
    VoteHistory votes_;
    ChosenLog chosen_;
    Electorates electorates_;
    Reference reference_;
    Operations operations_;
    LogLengths lengths_;
    MessageBounds bounds_;
    std::map<Slot, std::pair<NodeId, std::uint64_t>> digests_;  // Whoever showed it first.
    std::uint64_t executed_ = 0;                                // Commands.
    Point shown_ = 0;                                           // By answers to clients.
    SeatChanges seat_changes_;
    std::set<std::uint64_t> nameless_;  // Digests of what clients without a name asked.
    std::vector<NodeId> retired_;       // Whose votes were taken away, until somebody names them.
    std::vector<Ballot> handed_over_;   // By their leaders: they use no lease any more.
    Ballot leader_;                     // In whose ballot a slot was last chosen.
    Ballot newest_;                     // In which a leader last proposed something new.
    std::optional<StoreGhost> store_;   // If that is the machine.
    store::Revision store_before_;      // Before the slot that is being executed.
    LocalAsks local_;
    Time now_;  // True time.
    ClockBound clocks_;
    std::map<Slot, std::vector<std::pair<std::uint64_t, Time>>> proposed_at_;  // Digests of values.
    Sometimes sometimes_;
    std::optional<KnownCluster> cluster_;
    std::vector<std::uint64_t> proposed_;  // Digests of all founding records so far.
    std::optional<Violation> violation_;
    const Event* event_ = nullptr;  // During stepped().
    std::string_view call_;         // Otherwise.
    BatchContents scratch_;
};

}  // namespace decree::props
