#pragma once

/// The store: Doozer's tree as a replicated state machine.

#include <memory>
#include <optional>
#include <vector>

#include "core/options.hpp"
#include "core/state_machine.hpp"
#include "core/store/command.hpp"
#include "core/store/electorate.hpp"
#include "core/store/query.hpp"
#include "core/store/settings.hpp"
#include "core/store/snapshot.hpp"
#include "core/store/state.hpp"

namespace decree::store {

class Store final : public StateMachine {
public:
    /// Revision 0, nothing in it; `cluster.voters` vote until a slot of /ctl/cal is filled.
    /// REQUIRES: settings that are not bad_settings().
    Store(const Settings& cluster, const StoreSettings& settings);
    Store(const Store&) = default;

    [[nodiscard]] std::unique_ptr<StateMachine> clone() const override;
    [[nodiscard]] std::unique_ptr<StateMachine> fresh() const override;
    /// The wire form of its StoreSettings.
    [[nodiscard]] Value founding_settings() const override;
    [[nodiscard]] std::unique_ptr<StateMachine> founded(const Settings& cluster,
                                                        Bytes own) const override;
    void apply(const SlotInfo& slot, std::span<const CommandView> commands,
               SlotResult& out) override;
    [[nodiscard]] const Voters& voters() const override { return state_.electorate.voters(); }
    [[nodiscard]] bool has_free_seat() const override { return !free_slots().empty(); }
    [[nodiscard]] bool may_vote(NodeId node) const override { return may_take_slot(node); }
    /// A compare-and-set of a file in /ctl/cal.
    [[nodiscard]] std::optional<Value> seat(const SeatChange& change) const override;
    /// The earliest end of a session.
    [[nodiscard]] std::optional<ClusterTime> stamp_wanted() const override {
        return state_.sessions.earliest_end();
    }
    /// `question`: an encode_query(); the answer is an encode_answer().
    [[nodiscard]] Answer query(Bytes question) const override;
    [[nodiscard]] bool snapshot_piece(std::uint64_t index, ByteBuffer& out) const override;
    [[nodiscard]] std::expected<void, BadBytes> restore_piece(std::uint64_t index,
                                                              Bytes piece) override;
    [[nodiscard]] std::expected<void, BadBytes> end_restore() override;
    [[nodiscard]] std::uint64_t digest() const override { return state_.digest(); }

    [[nodiscard]] const State& state() const { return state_; }
    /// What is wrong with a command before it is proposed: see check().
    [[nodiscard]] std::optional<Refusal> check(const StoreCommand& command) const {
        return store::check(command, state_.settings, *cluster_);
    }

    /// What a leader looks at that gives free slots to learners.
    [[nodiscard]] std::vector<FreeSlot> free_slots() const {
        return store::free_slots(state_.tree());
    }
    /// Whether a change of voters made in slot `slot` would be refused because one is under way.
    [[nodiscard]] bool change_pending(Slot slot) const {
        return state_.electorate.change_pending(slot, cluster_->alpha);
    }
    /// Whether `node` may be given a free slot unasked: it is known, has none, and had none taken
    /// away.
    [[nodiscard]] bool may_take_slot(NodeId node) const;

private:
    std::shared_ptr<const Settings> cluster_;
    State state_;
    SnapshotReader reader_;
    ByteBuffer scratch_;  // Reused by apply(); no state between calls.
};

}  // namespace decree::store
