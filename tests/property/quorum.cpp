#include "core/paxos/quorum.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/overload.hpp"
#include "tests/property/arbitrary.hpp"

namespace decree {
namespace {

/// So few voters that all pairs of subsets can be tried.
constexpr std::uint32_t most = 6;

struct Case {
    Voters voters;
    QuorumSystem system;
};

/// One to six voters with gaps between their numbers.
Voters some_voters() {
    Voters voters;
    const auto count = *rc::gen::inRange<std::size_t>(1, most + 1);
    while (voters.size() < count) {
        const std::uint64_t before = voters.empty() ? 0 : voters.back().value;
        voters.push_back(NodeId{before + *rc::gen::inRange<std::uint64_t>(1, 4)});
    }
    return voters;
}

std::uint32_t up_to(std::uint32_t greatest) {
    return *rc::gen::resize(100, rc::gen::inRange<std::uint32_t>(0, greatest + 1));
}

Weights some_weights(const Voters& voters) {
    Weights system;
    std::uint32_t total = 0;
    for (const NodeId node : voters) {
        const std::uint32_t weight = up_to(7);
        if (weight != 1) system.weights[node] = weight;
        total += weight;
    }
    system.phase1 = up_to(total + 1);
    system.phase2 = up_to(total + 1);
    return system;
}

/// A system that may or may not work.
Case some_case() {
    const Voters voters = some_voters();
    const auto n = static_cast<std::uint32_t>(voters.size());
    switch (up_to(3)) {
    case 0:
        return {voters, Majority{}};
    case 1:
        return {voters, Sizes{up_to(n + 1), up_to(n + 1)}};
    case 2: {
        const std::uint32_t rows = up_to(most);
        return {voters, Grid{rows, up_to(1) == 0 && rows > 0 ? n / rows : up_to(most)}};
    }
    default:
        return {voters, some_weights(voters)};
    }
}

/// The definitions, without any bit trick: is `set` a quorum?
bool by_definition(const Majority&, const std::vector<NodeId>& set, const Voters& voters, Phase) {
    return set.size() >= voters.size() / 2 + 1;
}
bool by_definition(const Sizes& system, const std::vector<NodeId>& set, const Voters&,
                   Phase phase) {
    return set.size() >= (phase == Phase::One ? system.phase1 : system.phase2);
}
bool by_definition(const Grid& system, const std::vector<NodeId>& set, const Voters& voters,
                   Phase phase) {
    const std::uint32_t lines = phase == Phase::One ? system.rows : system.columns;
    for (std::uint32_t line = 0; line < lines; ++line) {
        bool whole = true;
        for (std::uint32_t i = 0; i < voters.size(); ++i) {
            const bool in_line =
                line == (phase == Phase::One ? i / system.columns : i % system.columns);
            if (in_line && std::ranges::count(set, voters[i]) == 0) whole = false;
        }
        if (whole) return true;
    }
    return false;
}
bool by_definition(const UnsafeSizes& system, const std::vector<NodeId>& set, const Voters&,
                   Phase phase) {
    return set.size() >= (phase == Phase::One ? system.phase1 : system.phase2);
}

bool by_definition(const Weights& system, const std::vector<NodeId>& set, const Voters&,
                   Phase phase) {
    std::uint64_t sum = 0;
    for (const NodeId node : set) {
        sum += system.weights.contains(node) ? system.weights.at(node) : 1;
    }
    return sum >= (phase == Phase::One ? system.phase1 : system.phase2);
}

std::uint64_t subsets(const Voters& voters) { return std::uint64_t{1} << voters.size(); }

/// All quorums of a phase, by definition.
std::vector<std::uint64_t> all_quorums(const Case& c, Phase phase) {
    std::vector<std::uint64_t> quorums;
    for (std::uint64_t bits = 0; bits < subsets(c.voters); ++bits) {
        std::vector<NodeId> set;
        for (std::size_t i = 0; i < c.voters.size(); ++i) {
            if ((bits >> i) % 2 == 1) set.push_back(c.voters[i]);
        }
        const bool is = std::visit(
            [&](const auto& system) { return by_definition(system, set, c.voters, phase); },
            c.system);
        if (is) quorums.push_back(bits);
    }
    return quorums;
}

/// The fewest voters that a quorum of phase 1 shares with one of phase 2; 0 also when a phase has
/// no quorum.
std::size_t fewest_shared(const Case& c) {
    std::size_t fewest = c.voters.size() + 1;
    for (const std::uint64_t one : all_quorums(c, Phase::One)) {
        for (const std::uint64_t two : all_quorums(c, Phase::Two)) {
            fewest = std::min(fewest, static_cast<std::size_t>(std::popcount(one & two)));
        }
    }
    return fewest > c.voters.size() ? 0 : fewest;
}

bool has_other_places_than_voters(const Case& c) {
    const auto* const grid = std::get_if<Grid>(&c.system);
    return grid != nullptr && std::uint64_t{grid->rows} * grid->columns != c.voters.size();
}

/// Goal: no system is accepted whose quorums can miss each other, or that has none; and of
/// majorities, sizes and grids none is refused without that reason.
/// Method: all pairs of subsets, by definition.
RC_GTEST_PROP(QuorumProperty, AcceptedWhenAllQuorumsMeet, ()) {
    const Case c = some_case();
    const bool accepted = check_quorums(c.system, c.voters).has_value();
    RC_CLASSIFY(accepted, "accepted");
    if (has_other_places_than_voters(c)) {
        RC_ASSERT(!accepted);
    } else if (std::holds_alternative<Weights>(c.system)) {
        if (accepted) RC_ASSERT(fewest_shared(c) > 0);
    } else {
        RC_ASSERT(accepted == (fewest_shared(c) > 0));
    }
}

/// Goal: a quorum is one by definition, and stays one when more answer.
/// Method: all subsets; each with one voter more.
RC_GTEST_PROP(QuorumProperty, QuorumsAreThoseOfTheDefinition, ()) {
    const Case c = some_case();
    RC_PRE(check_quorums(c.system, c.voters).has_value());
    for (const Phase phase : {Phase::One, Phase::Two}) {
        const std::vector<std::uint64_t> quorums = all_quorums(c, phase);
        for (std::uint64_t bits = 0; bits < subsets(c.voters); ++bits) {
            const bool is = is_quorum(c.system, c.voters, phase, VoterBits{bits});
            RC_ASSERT(is == std::ranges::binary_search(quorums, bits));
            for (const NodeId node : c.voters) {
                const VoterBits more = VoterBits{bits} | bit_of(c.voters, node);
                if (is) RC_ASSERT(is_quorum(c.system, c.voters, phase, more));
            }
        }
    }
}

/// Goal: the smallest overlap is exact.
/// Method: all pairs of quorums, by definition.
RC_GTEST_PROP(QuorumProperty, SmallestOverlapIsThatOfAllPairs, ()) {
    const Case c = some_case();
    RC_PRE(check_quorums(c.system, c.voters).has_value());
    RC_ASSERT(smallest_overlap(c.system, c.voters) == fewest_shared(c));
    RC_TAG(fewest_shared(c));
}

/// Goal: voters are a set: order and repetition do not matter, and each has one bit.
/// Method: nodes in random order, some twice.
RC_GTEST_PROP(QuorumProperty, VotersAreASet, (const std::vector<NodeId>& nodes)) {
    const Voters voters = make_voters(nodes);
    VoterBits all;
    for (const NodeId node : nodes) {
        const VoterBits bit = bit_of(voters, node);
        RC_ASSERT(std::popcount(bit.value) == 1);
        RC_ASSERT(voters.at(static_cast<std::size_t>(std::countr_zero(bit.value))) == node);
        all = all | bit;
    }
    RC_ASSERT(static_cast<std::size_t>(std::popcount(all.value)) == voters.size());
    RC_ASSERT(std::ranges::is_sorted(voters));
}

}  // namespace
}  // namespace decree
