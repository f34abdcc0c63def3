/// Fault episodes that strike links.

#include <algorithm>

#include "sim/nonsense.hpp"
#include "sim/world.hpp"

namespace decree::sim {

void World::cut_one_way(Episode& episode, ProcessIndex from, ProcessIndex to) {
    if (from == to) return;
    episode.cuts.emplace_back(from, to);
    if (++network_.link(from, to).cuts > 1) return;  // Cut already, for another reason.
    note(traces::LinkCut{.from = id_of(from), .to = id_of(to)});
}

void World::cut(Episode& episode, ProcessIndex a, ProcessIndex b) {
    cut_one_way(episode, a, b);
    cut_one_way(episode, b, a);
}

void World::isolate(Episode& episode, ProcessIndex index) {
    for (ProcessIndex other = 0; other < processes_.size(); ++other) cut(episode, index, other);
}

void World::mend_cuts(Episode& episode) {
    for (const auto& [from, to] : episode.cuts) {
        Link& link = network_.link(from, to);
        if (link.cuts == 0) continue;
        --link.cuts;
        if (link.cuts > 0) continue;
        note(traces::LinkMended{.from = id_of(from), .to = id_of(to)});
    }
    episode.cuts.clear();
}

// Each node is in one of two or three groups; links between groups are cut.
void World::draw_partition(Episode& episode, Dice& draw) {
    const std::uint32_t groups = static_cast<std::uint32_t>(draw.between(2, 3));
    std::vector<std::uint32_t> group;
    for (std::size_t i = 0; i < processes_.size(); ++i) group.push_back(draw.below(groups));
    for (ProcessIndex a = 0; a < processes_.size(); ++a) {
        for (ProcessIndex b = a + 1; b < processes_.size(); ++b) {
            if (group[a] != group[b]) cut(episode, a, b);
        }
    }
}

// A bridge hears everybody; the others hear each other only on their side of it, or not at all.
void World::draw_partial_partition(Episode& episode, Dice& draw) {
    const ProcessIndex bridge = draw_process(draw);
    const std::uint32_t sides = static_cast<std::uint32_t>(
        draw.between(2, std::max<std::uint64_t>(2, processes_.size() - 1)));
    std::vector<std::uint32_t> side;
    for (std::size_t i = 0; i < processes_.size(); ++i) side.push_back(draw.below(sides));
    for (ProcessIndex a = 0; a < processes_.size(); ++a) {
        for (ProcessIndex b = a + 1; b < processes_.size(); ++b) {
            if (a != bridge && b != bridge && side[a] != side[b]) cut(episode, a, b);
        }
    }
}

void World::begin_network_episode(Episode& episode, Dice& draw) {
    const ProcessIndex first = draw_process(draw);
    const ProcessIndex second =
        (first + 1 + draw.below(std::max<std::size_t>(1, processes_.size() - 1))) %
        static_cast<ProcessIndex>(processes_.size());
    switch (episode.kind) {
    case FaultKind::OneWayCut:
        return cut_one_way(episode, first, second);
    case FaultKind::Partition:
        return draw_partition(episode, draw);
    case FaultKind::PartialPartition:
        return draw_partial_partition(episode, draw);
    case FaultKind::FlappingLink:
        episode.nodes = {first, second};
        episode.phase_us = draw.doubling(2000, 200'000);
        return cut(episode, first, second);
    case FaultKind::SlowLink:
        episode.slowness = static_cast<std::uint16_t>(draw.between(5, 60));
        for (ProcessIndex other = 0; other < processes_.size(); ++other) {
            if (other != second && !draw.chance(1, 2)) continue;
            network_.link(first, other).slowness = episode.slowness;
            episode.slowed.emplace_back(first, other);
        }
        return;
    case FaultKind::SwizzledClog:
        for (ProcessIndex i = 0; i < processes_.size(); ++i) {
            if (i == first || draw.chance(1, 2)) episode.nodes.push_back(i);
        }
        draw.shuffle(episode.nodes);
        episode.phase_us = draw.doubling(10'000, 500'000);
        return;
    case FaultKind::DeafNode:
        for (ProcessIndex other = 0; other < processes_.size(); ++other) {
            cut_one_way(episode, other, first);
        }
        return;
    case FaultKind::Nonsense:
        for (std::uint32_t i = draw.below(4) + 1; i > 0; --i) send_nonsense(first, second, draw);
        return;
    default:
        return;
    }
}

void World::send_nonsense(ProcessIndex from, ProcessIndex to, Dice& draw) {
    Process& p = process(to);
    if (from == to || p.state != ProcessState::Up) return;
    ++p.nonsense;
    step(to,
         {.now = p.clock.at(now_),
          .what = Received{.from = id_of(from),
                           .message = draw_nonsense(draw, id_of(from), p.node->chosen_through())}});
}

// Cuts or mends the link, and comes again.
void World::flap(Episode& episode, std::uint32_t number) {
    ++episode.phase;
    if (episode.cuts.empty() && episode.phase < 16) {
        cut(episode, episode.nodes[0], episode.nodes[1]);
    } else {
        mend_cuts(episode);
    }
    if (episode.phase < 16) schedule_end(number, episode.phase_us);
}

// First each of the nodes is cut off in turn, then each is restored, in another order.
void World::clog_on(Episode& episode, std::uint32_t number) {
    const auto count = static_cast<std::uint32_t>(episode.nodes.size());
    const std::uint32_t phase = episode.phase++;
    if (phase < count) {
        isolate(episode, episode.nodes[phase]);
        if (phase + 1 == count) dice(Site::Episode, number).shuffle(episode.nodes);
    } else if (phase < count * 2) {
        const ProcessIndex restored = episode.nodes[phase - count];
        const auto still_off = [&](ProcessIndex node) {
            const auto later = episode.nodes.begin() + (phase - count) + 1;
            return std::find(later, episode.nodes.end(), node) != episode.nodes.end();
        };
        Episode some;
        some.kind = episode.kind;
        std::erase_if(episode.cuts, [&](const auto& link) {
            const bool struck = link.first == restored || link.second == restored;
            // Its link to one that is still cut off waits for that one's turn.
            if (!struck || still_off(link.first) || still_off(link.second)) return false;
            some.cuts.push_back(link);
            return true;
        });
        mend_cuts(some);
    }
    if (phase + 1 < count * 2) schedule_end(number, episode.phase_us);
}

}  // namespace decree::sim
