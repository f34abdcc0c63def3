#pragma once

/// Membership as data: the voters are the nodes that the files of /ctl/cal name. An empty file is a
/// free slot.

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/quorum.hpp"
#include "core/store/answer.hpp"
#include "core/store/tree.hpp"

namespace decree::store {

inline constexpr std::string_view slots_path = "/ctl/cal";
inline constexpr std::string_view nodes_path = "/ctl/node";
inline constexpr std::string_view error_path = "/ctl/err";

/// A file directly in /ctl/cal that is empty.
struct FreeSlot {
    std::string path;
    Revision revision;  ///< For the compare-and-set that takes it.
    bool operator==(const FreeSlot&) const = default;
};

/// The free slots, in order of name.
[[nodiscard]] std::vector<FreeSlot> free_slots(const Tree& tree);
/// The slots that name `node`: one, or none.
[[nodiscard]] std::vector<FreeSlot> slots_of(const Tree& tree, NodeId node);

/// What the slots say: the nodes they name, in order of slot. Refused: a file that holds no name of
/// a node, a node in two slots. Directories in /ctl/cal count for nothing.
[[nodiscard]] std::expected<std::vector<NodeId>, Refusal> slot_holders(const Tree& tree);

/// Whether /ctl/node/<id> exists.
[[nodiscard]] bool is_known(const Tree& tree, NodeId node);

/// Whether a write to `path` can change the slots.
[[nodiscard]] bool touches_slots(std::string_view path);

/// Who holds a slot, who has lost one, and whether that may change now. Part of the replicated
/// state.
class Electorate {
public:
    /// Before any slot is filled, the founders vote.
    explicit Electorate(Voters founders) : voters_(std::move(founders)) {}

    /// The tree became `tree` in `slot`: takes over what its slots say. Refused, and nothing
    /// changed: what slot_holders() refuses, no voter left, an id that is_known() does not know, a
    /// change while an earlier one is not yet in force (it is alpha slots after it was made), a set
    /// of voters for which the quorum system does not work.
    [[nodiscard]] std::expected<void, Refusal> change(const Tree& tree, Slot slot,
                                                      std::uint64_t alpha,
                                                      const QuorumSystem& quorums);

    [[nodiscard]] const Voters& voters() const { return voters_; }
    /// Whether the voters of some slot from `slot` on, before `slot` + alpha, are others.
    [[nodiscard]] bool change_pending(Slot slot, std::uint64_t alpha) const;
    /// Nodes whose slot was taken away, the latest last: they take none again by themselves, until
    /// somebody names them in one.
    [[nodiscard]] const std::vector<NodeId>& retired() const { return retired_; }
    [[nodiscard]] bool is_retired(NodeId node) const;

    bool operator==(const Electorate&) const = default;

private:
    friend struct ElectorateWire;
    void take(Voters voters, Slot slot);

    Voters voters_;
    Slot changed_;                 // In which the voters became these; 0: they are the founders.
    bool filled_{};                // Some slot was once filled: the founders do not count any more.
    std::vector<NodeId> retired_;  // At most `most_retired`.
};

/// An electorate as a snapshot has it.
struct ElectorateWire {
    Voters voters;
    Slot changed;
    bool filled{};
    std::vector<NodeId> retired;

    [[nodiscard]] static ElectorateWire of(const Electorate& electorate);
    [[nodiscard]] Electorate value() const;
    /// Whether some cluster of these founders comes to have it.
    [[nodiscard]] bool can_be(const Voters& founders) const;
    bool operator==(const ElectorateWire&) const = default;
};

}  // namespace decree::store
