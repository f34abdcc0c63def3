#pragma once

/// One replica behind one door.

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/charter.hpp"
#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/founding.hpp"
#include "core/journal/recovery.hpp"
#include "core/journal/writer.hpp"
#include "core/node/executor.hpp"
#include "core/node/outbox.hpp"
#include "core/node/reads.hpp"
#include "core/node/state.hpp"
#include "core/node/waiting.hpp"
#include "core/options.hpp"
#include "core/paxos/acceptor.hpp"
#include "core/paxos/learner.hpp"
#include "core/state_machine.hpp"

namespace decree {

/// The settings with which a node comes up: those of its cluster, as far as they are known.
[[nodiscard]] std::expected<Settings, std::string> first_settings(const Beginning& beginning,
                                                                  NodeId self,
                                                                  const Recovered& disk);

enum class Role : std::uint8_t {
    Following,   ///< Votes and learns; campaigns when it misses the leader.
    Canvassing,  ///< Asks whether others miss the leader, too.
    Preparing,   ///< Phase 1 in a ballot of its own, until it has also caught up.
    Leading,     ///< Phase 2.
};

/// How full something is.
struct Load {
    std::string_view name;
    std::size_t size{};
    std::size_t bound{};
};

/// One replica: acceptor, proposer, learner and executor for all slots. A value: copyable,
/// comparable, with a digest. Equal nodes and equal events give equal effects, always.
class Node {
public:
    /// `machine`: fresh. `disk`: what recover() read, synced. `now`: the process's first instant.
    /// Refuses a snapshot that the machine cannot read, and the disk of another node. The first
    /// step is due at once.
    [[nodiscard]] static std::expected<Node, BadBytes> start(const Settings& settings,
                                                             const Options& options,
                                                             std::unique_ptr<StateMachine> machine,
                                                             const Recovered& disk, Time now);
    /// The same for a node that founds a cluster, or joins one, if its disk has no founding record.
    /// If it has, `beginning` is of no matter, and `machine` shows only of which kind it is.
    [[nodiscard]] static std::expected<Node, BadBytes> start(const Beginning& beginning,
                                                             const Options& options,
                                                             std::unique_ptr<StateMachine> machine,
                                                             const Recovered& disk, Time now);

    /// Advances this node by one event. `out` is cleared, then filled. REQUIRES: event.now never
    /// goes back. Cost: bounded by the limits of Options, never by the length of the log.
    void step(const Event& event, Effects& out);

    /// When TimePassed is next needed; `never` for not at all.
    [[nodiscard]] Time deadline() const;

    // For observers; no driver needs these.

    [[nodiscard]] NodeId id() const { return options_.self; }
    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] Incarnation incarnation() const { return heads_.incarnation; }
    /// Whether that is durable for good, and so may be shown to others.
    [[nodiscard]] bool start_durable() const { return start_durable_; }
    [[nodiscard]] Role role() const { return static_cast<Role>(role_.index()); }
    /// Set while this node is no member of a cluster yet: it takes no part in anything then.
    [[nodiscard]] const std::optional<Founding>& founding() const { return founding_; }
    /// Whom it waits for, and why: to be a member of a cluster, to be recognized, to know what its
    /// disk has forgotten. A quorum of those whose recognition it awaits will do, and any of those
    /// who may know of a slot in doubt. Nothing: it can do its part.
    [[nodiscard]] std::vector<Awaited> awaited() const;
    /// The founding record of its cluster. None: not founded yet, or founded in no such way.
    [[nodiscard]] const std::optional<Charter>& charter() const { return charter_; }
    /// The settings that it was given in vain, by name: the cluster has others.
    [[nodiscard]] const std::vector<std::string>& overruled_settings() const { return overruled_; }
    /// Whom this node follows; itself while it leads.
    [[nodiscard]] std::optional<NodeId> leader() const;
    /// Its own ballot while Preparing or Leading, else Ballot{}.
    [[nodiscard]] Ballot ballot() const;
    /// Votes in slots above chosen_through(), up to here, may be forgotten; 0: in none. Then it
    /// gives no promise that covers such a slot, and does not campaign.
    [[nodiscard]] Slot doubt_through() const { return doubt_.through; }
    /// What it holds beside its log while in doubt: votes far above a gap that it must fill first.
    [[nodiscard]] const std::vector<RecoveredSlot>& put_off() const { return doubt_.put_off; }
    /// The changes of voters that it decided on while it led, and what came of them; the latest
    /// last.
    [[nodiscard]] const std::vector<MemberChange>& member_changes() const {
        return members_.changes;
    }
    /// Set when peers have shown that somebody else lives, or lived on, under this node's name: it
    /// takes no part any more. The driver ends it; with an empty disk it may join as a new node.
    [[nodiscard]] const std::optional<Outcast>& outcast() const { return outcast_; }
    /// Set while it waits for peers to recognize it, and does not vote.
    [[nodiscard]] const std::optional<Returning>& returning() const { return returning_; }
    /// A leader lease that this node has granted, or may have granted before it was restarted.
    [[nodiscard]] const Grant& grant() const { return grant_; }
    /// In memory: durable, or on its way to the disk.
    [[nodiscard]] Ballot promised() const { return acceptor_.promised(); }
    [[nodiscard]] Slot chosen_through() const { return learner_.chosen_through; }
    /// Between steps equal to chosen_through(), but at a node that gathers: see Options::gathers.
    [[nodiscard]] Slot applied() const { return executor_.applied(); }
    [[nodiscard]] const Log& log() const { return acceptor_.log(); }
    [[nodiscard]] const Membership& membership() const { return executor_.membership(); }
    [[nodiscard]] const StateMachine& machine() const { return executor_.machine(); }
    /// The state of the role, for tests and views.
    [[nodiscard]] const RoleState& role_state() const { return role_; }
    /// Of all that replicas must agree on after equal slots.
    [[nodiscard]] std::uint64_t applied_digest() const { return executor_.replicated_digest(); }
    /// Peers' messages that cannot be, refused since the start.
    [[nodiscard]] std::uint64_t bad_messages() const { return bad_messages_; }
    /// Every queue with its bound.
    [[nodiscard]] std::array<Load, 7> load() const;
    /// The highest slot that the log may take in now.
    [[nodiscard]] Slot log_limit() const;
    /// Whether the log takes in nothing new before a snapshot makes room.
    [[nodiscard]] bool needs_room() const;
    /// The most slots that the log ever holds.
    [[nodiscard]] std::uint64_t log_slots() const;

    bool operator==(const Node&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    // A leader that leaves so many repetitions unanswered is heard, but does not hear this node.
    static constexpr std::uint64_t patience_with_leader = 3;
    // How many answers may wait for the disk; further ones are dropped like lost messages.
    static constexpr std::size_t max_held = 4096;

    Node(const Settings& settings, const Options& options, Executor executor, const Recovered& disk,
         Time now);

    // founding.cpp: what a node does that is no member yet.
    void begin_with(const Beginning& beginning, bool same_machine, const Recovered& disk);
    void begin_membership(const Beginning& beginning, bool same_machine, const Recovered& disk);
    void begin_founding(Effects& out);
    void found(const Event& event, Effects& out);
    void reached(const Reached& event, Effects& out);
    void ask_contact(NodeId node, Effects& out);
    bool add_contact(NodeId node);
    [[nodiscard]] bool may_tell() const;
    void begin_telling(Effects& out);
    void ask_founders(Effects& out);
    void receive(NodeId from, const FoundingWord& word, Effects& out);
    void welcome(NodeId from, const FoundingWord& word, Effects& out);
    void propose_charter(Effects& out);
    void take_charter(NodeId from, const Charter& charter, Effects& out);
    [[nodiscard]] bool usable(const Charter& charter) const;
    void store_charter(Charter charter, Effects& out);
    void record_charter();
    void note_overruled(const Charter& charter, bool same_machine);
    void use_settings(const Charter& charter, Effects& out);
    void charter_vouched(Effects& out);
    void found_cluster_if_all_stored(Effects& out);
    void receive(NodeId from, const Welcome& message, Effects& out);
    void become_member(const std::vector<NodeId>& members, Effects& out);

    // node.cpp: the door, what every step begins and ends with, and the helpers of all handlers.
    void begin(Effects& out);
    void act(const Event& event, Effects& out);
    void finish(Effects& out);
    void end_turn(Effects& out);
    void release(Effects& out);
    void release(Held&& held, Effects& out);
    void receive(const Received& event, Effects& out);
    void pass_time(Effects& out);
    template <class M>
    void send(NodeId to, M&& message, Effects& out) const {
        out.envelopes.emplace_back(options_.self, to, std::forward<M>(message));
    }
    template <class M>
    void hold(NodeId to, M&& message, Effects& out) {
        if (outbox_.size() >= max_held) return;
        out.took(Rule::HeldUntilDurable, to);
        outbox_.hold(Envelope{options_.self, to, std::forward<M>(message)});
    }
    void refuse_message(NodeId from, Effects& out);
    [[nodiscard]] std::uint64_t jitter(std::uint64_t below);
    [[nodiscard]] Slot first_unknown() const { return next(learner_.chosen_through); }
    /// The first slot that is not executed: who votes there, and from where on a ballot of its own
    /// asks, goes by that. Only a node that gathers may know more, and only in between: it tells
    /// others of that, and reads wait until it is executed.
    [[nodiscard]] Slot first_open() const { return next(executor_.applied()); }
    [[nodiscard]] bool owes_execution() const {
        return executor_.applied() < learner_.chosen_through;
    }
    [[nodiscard]] bool votes() const;
    [[nodiscard]] bool disk_behind() const;
    [[nodiscard]] bool log_is_full() const { return acceptor_.log().bytes() >= options_.log_bytes; }
    [[nodiscard]] bool disk_hangs() const;

    // election.cpp: missing the leader, asking others, opening a ballot, stepping down.
    void miss_leader(Effects& out);
    void canvass(Effects& out);
    void receive(NodeId from, const PreVote& message, Effects& out);
    void receive(NodeId from, const PreVoteAnswer& message, Effects& out);
    void open_ballot_if_granted(Effects& out);
    void open_ballot(std::uint64_t round, Effects& out, Ballot lease_over = {});
    void follow(NodeId leader, Ballot ballot, Effects& out);
    void use_relay(NodeId through, Effects& out);
    [[nodiscard]] std::optional<NodeId> towards_leader() const;
    void step_down(Rule why, Ballot higher, Effects& out);
    void wait_for_leader();
    void receive(NodeId from, const Handover& message, Effects& out);

    // phase_one.cpp: promises, given and taken.
    void receive(NodeId from, const Prepare& message, Effects& out);
    void receive(NodeId from, const Promise& message, Effects& out);
    void receive(NodeId from, const Nack& message, Effects& out);
    [[nodiscard]] bool was_asked(NodeId node) const;
    void take_promise(NodeId from, const Promise& message, Effects& out);
    void learn_reported(const Promise& message, Effects& out);
    void send_prepare(Peer& peer, const PhaseOne& phase1, Effects& out);
    void prepare_missing(Effects& out);
    void try_to_lead(Effects& out);
    void begin_leading(Effects& out);
    void note_members(Effects& out);
    void note_learner(NodeId node, Effects& out);

    // doubt.cpp: what the disk may have forgotten.
    void begin_in_doubt(Effects& out);
    [[nodiscard]] bool in_doubt() const { return doubt_.through != Slot{}; }
    [[nodiscard]] std::optional<Slot> doubted_from(Slot from) const;
    void take_back(Slot slot);
    [[nodiscard]] bool take_back_chosen();
    void record_decided(Slot slot);
    void end_doubt(Effects& out);
    [[nodiscard]] Slot doubted_by_voters() const;

    // returning.cpp: being recognized after a start, and recognizing others.
    [[nodiscard]] Shown shown() const;
    void announce_return(Effects& out);
    void receive(NodeId from, const Returned& message, Effects& out);
    void receive(NodeId from, const Recognized& message, Effects& out);
    void end_return_if_recognized(Effects& out);
    void leave_for_good(NodeId by, const Shown& before, Effects& out);
    void stay_out(const Event& event, Effects& out);
    [[nodiscard]] Incarnation named_here(NodeId node) const;
    [[nodiscard]] const Shown* remembered(NodeId node) const;
    [[nodiscard]] bool take_shown(NodeId node, const Shown& shown, Effects& out);
    void remember(NodeId node, const Shown& shown);

    // lease.cpp: granting a leader that nobody else is promised anything, and reading by that.
    void begin_leases(Effects& out);
    [[nodiscard]] bool lease_forbids(Ballot ballot) const;
    [[nodiscard]] bool lease_in_force() const { return now_ < grant_.until; }
    [[nodiscard]] bool grant_lease(Ballot to, Effects& out);
    void release_lease(Ballot of, Effects& out);
    void receive(NodeId from, const LeaseOver& message, Effects& out);
    void note_round();
    void take_grant(Peer& peer, Round round) const;
    void give_up_lease(Effects& out);
    [[nodiscard]] bool holds_lease() const;
    void serve_by_lease(Effects& out);

    // members.cpp: who is to vote, as leaders decide it.
    [[nodiscard]] bool judges_members() const;
    void look_at_members(Effects& out);
    void decide_about_members(Effects& out);
    void ask_about_the_silent(Effects& out);
    void receive(NodeId from, const AskSilent& message, Effects& out);
    void receive(NodeId from, const TellSilent& message, Effects& out);
    void note_alive(NodeId node);
    [[nodiscard]] bool is_dead(const Suspect& suspect) const;
    [[nodiscard]] std::optional<NodeId> ready_learner() const;
    [[nodiscard]] std::optional<SeatChange> wanted_change(Effects& out);
    [[nodiscard]] bool would_keep_quorums(const SeatChange& change) const;
    void propose_change(const SeatChange& change, Effects& out);
    void note_change_executed(const RequestId& id, Slot slot, Effects& out);
    [[nodiscard]] bool is_made(const SeatChange& change) const;
    void end_change(MemberChange& change, Slot slot, Effects& out);
    void look_up_changes(Effects& out);
    void leave_changes();
    void note_members_changed(bool voted, Effects& out);

    // phase_two.cpp: proposing, voting, choosing.
    void receive(NodeId from, const Accept& message, Effects& out);
    void receive(NodeId from, const Accepted& message, Effects& out);
    enum class Purpose : std::uint8_t { Inherited, Commands, FillWindow, FillDoubt, Stamp };
    void propose_all(Effects& out);
    [[nodiscard]] std::optional<Purpose> purpose_of(Slot slot) const;
    [[nodiscard]] bool may_propose(Slot slot, Effects& out);
    [[nodiscard]] bool covers(const Era& era);
    [[nodiscard]] Value value_for(Purpose purpose, Slot slot, Effects& out);
    [[nodiscard]] Value own_noop();
    [[nodiscard]] Value next_batch();
    void propose(Value value, Effects& out);
    void send_accept(Slot slot, NodeId to, Effects& out) const;
    void repeat_accepts(Effects& out);
    void count_vote(Slot slot, NodeId node, Effects& out);
    void record_vote(Slot slot);
    void measure_time();
    [[nodiscard]] bool measures_time() const;
    [[nodiscard]] Stamp stamp() const;

    // leading.cpp: heartbeats, confirmation, handing over.
    void lead(Effects& out);
    [[nodiscard]] Time leading_deadline(const Leading& leading) const;
    void receive(NodeId from, const Heartbeat& message, Effects& out);
    void receive(NodeId from, const HeartbeatAnswer& message, Effects& out);
    void send_heartbeats(Effects& out);
    void tell_chosen(Effects& out);
    void heard(NodeId from, Round round);
    void drop_silent_learners();
    [[nodiscard]] bool hears_quorum() const;
    void leave_if_removed(Effects& out);
    void begin_handover(NodeId to, Effects& out);
    void go_on_with_handover(Effects& out);
    [[nodiscard]] Peer* peer(NodeId node);

    // learning.cpp: what is chosen, told, asked for and executed.
    void take_watermark(NodeId from, Ballot ballot, Slot through, Effects& out);
    void receive(NodeId from, const CatchUp& message, Effects& out);
    void receive(NodeId from, const Decide& message, Effects& out);
    void receive(NodeId from, const Chosen& message, Effects& out);
    void learn(const Decided& decided, Rule how, Effects& out);
    void ask_to_catch_up(NodeId from, Effects& out);
    void note_answer(NodeId from);
    /// Whether the last question was asked so few microseconds ago, and its answer has not come.
    [[nodiscard]] bool awaits_answer(std::uint64_t within) const {
        return catching_up_.asked && now_ < catching_up_.asked_at + within;
    }
    /// Microseconds, as all of these. Without any answer a question is not repeated more seldom.
    [[nodiscard]] std::uint64_t longest_patience() const { return 16 * options_.resend; }
    /// An answer that takes longer is asked for again all the same.
    [[nodiscard]] std::uint64_t slowest_pace() const { return 64 * options_.resend; }
    /// A transfer in which nothing happened for longer has ended.
    [[nodiscard]] std::uint64_t longest_break(std::uint64_t pace) const {
        return std::max(options_.election, 4 * pace);
    }
    [[nodiscard]] bool snapshot_stalls() const;
    [[nodiscard]] std::optional<NodeId> next_peer();
    void poll_someone(Effects& out);
    /// While it follows; see greet_someone().
    [[nodiscard]] bool greets() const { return votes() && !options_.by_hand; }
    [[nodiscard]] std::uint64_t greeting_pause() const { return 4 * options_.election; }
    void greet_someone(Effects& out);
    [[nodiscard]] bool looks_for_leader() const;
    void look_for_leader(NodeId at, Effects& out);
    [[nodiscard]] bool executes_at_once() const;
    void follow_chosen(Effects& out);
    void execute(Slot through, Effects& out);
    void move_proposer(Effects& out, bool members_changed);
    void answer_results(Slot slot, Effects& out);

    // requests.cpp: clients' commands.
    void request(const Requested& event, Effects& out);
    [[nodiscard]] bool has_room() const;
    void take_request(WaitingRequest& waiting, Effects& out);
    void receive(NodeId from, const Forward& message, Effects& out);
    void forward_waiting(Rule why, Time older_than, Effects& out);
    void queue_waiting();
    void forget_client(ClientId client, Effects& out);
    void answer(const WaitingRequest& request, Outcome outcome, Slot slot, const Answer& answer,
                Effects& out);
    void answer_from_table(Effects& out);
    void retry(Effects& out);
    static void turn_away(ClientId client, std::uint64_t tag, Effects& out);
    [[nodiscard]] RequestId own_request_id() const;
    void answer_superseded(const RequestId& id, Effects& out);

    // reading.cpp: clients' reads.
    void read(const ReadRequested& event, Effects& out);
    void receive(NodeId from, const ReadIndex& message, Effects& out);
    void receive(NodeId from, const ReadPoint& message, Effects& out);
    void gather_round(Effects& out);
    [[nodiscard]] bool waits_for_own_execution() const;
    void begin_riding_round(Effects& out);
    void begin_read_round(Effects& out);
    void ask_round(Effects& out) const;
    [[nodiscard]] bool knows_read_point(Effects& out);
    void confirm_reads(Effects& out);
    void answer_reads(const std::vector<ClientRead>& clients, const std::vector<PeerRead>& peers,
                      Effects& out);
    void ask_for_read_point(Effects& out);
    void serve_pointed();
    void serve_due(Effects& out);
    void serve(const ClientRead& read, Effects& out);
    void take_back_reads();
    void adopt_questions();

    // snapshotting.cpp: making, storing, sending and installing snapshots; trimming.
    void make_snapshot(Effects& out);
    [[nodiscard]] bool snapshot_due();
    void begin_snapshot(Effects& out);
    void stored(Slot through, Effects& out);
    void send_snapshot_piece(NodeId to, const CatchUp& question, Effects& out);
    void receive(NodeId from, const SnapshotPiece& message, Effects& out);
    void install(NodeId from, Effects& out);
    void keep_what_is_sent();
    void begin_snapshot_output(Slot through, Effects& out);
    void add_snapshot_output(Slot through, std::uint64_t index, Bytes piece, Effects& out);
    void end_snapshot_output(Slot through, std::uint64_t pieces, Effects& out);
    void write_watermark();

    // directed.cpp: what is asked from outside, and what is done by hand.
    void direct(const Directed& event, Effects& out);
    void open_round(std::uint64_t round, Effects& out);
    void trim_log(Slot through, Effects& out);
    void trim_as_asked(Effects& out);
    void tell_decided(Slot slot, Effects& out);
    void answer_by_hand(NodeId from, const CatchUp& question, Effects& out);
    void send_decided(NodeId to, Slot slot, Effects& out) const;

    Settings settings_;
    Settings given_;  // To this node; the cluster may have others.
    std::vector<std::string> overruled_;
    std::optional<Founding> founding_;
    std::optional<Charter> charter_;  // Of a member.
    Options options_;
    Time now_;
    std::uint64_t generator_;     // Jitter only.
    bool started_ = false;        // The first step has been made.
    bool vouch_ = false;          // In this step a group is due whatever it holds.
    bool start_durable_ = false;  // This incarnation may be used in names.
    bool turn_open_ = false;      // A node that gathers: what it does next waits for TimePassed.
    bool late_ = false;           // It knew more at the end of its turn than it had executed.

    JournalHeads heads_;
    JournalWriter journal_;
    Slot watermark_written_;  // The journal knows that all is chosen through here.
    Outbox outbox_;

    Acceptor acceptor_;
    Learner learner_;
    Doubt doubt_;
    std::uint64_t life_{};  // Tells this start from others of the same name.
    Position found_;        // See Shown.
    std::optional<Returning> returning_;
    std::optional<Outcast> outcast_;
    std::vector<Remembered> remembered_;  // Ascending; few.
    Grant grant_;
    Executor executor_;
    RoleState role_;
    std::uint64_t highest_round_ = 0;  // Of any ballot heard of.
    std::uint64_t attempts_ = 0;       // Of canvassing, since the start.
    std::optional<NodeId> relay_;      // Hears a leader, while this node does not.
    std::uint64_t unanswered_ = 0;     // Repetitions since something that waits here was answered.
    Timers timers_;

    WaitingRequests waiting_;  // At most max_waiting.
    Ring<Command> queue_;      // Leader: to be proposed. At most max_waiting.
    std::uint64_t own_requests_ = 0;
    Reads reads_;  // At most max_waiting.
    CatchingUp catching_up_;
    Members members_;
    Snapshots snapshots_;
    Position released_;
    std::uint64_t bad_messages_ = 0;

    // Reused between steps. No state: all are equal.
    struct Scratch {
        std::vector<CommandResult> results;
        std::vector<NodeId> dropped;
        std::vector<Promise> parts;
        std::vector<Command> batch;
        ByteBuffer bytes;
        friend bool operator==(const Scratch&, const Scratch&) { return true; }
    };
    Scratch scratch_;
};

}  // namespace decree
