#pragma once

/// Everything that can go wrong in the world, by name. README.md has a sentence for each.

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "core/reflect.hpp"

namespace decree::sim {

enum class FaultKind : std::uint8_t {
    // Network.
    MessageDropped,
    MessageDuplicated,
    MessageLate,       ///< Held back far beyond the usual delay: also across restarts.
    OneWayCut,         ///< A hears nothing of B; B hears A.
    Partition,         ///< Two or three groups that do not hear each other.
    PartialPartition,  ///< A-B and B-C hear each other, A-C do not.
    FlappingLink,      ///< Cut, restored, cut, ...
    SlowLink,
    SwizzledClog,  ///< Nodes are cut off one after another, and come back in another order.
    DeafNode,      ///< Sends, and hears nobody.
    Nonsense,      ///< A message that cannot be, and that no node sent.
    // Processes.
    Crash,           ///< At some step; before, between or after its effects.
    CrashLoop,       ///< Again and again, soon after each restart.
    CrashStorm,      ///< Several nodes within a short time.
    RollingRestart,  ///< One node after the other.
    PowerLoss,       ///< All nodes at once.
    Pause,           ///< The process stands still while time passes.
    LeaderKilled,
    LeaderIsolated,  ///< Cut off both ways; sometimes a follower crashes right after.
    LaggardAlone,    ///< A node is kept behind; then the others lose their leader.
    // Disks: what a crash may leave of writes that were not synced.
    UnsyncedLost,  ///< Any subset of them is missing.
    TornWrite,     ///< A prefix of one, or some of its sectors.
    // Disks: what was durable is lost.
    BitRot,            ///< In the journal, below a mark.
    SnapshotRot,       ///< In the newest snapshot.
    UnsealedRot,       ///< Rot in what no later group calls durable: cannot be noticed.
    MisdirectedWrite,  ///< Well-formed bytes land in another place.
    LostWrite,         ///< Acknowledged, yet absent.
    ReadError,         ///< A sector cannot be read, for good.
    DiskRestored,      ///< An earlier image of the disk is put back: peers have seen more.
    DiskLost,          ///< The whole disk is gone, and the node with it.
    // Disks: what else they do.
    SyncError,  ///< The node stops, and believes nothing of that sync.
    DiskFull,   ///< The node stops until there is space again.
    SlowDisk,
    StalledDisk,  ///< Nothing completes for a while.
    // Clocks.
    ClockSkew,   ///< Nodes begin anywhere.
    ClockDrift,  ///< Clocks run at different rates.
    ClockJump,   ///< Forward: a process's time never goes back.
    // Membership.
    VotersChanged,
    HandoverAsked,
    // Clients.
    ClientGivesUp,     ///< The outcome stays unknown.
    ClientReconnects,  ///< ClientGone, and the same requests again over a new connection.
    OriginDropped,     ///< A session that is dead is forgotten by a log entry.
};

inline constexpr std::size_t fault_kinds = reflect::enumerator_count<FaultKind>;

/// A set of kinds of faults.
class FaultSet {
public:
    constexpr FaultSet() = default;
    constexpr FaultSet(std::initializer_list<FaultKind> kinds) {
        for (const FaultKind kind : kinds) add(kind);
    }
    [[nodiscard]] static constexpr FaultSet all() {
        FaultSet set;
        set.bits_ = (std::uint64_t{1} << fault_kinds) - 1;
        return set;
    }
    constexpr void add(FaultKind kind) { bits_ |= bit(kind); }
    constexpr void remove(FaultKind kind) { bits_ &= ~bit(kind); }
    [[nodiscard]] constexpr bool has(FaultKind kind) const { return (bits_ & bit(kind)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    [[nodiscard]] constexpr FaultSet operator|(FaultSet other) const {
        FaultSet set;
        set.bits_ = bits_ | other.bits_;
        return set;
    }
    [[nodiscard]] constexpr FaultSet without(FaultSet other) const {
        FaultSet set;
        set.bits_ = bits_ & ~other.bits_;
        return set;
    }
    bool operator==(const FaultSet&) const = default;

private:
    [[nodiscard]] static constexpr std::uint64_t bit(FaultKind kind) {
        return std::uint64_t{1} << static_cast<unsigned>(kind);
    }
    std::uint64_t bits_ = 0;
};
static_assert(fault_kinds < 64, "a set of faults is one word");

}  // namespace decree::sim
