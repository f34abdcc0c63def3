#pragma once

/// "Sometimes" properties: what a good run should also show. A safety property holds of a run in
/// which nothing happens; these counts tell whether anything did.

#include <cstdint>

namespace decree::props {

struct Sometimes {
    std::uint64_t chosen{};  ///< Slots chosen.
    std::uint64_t noops_chosen{};
    std::uint64_t executed{};          ///< Commands executed.
    std::uint64_t duplicates{};        ///< Commands chosen again, and not executed again.
    std::uint64_t stale{};             ///< Commands chosen too late to be executed.
    std::uint64_t ballots{};           ///< Ballots in which a leader proposed.
    std::uint64_t leaders{};           ///< Changes of the ballot in which slots are chosen.
    std::uint64_t competing{};         ///< Slots in which more than one ballot proposed.
    std::uint64_t adopted{};           ///< ... and a later one proposed an earlier one's value.
    std::uint64_t member_changes{};    ///< Slots whose voters differ from the slot before.
    std::uint64_t restarts{};          ///< Nodes that came back with something on their disk.
    std::uint64_t unsynced_lost{};     ///< Votes written, not synced, and gone after a crash.
    std::uint64_t returns_refused{};   ///< Nodes told that they came back with less.
    std::uint64_t snapshots{};         ///< Snapshots made durable.
    std::uint64_t leases{};            ///< Answers that granted a leader's lease.
    std::uint64_t called_silent{};     ///< Answers that a node hears nothing of another.
    std::uint64_t seats_decided{};     ///< Changes of voters that leaders proposed of themselves.
    std::uint64_t seats_changed{};     ///< ... and that were made.
    std::uint64_t clusters_founded{};  ///< By founders who found each other.
    std::uint64_t store_refusals{};    ///< Commands that the store refused.
    // Writes to slots of voters that the store refused, by the reason.
    std::uint64_t voterless_refused{};  ///< No voter left.
    std::uint64_t doubled_refused{};    ///< One node in two slots.
    std::uint64_t unknown_refused{};    ///< A node without /ctl/node/<id>.
    std::uint64_t hasty_refused{};      ///< While another change was pending.
    std::uint64_t sessions_expired{};
    std::uint64_t locks_acquired{};
    std::uint64_t local_reads{};   ///< Answered by a node of itself.
    std::uint64_t watches_told{};  ///< Events, marks, "too late".
    std::uint64_t watches_too_late{};
    std::uint64_t commands_answered{};
    std::uint64_t reads_answered{};
    bool operator==(const Sometimes&) const = default;
};

}  // namespace decree::props
