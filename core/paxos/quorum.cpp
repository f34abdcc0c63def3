#include "core/paxos/quorum.hpp"

#include <algorithm>
#include <cstddef>
#include <ranges>

#include "core/contract.hpp"
#include "core/overload.hpp"

namespace decree {

namespace {

using Checked = std::expected<void, std::string>;

Checked refuse(std::string why) { return std::unexpected(std::move(why)); }

/// The bits of the first `count` voters. REQUIRES: count <= max_voters.
constexpr std::uint64_t first_voters(std::size_t count) { return (std::uint64_t{1} << count) - 1; }

std::size_t count_of(VoterBits set) { return static_cast<std::size_t>(std::popcount(set.value)); }

std::uint64_t weight_of(const Weights& system, NodeId node) {
    const auto found = system.weights.find(node);
    return found == system.weights.end() ? 1 : found->second;
}

/// At most 63 weights of 32 bits: does not overflow.
std::uint64_t weight_of(const Weights& system, const Voters& voters, VoterBits set) {
    std::uint64_t sum = 0;
    for (std::uint64_t left = set.value; left != 0; left &= left - 1) {
        const auto index = static_cast<std::size_t>(std::countr_zero(left));
        if (index < voters.size()) sum += weight_of(system, voters[index]);
    }
    return sum;
}

// --- Checks --------------------------------------------------------------------------------------

/// Both phases can reach what they need. `unit` says what is counted.
Checked check_reachable(std::uint64_t phase1, std::uint64_t phase2, std::uint64_t total,
                        const std::string& unit) {
    for (const auto& [phase, needed] :
         {std::pair{"phase 1", phase1}, std::pair{"phase 2", phase2}}) {
        if (needed == 0) return refuse(std::string(phase) + " must need at least 1 " + unit);
        if (needed > total) {
            return refuse(std::string(phase) + " needs " + std::to_string(needed) + " " + unit +
                          ", but all voters together are only " + std::to_string(total));
        }
    }
    return {};
}

/// Any sets that have `phase1` and `phase2` of `total` meet when these exceed the total together.
Checked check_thresholds(std::uint64_t phase1, std::uint64_t phase2, std::uint64_t total,
                         const std::string& unit) {
    if (Checked reachable = check_reachable(phase1, phase2, total, unit); !reachable) {
        return reachable;
    }
    if (phase1 > total - phase2) return {};
    return refuse("phase 1 (" + std::to_string(phase1) + " " + unit + ") and phase 2 (" +
                  std::to_string(phase2) + " " + unit + ") need not meet: together they must be " +
                  "more than all " + std::to_string(total));
}

Checked check_grid(const Grid& grid, std::size_t voters) {
    if (std::uint64_t{grid.rows} * grid.columns == voters) return {};
    return refuse("a grid of " + std::to_string(grid.rows) + " rows and " +
                  std::to_string(grid.columns) + " columns does not hold exactly " +
                  std::to_string(voters) + " voters");
}

// --- Quorums -------------------------------------------------------------------------------------

bool is_majority(std::size_t voters, VoterBits answered) { return 2 * count_of(answered) > voters; }

bool is_grid_quorum(const Grid& grid, std::size_t voters, Phase phase, VoterBits answered) {
    if (!check_grid(grid, voters)) return false;
    const std::uint64_t row = first_voters(grid.columns);
    std::uint64_t in_all_rows = row;  // The columns answered for by each row so far.
    for (std::uint32_t r = 0; r < grid.rows; ++r) {
        const std::uint64_t in_row = (answered.value >> (r * grid.columns)) & row;
        if (phase == Phase::One && in_row == row) return true;
        in_all_rows &= in_row;
    }
    return phase == Phase::Two && in_all_rows != 0;
}

// --- Overlap of weighted quorums -----------------------------------------------------------------

/// The most voters for which `overlap_of_weights` tries all phase 1 quorums: some 20 million steps.
constexpr std::size_t most_tried = 20;

/// The fewest of `set` that weigh at least `needed`; the voters' weights `descend`.
/// REQUIRES: all of them together weigh that much.
std::size_t fewest_weighing(const std::vector<std::uint64_t>& descend, std::uint64_t set,
                            std::uint64_t needed) {
    std::size_t count = 0;
    for (std::uint64_t sum = 0; sum < needed; set &= set - 1) {
        ENSURE(set != 0, "a quorum is reachable");
        sum += descend[static_cast<std::size_t>(std::countr_zero(set))];
        ++count;
    }
    return count;
}

/// A phase 1 quorum shares the least with the phase 2 quorum that takes all others, and the
/// heaviest of the first while weight is missing. Exact through `most_tried` voters. Beyond, what
/// the weights alone say: shared voters weigh at least phase1 + phase2 - total, and fewer than
/// the heaviest so many cannot. That is never too high, and too low only where weights are coarse.
std::size_t overlap_of_weights(const Weights& system, const Voters& voters) {
    std::vector<std::uint64_t> weights;
    std::uint64_t total = 0;
    for (const NodeId node : voters) {
        weights.push_back(weight_of(system, node));
        total += weights.back();
    }
    std::ranges::sort(weights, std::ranges::greater{});
    const std::uint64_t everyone = first_voters(voters.size());
    const std::size_t at_least =
        fewest_weighing(weights, everyone, system.phase1 - (total - system.phase2));
    if (voters.size() > most_tried) return at_least;
    std::size_t fewest = voters.size();
    for (std::uint64_t set = 1; set <= everyone && fewest > at_least; ++set) {
        std::uint64_t weight = 0;
        for (std::uint64_t left = set; left != 0; left &= left - 1) {
            weight += weights[static_cast<std::size_t>(std::countr_zero(left))];
        }
        if (weight < system.phase1) continue;
        const std::uint64_t others = total - weight;
        const std::uint64_t missing = system.phase2 > others ? system.phase2 - others : 0;
        fewest = std::min(fewest, fewest_weighing(weights, set, missing));
    }
    return fewest;
}

}  // namespace

Voters make_voters(std::vector<NodeId> nodes) {
    std::ranges::sort(nodes);
    const auto repeated = std::ranges::unique(nodes);
    nodes.erase(repeated.begin(), repeated.end());
    return nodes;
}

VoterBits bit_of(const Voters& voters, NodeId node) {
    // Voters are few: going through them is quicker than halving.
    for (std::size_t index = 0; index < voters.size(); ++index) {
        if (voters[index] != node) continue;
        ENSURE(index < max_voters, "a set of voters fits into one word");
        return VoterBits{std::uint64_t{1} << index};
    }
    return VoterBits{};
}

std::expected<void, std::string> check_quorums(const QuorumSystem& system, const Voters& voters) {
    const std::size_t n = voters.size();
    if (n == 0) return refuse("there are no voters");
    if (n > max_voters) {
        return refuse(std::to_string(n) + " voters are too many: at most " +
                      std::to_string(max_voters) + " can vote in a slot");
    }
    return std::visit(
        Overload{
            [](const Majority&) { return Checked{}; },
            [&](const Sizes& s) { return check_thresholds(s.phase1, s.phase2, n, "voters"); },
            [&](const Grid& s) { return check_grid(s, n); },
            [&](const Weights& s) {
                const std::uint64_t total = weight_of(s, voters, VoterBits{first_voters(n)});
                return check_thresholds(s.phase1, s.phase2, total, "of weight");
            },
            [&](const UnsafeSizes& s) { return check_reachable(s.phase1, s.phase2, n, "voters"); },
        },
        system);
}

bool is_quorum(const QuorumSystem& system, const Voters& voters, Phase phase, VoterBits answered) {
    if (std::holds_alternative<Majority>(system)) [[likely]] {
        return is_majority(voters.size(), answered);
    }
    if (voters.empty()) return false;
    const auto of_phase = [&](const auto& s) { return phase == Phase::One ? s.phase1 : s.phase2; };
    return std::visit(
        Overload{
            [&](const Majority&) { return is_majority(voters.size(), answered); },
            [&](const Sizes& s) { return count_of(answered) >= of_phase(s); },
            [&](const Grid& s) { return is_grid_quorum(s, voters.size(), phase, answered); },
            [&](const Weights& s) { return weight_of(s, voters, answered) >= of_phase(s); },
            [&](const UnsafeSizes& s) { return count_of(answered) >= of_phase(s); },
        },
        system);
}

std::size_t smallest_overlap(const QuorumSystem& system, const Voters& voters) {
    ENSURE(check_quorums(system, voters).has_value(), "the quorums are checked");
    const std::size_t n = voters.size();
    return std::visit(
        Overload{
            [&](const Majority&) -> std::size_t { return n % 2 == 0 ? 2 : 1; },
            [&](const Sizes& s) -> std::size_t { return std::size_t{s.phase1} + s.phase2 - n; },
            [&](const Grid&) -> std::size_t { return 1; },
            [&](const Weights& s) { return overlap_of_weights(s, voters); },
            [&](const UnsafeSizes& s) -> std::size_t {
                const std::size_t together = std::size_t{s.phase1} + s.phase2;
                return together > n ? together - n : 0;
            },
        },
        system);
}

}  // namespace decree
