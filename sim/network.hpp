#pragma once

/// Links, and the messages on them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/event.hpp"
#include "sim/choices.hpp"

namespace decree::sim {

/// Processes of the world are numbered 0, 1, ...; node N1 is process 0.
using ProcessIndex = std::uint32_t;
/// The most processes that a run has, those that joined late included.
inline constexpr std::uint32_t max_processes = 16;

/// How long messages travel.
enum class DelayShape : std::uint8_t {
    Constant,
    Uniform,
    Exponential,
    HeavyTail,  ///< Mostly short; one in a hundred takes fifty times as long.
};

/// What links do to messages in this run, beside being cut.
struct NetworkHabits {
    DelayShape shape = DelayShape::Constant;
    std::uint64_t base_us = 500;   ///< The shortest delay.
    std::uint64_t spread_us = 0;   ///< Typical delay beyond it.
    std::uint32_t dropped = 0;     ///< Of 65,536 messages.
    std::uint32_t duplicated = 0;  ///< Of 65,536.
    std::uint32_t late = 0;        ///< Of 65,536.
    std::uint64_t late_us = 1;     ///< At most so much later.
    bool operator==(const NetworkHabits&) const = default;
};

/// One direction between two processes.
struct Link {
    std::uint16_t cuts = 0;      ///< How many faults cut it now; whole when 0.
    std::uint16_t slowness = 0;  ///< Extra delay: this many times the typical one.
    bool calm = false;           ///< Shortest delay, no loss: a link inside the healed core.
    std::uint32_t emptied = 0;   ///< How often what was on it was lost with it.
};

/// A message on its way, as the event that its arrival will be.
struct InFlight {
    Event event;
    std::uint64_t message = 0;  ///< Its number in the run.
    std::uint32_t emptied = 0;  ///< Its link's, when it was sent.
    ProcessIndex from = 0;
    ProcessIndex to = 0;
};

/// What becomes of one message that is sent.
struct Fate {
    bool dropped = false;
    bool cut = false;
    bool duplicated = false;
    bool late = false;
    std::uint64_t delay_us = 0;
    std::uint64_t second_delay_us = 0;  ///< Of the duplicate.
};

class Network {
public:
    explicit Network(const NetworkHabits& habits) : habits_(habits) {}

    [[nodiscard]] Link& link(ProcessIndex from, ProcessIndex to) {
        return links_[from * max_processes + to];
    }
    [[nodiscard]] const Link& link(ProcessIndex from, ProcessIndex to) const {
        return links_[from * max_processes + to];
    }
    /// Both directions.
    void cut(ProcessIndex a, ProcessIndex b);
    void mend(ProcessIndex a, ProcessIndex b);

    /// Draws what becomes of a message sent now.
    [[nodiscard]] Fate fate(Choices& choices, ProcessIndex from, ProcessIndex to) const;
    /// Draws how long something takes that travels like a message; `entity` names its link.
    [[nodiscard]] std::uint64_t delay(Choices& choices, std::uint32_t entity) const;
    [[nodiscard]] const NetworkHabits& habits() const { return habits_; }

    /// A place for a message; what stood there is to be overwritten.
    [[nodiscard]] std::uint32_t allocate();
    [[nodiscard]] InFlight& at(std::uint32_t place) { return slab_[place]; }
    void release(std::uint32_t place) { free_.push_back(place); }

private:
    NetworkHabits habits_;
    std::array<Link, std::size_t{max_processes} * max_processes> links_{};
    std::vector<InFlight> slab_;
    std::vector<std::uint32_t> free_;
};

}  // namespace decree::sim
