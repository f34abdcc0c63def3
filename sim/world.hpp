#pragma once

/// The deterministic world: what happens when, to whom, and what is told to whoever watches.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "props/checker.hpp"
#include "sim/agenda.hpp"
#include "sim/choices.hpp"
#include "sim/client.hpp"
#include "sim/director.hpp"
#include "sim/episode.hpp"
#include "sim/network.hpp"
#include "sim/process.hpp"
#include "sim/random.hpp"
#include "sim/run.hpp"
#include "sim/shape.hpp"

namespace decree::sim {

/// One run. Faults rage until Shape::safety_us; then a core is healed, and must make progress.
class World {
public:
    World(Choices& choices, const RunOptions& options);
    [[nodiscard]] RunResult run();

private:
    friend class Hands;  // What a director does.

    // world.cpp: the loop, and what a step does.
    void begin();
    void begin_directed();
    void handle(const Appointment& due);
    void deliver(std::uint32_t place);
    void timer(ProcessIndex index, std::uint64_t at);
    void disk_done(const Appointment& due);
    void snapshot_done(const Appointment& due);
    void fail_sync(ProcessIndex index);
    void step(ProcessIndex index, const Event& event,
              const std::optional<traces::MessageId>& message = std::nullopt);
    bool take_step(ProcessIndex index, const Event& event,
                   const std::optional<traces::MessageId>& message);
    void tell_time();
    void count_store();
    void observe(ProcessIndex index);
    void perform(ProcessIndex index);
    void perform_until_crash(ProcessIndex index);
    void send(ProcessIndex from, std::size_t envelope, std::uint64_t message);
    void post(ProcessIndex from, ProcessIndex to, Message&& content, std::uint64_t message,
              std::uint64_t delay_us);
    void write_journal(ProcessIndex index);
    void write_snapshot(ProcessIndex index, const SnapshotWrite& write);
    void begin_syncs(ProcessIndex index);
    void arm(ProcessIndex index);
    void fail(props::Violation violation);
    [[nodiscard]] bool ends_with(const props::Violation& broken);
    [[nodiscard]] std::uint64_t disk_delay(ProcessIndex index);
    [[nodiscard]] Process& process(ProcessIndex index) { return processes_[index]; }
    [[nodiscard]] static NodeId id_of(ProcessIndex index) { return NodeId{index + 1}; }
    [[nodiscard]] static ProcessIndex index_of(NodeId node) {
        return static_cast<ProcessIndex>(node.value - 1);
    }
    [[nodiscard]] Dice dice(Site site, std::uint32_t entity) { return {choices_, site, entity}; }
    template <class N>
    void note(N&& what) {
        if (options_.recorder != nullptr) {
            options_.recorder->note(Time{now_}, traces::Note(std::forward<N>(what)));
        }
    }

    /// What is left of a disk; slots as in holding().
    struct Holding {
        bool readable{};
        Slot doubt;
        Slot known;
    };

    // lifecycle.cpp: processes begin, stand still and end.
    void add_process();
    void found(ProcessIndex index);
    void start(ProcessIndex index);
    [[nodiscard]] Clock draw_clock(ProcessIndex index);
    void refuse_start(ProcessIndex index, const std::string& why);
    bool judge_damage(ProcessIndex index, const Recovered& disk);
    void crash(ProcessIndex index);
    void crash(ProcessIndex index, Leftover leftover);
    void plan_crash(ProcessIndex index, FaultKind why, const CrashPlan& plan);
    void plan_start(ProcessIndex index, std::uint64_t at);
    void plan_scrub(ProcessIndex index);
    void scrub_due(const Appointment& due);
    void scrub(ProcessIndex index);
    void judge_look(ProcessIndex index);
    void keep_image(ProcessIndex index);
    void end_outcast(ProcessIndex index);
    void lose(ProcessIndex index);
    void pause(ProcessIndex index);
    void resume(ProcessIndex index);
    void stall(ProcessIndex index);
    void unstall(ProcessIndex index);
    void strike(ProcessIndex index, FaultKind kind);
    bool damage(ProcessIndex index, FaultKind kind);
    [[nodiscard]] Leftover draw_leftover(ProcessIndex index);
    [[nodiscard]] bool can_spare(ProcessIndex index) const;
    [[nodiscard]] Holding holding(ProcessIndex index) const;
    [[nodiscard]] std::vector<ProcessIndex> holders_without(ProcessIndex index) const;
    [[nodiscard]] bool may_forget(ProcessIndex index) const;
    [[nodiscard]] std::vector<Voters> voter_sets() const;
    [[nodiscard]] std::vector<Era> open_eras(Slot from) const;

    // founding.cpp: clusters that found themselves.
    void add_founders();
    void draw_beginning(ProcessIndex index);
    void found_later(ProcessIndex index);
    void begin_reaching(ProcessIndex index);
    void reach(ProcessIndex index);
    void be_reached(ProcessIndex index, ProcessIndex by);
    [[nodiscard]] static bool knows(const Node& node, const std::string& address, NodeId there);
    [[nodiscard]] bool can_reach(ProcessIndex from, ProcessIndex to) const;
    [[nodiscard]] bool may_wipe() const;
    [[nodiscard]] bool founder_is_left(std::uint32_t elsewhere_than) const;
    void succeed(ProcessIndex lost);
    [[nodiscard]] std::optional<Charter> charter_of(ProcessIndex index, bool& founded) const;
    [[nodiscard]] bool can_become_members(const std::vector<ProcessIndex>& core) const;
    void give_right_list(ProcessIndex index);
    bool wipe_blocked();
    void mend_founders();
    void begin_founding_for_good();
    void look_at_founding();
    [[nodiscard]] bool is_blocked(const Charter& charter) const;
    // Whether the disk of a voter in force is gone.
    [[nodiscard]] bool voter_is_lost() const;
    [[nodiscard]] std::string describe_founders() const;

    // traffic.cpp: clients.
    void add_clients();
    void client_timer(std::uint32_t number, std::uint64_t at);
    void arm_client(std::uint32_t number);
    void ask_something(std::uint32_t number);
    void fill_command(std::uint32_t number, Operation& operation, Dice& dice);
    void name_command(Client& client, Operation& operation);
    [[nodiscard]] std::optional<Voters> draw_voters(Dice& dice) const;
    void ask(std::uint32_t number, Operation operation);
    void send_operation(std::uint32_t number, Operation& operation);
    void ask_again(std::uint32_t number, ProcessIndex target, Operation operation);
    void repeat(std::uint32_t number, std::size_t open);
    void forget_operation(std::uint32_t number, std::size_t open, bool given_up);
    void reconnect(std::uint32_t number, ProcessIndex node);
    void mail_to_node(std::uint32_t number, ProcessIndex node, Event event);
    void mail_to_client(ProcessIndex node, Reply&& reply);
    void mail_arrives(std::uint32_t place);
    void reply_arrives(std::uint32_t number, const Reply& reply);
    [[nodiscard]] std::uint32_t allocate_mail();
    [[nodiscard]] bool mail_lost(std::uint32_t number);
    void local_mail_arrives(std::uint32_t place);
    [[nodiscard]] ProcessIndex draw_target(Dice& dice) const;

    // store_traffic.cpp: clients of the store.
    void ask_store(std::uint32_t number, Dice& draw);
    void fill_store_command(std::uint32_t number, Operation& operation, StoreAsker& asker,
                            Dice& draw);
    [[nodiscard]] store::Transact seats_for(const Voters& voters) const;
    void learn(Client& client, const Operation& operation, const Answer& answer);
    void use_locks(const Client& client, Dice& draw);
    void ask_locally(std::uint32_t number, Dice& draw);
    void send_local(std::uint32_t number, LocalAsk& ask);
    void mail_local(std::uint32_t number, const LocalAsk& ask, LocalWord word);
    void go_on_locally(std::uint32_t number);
    void take_more(std::uint32_t number, LocalAsk& ask, Dice& draw);
    [[nodiscard]] static std::uint64_t local_due(const Client& client);
    void tell_of_client(std::uint32_t number, const std::string& words);
    void serve(ProcessIndex index, const LocalMail& mail);
    void fill_connection(ProcessIndex index, ClientId connection);
    void serve_executed(ProcessIndex index);
    void mail_answers(ProcessIndex index, store::LocalAnswers answers);
    void local_answer_arrives(std::uint32_t number, const store::LocalAnswer& answer);
    void calm_local();
    [[nodiscard]] bool watchers_are_served() const;

    // episodes.cpp, episodes_network.cpp: faults as units that begin and end.
    void plan_episodes();
    void begin_episode(std::uint32_t number);
    void end_episode(std::uint32_t number);
    void begin_network_episode(Episode& episode, Dice& dice);
    void begin_process_episode(Episode& episode, Dice& dice);
    void begin_disk_episode(Episode& episode, Dice& dice);
    void rot_unheard(Episode& episode, Dice& dice);
    void hide_past(Episode& episode, ProcessIndex target, Dice& dice);
    void begin_leader_episode(Episode& episode, Dice& dice);
    void send_nonsense(ProcessIndex from, ProcessIndex to, Dice& dice);
    void cut_one_way(Episode& episode, ProcessIndex from, ProcessIndex to);
    void cut(Episode& episode, ProcessIndex a, ProcessIndex b);
    void isolate(Episode& episode, ProcessIndex index);
    void mend_cuts(Episode& episode);
    void draw_partition(Episode& episode, Dice& dice);
    void draw_partial_partition(Episode& episode, Dice& dice);
    void clog_on(Episode& episode, std::uint32_t number);
    void flap(Episode& episode, std::uint32_t number);
    void roll_on(Episode& episode, std::uint32_t number);
    void schedule_end(std::uint32_t number, std::uint64_t in_us);
    [[nodiscard]] ProcessIndex draw_process(Dice& dice) const;
    [[nodiscard]] std::optional<ProcessIndex> leader() const;
    void new_learner();

    // liveness.cpp: what must still work when faults stay as they are.
    void begin_liveness();
    void begin_progress(std::vector<ProcessIndex> core);
    [[nodiscard]] static bool can_be_believed(const Process& p);
    [[nodiscard]] std::vector<ProcessIndex> draw_core();
    [[nodiscard]] bool suffices(const std::vector<NodeId>& core) const;
    [[nodiscard]] std::vector<NodeId> core_ids() const;
    void heal(const std::vector<ProcessIndex>& core);
    void send_probes();
    void look();
    void begin_calm();
    [[nodiscard]] bool core_is_done() const;
    [[nodiscard]] std::string stuck_shape() const;
    void judge_stuck();
    [[nodiscard]] std::string describe_core() const;

    Choices& choices_;
    const RunOptions& options_;
    Shape shape_;
    Weather weather_;
    props::Checker checker_;
    RunResult result_;
    Statistics& counts_;

    std::uint64_t now_ = 0;
    Agenda agenda_;
    Network network_;
    std::vector<Process> processes_;
    Effects effects_;
    std::uint64_t messages_ = 0;  // Envelopes of all steps so far.

    std::vector<Client> clients_;
    std::vector<Mail> mail_;
    std::vector<std::uint32_t> free_mail_;
    std::uint64_t operations_ = 0;
    std::uint64_t sessions_ = 0;
    std::uint64_t local_asks_ = 0;
    bool seats_filled_ = false;                      // Some client does it, or did.
    std::map<std::string, props::Guarded> guarded_;  // What locks guard, by their paths.

    std::vector<Episode> episodes_;
    std::vector<FaultKind> episode_kinds_;  // Those that this run has, in their order.
    std::vector<NodeId> forgetful_;         // Whose unsealed votes rotted.
    std::optional<NodeId> last_leader_;
    std::uint32_t candidates_ = 0;  // Processes that prepare or lead.

    std::vector<ProcessIndex> holders_;  // Who is at each address now.
    bool founded_ = false;               // ... a cluster, and its settings are known.

    bool over_ = false;
    bool alive_phase_ = false;
    bool founding_phase_ = false;  // All are healed, and must found a cluster.
    std::vector<ProcessIndex> core_;
    std::uint64_t must_be_done_by_ = 0;
    std::uint64_t calm_until_ = 0;        // 0: the core has not been done yet.
    std::uint64_t elections_before_ = 0;  // When the calm began.
};

}  // namespace decree::sim
