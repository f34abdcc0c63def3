#pragma once

/// Which sets of voters suffice: the quorum systems, and the check that they meet.

#include <bit>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/ids.hpp"

namespace decree {

/// The most voters a slot may have: sets of them are bits of one word.
inline constexpr std::size_t max_voters = 63;

/// The voters of a slot: ascending, no one twice. Invariant kept by `make_voters`.
using Voters = std::vector<NodeId>;

/// Sorts, and drops repetitions.
[[nodiscard]] Voters make_voters(std::vector<NodeId> nodes);

/// A subset of some `Voters`: bit i is their i-th member. A node is in it or not, so nothing that
/// is counted twice can matter.
using VoterBits = Strong<struct VoterBitsTag, std::uint64_t>;

/// The bit of `node` among `voters`; no bit when it is not one of them.
[[nodiscard]] VoterBits bit_of(const Voters& voters, NodeId node);
constexpr VoterBits operator|(VoterBits a, VoterBits b) { return VoterBits{a.value | b.value}; }

/// More than half, in both phases. [PMS] 2.2.
struct Majority {
    bool operator==(const Majority&) const = default;
};
/// Any so many in phase 1, any so many in phase 2. Howard, Malkhi, Spiegelman: Flexible Paxos.
struct Sizes {
    std::uint32_t phase1{};
    std::uint32_t phase2{};
    bool operator==(const Sizes&) const = default;
};
/// The voters in rows of `columns`, in their order: a whole row in phase 1, a whole column in
/// phase 2. Flexible Paxos, section 5.2 "grid quorums".
struct Grid {
    std::uint32_t rows{};
    std::uint32_t columns{};
    bool operator==(const Grid&) const = default;
};
/// Voters with weights; so much weight together in phase 1, so much in phase 2. A voter that is not
/// in the map weighs 1. Gifford: Weighted Voting for Replicated Data.
struct Weights {
    std::map<NodeId, std::uint32_t> weights;
    std::uint64_t phase1{};
    std::uint64_t phase2{};
    bool operator==(const Weights&) const = default;
};
/// As Sizes, and nobody checks that the quorums meet: to show what comes of that. Values can be
/// lost; no cluster is to run with it.
struct UnsafeSizes {
    std::uint32_t phase1{};
    std::uint32_t phase2{};
    bool operator==(const UnsafeSizes&) const = default;
};
using QuorumSystem = std::variant<Majority, Sizes, Grid, Weights, UnsafeSizes>;

enum class Phase : std::uint8_t { One, Two };

/// Nothing, when `system` works for `voters`: both phases have a quorum, and any phase 1 quorum
/// meets any phase 2 quorum (but for UnsafeSizes). Else why not, for a person. Checked when
/// configured, and again at every change of voters.
[[nodiscard]] std::expected<void, std::string> check_quorums(const QuorumSystem& system,
                                                             const Voters& voters);

/// Whether `answered`, a subset of `voters`, contains a quorum of that phase. False for no voters.
/// REQUIRES: check_quorums(system, voters).
[[nodiscard]] bool is_quorum(const QuorumSystem& system, const Voters& voters, Phase phase,
                             VoterBits answered);

/// The fewest voters that every phase 1 quorum shares with every phase 2 quorum. At most this
/// number less one may lose a vote without anybody's noticing. REQUIRES: check_quorums.
[[nodiscard]] std::size_t smallest_overlap(const QuorumSystem& system, const Voters& voters);

}  // namespace decree
