#include "props/ghost/electorate.hpp"

#include <algorithm>

#include "core/contract.hpp"
#include "core/overload.hpp"

namespace decree::props {

namespace {

/// Whether all seats first, first + stride, ... (`count` of them) are taken by `nodes`.
bool all_of_line(const Electorate& electorate, const NodeSet& nodes, std::size_t first,
                 std::size_t stride, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t seat = first + i * stride;
        if (seat >= electorate.seats.size() || !nodes.has(electorate.seats[seat])) return false;
    }
    return count > 0;
}

bool grid_suffices(const Grid& grid, const Electorate& electorate, Phase phase,
                   const NodeSet& nodes) {
    const bool rows = phase == Phase::One;
    for (std::size_t line = 0; line < (rows ? grid.rows : grid.columns); ++line) {
        const bool whole =
            rows ? all_of_line(electorate, nodes, line * grid.columns, 1, grid.columns)
                 : all_of_line(electorate, nodes, line, grid.columns, grid.rows);
        if (whole) return true;
    }
    return false;
}

std::uint64_t weight_of(const Weights& weights, const Electorate& electorate,
                        const NodeSet& nodes) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < electorate.seats.size(); ++i) {
        if (!nodes.has(electorate.seats[i])) continue;
        const auto own = weights.weights.find(electorate.voters[i]);
        sum += own == weights.weights.end() ? 1 : own->second;
    }
    return sum;
}

}  // namespace

bool suffices(const QuorumSystem& system, const Electorate& electorate, Phase phase,
              const NodeSet& nodes) {
    const bool first = phase == Phase::One;
    const std::size_t present = (nodes & electorate.members).count();
    return std::visit(
        Overload{
            [&](const Majority&) { return 2 * present > electorate.voters.size(); },
            [&](const Sizes& sizes) { return present >= (first ? sizes.phase1 : sizes.phase2); },
            [&](const Grid& grid) { return grid_suffices(grid, electorate, phase, nodes); },
            [&](const Weights& weights) {
                return weight_of(weights, electorate, nodes) >=
                       (first ? weights.phase1 : weights.phase2);
            },
            [&](const UnsafeSizes& s) { return present >= (first ? s.phase1 : s.phase2); },
        },
        system);
}

bool quorums_can_miss(const QuorumSystem& system, const Electorate& electorate) {
    const std::size_t count = electorate.seats.size();
    if (count > 12) return false;
    for (std::uint64_t chosen = 0; chosen < (std::uint64_t{1} << count); ++chosen) {
        NodeSet inside;
        NodeSet outside;
        for (std::size_t i = 0; i < count; ++i) {
            (((chosen >> i) & 1U) != 0 ? inside : outside).add(electorate.seats[i]);
        }
        if (suffices(system, electorate, Phase::One, inside) &&
            suffices(system, electorate, Phase::Two, outside)) {
            return true;
        }
    }
    return false;
}

Electorates::Electorates(const Voters& voters, NodeTable& nodes) { change(Slot{1}, voters, nodes); }

bool Electorates::change(Slot from, const Voters& voters, NodeTable& nodes) {
    if (!all_.empty() && all_.back().voters == voters) return false;
    ENSURE(all_.empty() || all_.back().from < from, "changes of voters come in order");
    Electorate& added = all_.emplace_back();
    added.from = from;
    added.voters = voters;
    for (const NodeId voter : voters) {
        const NodeIndex seat = nodes.index(voter);
        added.seats.push_back(seat);
        added.members.add(seat);
    }
    return true;
}

const Electorate& Electorates::at(Slot slot) const {
    for (auto it = all_.rbegin(); it != all_.rend(); ++it) {
        if (it->from <= slot) return *it;
    }
    return all_.front();
}

}  // namespace decree::props
