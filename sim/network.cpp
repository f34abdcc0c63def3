#include "sim/network.hpp"

namespace decree::sim {

namespace {

// -ln(1 - i/64) * 256: the quantiles of the exponential distribution.
constexpr std::array<std::uint16_t, 64> exponential = {
    0,   4,   8,   12,  17,  21,  25,  30,  34,  39,  43,  48,  53,  58,  63,  68,
    74,  79,  85,  90,  96,  102, 108, 114, 120, 127, 133, 140, 147, 155, 162, 170,
    177, 186, 194, 203, 212, 221, 231, 241, 251, 262, 273, 285, 298, 311, 325, 339,
    355, 371, 389, 408, 429, 451, 475, 502, 532, 567, 606, 653, 710, 783, 887, 1065};

// Links are numbered from 1 in streams of choices; those of clients begin with 0.
constexpr std::uint32_t stream_of(ProcessIndex from, ProcessIndex to) {
    return (from + 1) * 64 + (to + 1);
}

}  // namespace

void Network::cut(ProcessIndex a, ProcessIndex b) {
    ++link(a, b).cuts;
    ++link(b, a).cuts;
}

void Network::mend(ProcessIndex a, ProcessIndex b) {
    if (link(a, b).cuts > 0) --link(a, b).cuts;
    if (link(b, a).cuts > 0) --link(b, a).cuts;
}

std::uint64_t Network::delay(Choices& choices, std::uint32_t entity) const {
    constexpr std::uint32_t steps = 1024;
    if (habits_.shape == DelayShape::Constant || habits_.spread_us == 0) return habits_.base_us;
    const std::uint64_t drawn = choices.draw(Site::Delay, entity, steps);
    switch (habits_.shape) {
    case DelayShape::Constant:
        break;
    case DelayShape::Uniform:
        return habits_.base_us + drawn * 2 * habits_.spread_us / steps;
    case DelayShape::Exponential: {
        const std::uint64_t low = exponential[drawn / 16];
        const std::uint64_t high = drawn / 16 == 63 ? low + 200 : exponential[drawn / 16 + 1];
        const std::uint64_t times = low * 16 + (high - low) * (drawn % 16);
        return habits_.base_us + habits_.spread_us * times / 4096;
    }
    case DelayShape::HeavyTail:
        return habits_.base_us + habits_.spread_us * steps / (2 * (steps - drawn)) -
               habits_.spread_us / 2;
    }
    return habits_.base_us;
}

Fate Network::fate(Choices& choices, ProcessIndex from, ProcessIndex to) const {
    const Link& way = link(from, to);
    Fate fate;
    if (way.cuts > 0) {
        fate.cut = true;
        return fate;
    }
    if (way.calm) {
        fate.delay_us = habits_.base_us;
        return fate;
    }
    const std::uint32_t entity = stream_of(from, to);
    const std::uint32_t anything = habits_.dropped + habits_.duplicated + habits_.late;
    if (choices.chance(Site::Fate, entity, anything, 65536)) {
        const std::uint32_t which = choices.draw(Site::Fate, entity, anything);
        fate.late = which < habits_.late;
        fate.duplicated = !fate.late && which < habits_.late + habits_.duplicated;
        fate.dropped = !fate.late && !fate.duplicated;
        if (fate.dropped) return fate;
    }
    fate.delay_us = delay(choices, entity) + way.slowness * (habits_.base_us + habits_.spread_us);
    if (fate.duplicated) {
        fate.second_delay_us = fate.delay_us + delay(choices, entity) * 4;
    }
    if (fate.late) {
        const auto most = static_cast<std::uint32_t>(habits_.late_us);
        fate.delay_us += choices.draw(Site::Delay, entity, most);
    }
    return fate;
}

std::uint32_t Network::allocate() {
    if (free_.empty()) {
        slab_.emplace_back();
        return static_cast<std::uint32_t>(slab_.size() - 1);
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    return place;
}

}  // namespace decree::sim
