#pragma once

/// One node of the world: a process that lives and dies, its disk and its clock.

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "core/ids.hpp"
#include "core/node/node.hpp"
#include "core/options.hpp"
#include "core/store/local_service.hpp"
#include "sim/agenda.hpp"
#include "sim/clock.hpp"
#include "sim/disk.hpp"
#include "sim/faults.hpp"

namespace decree::sim {

enum class ProcessState : std::uint8_t {
    Down,
    Up,
    Paused,  ///< Stands still; what comes for it waits.
    Lost,    ///< Down for good: its disk is damaged or gone.
    Absent,  ///< There is no such node.
};

/// When a process is to die, and for how long. Written in braces, where what is drawn is drawn in
/// order; arguments of a call are drawn in an order that differs between compilers.
struct CrashPlan {
    std::uint32_t steps{};    ///< From now on; then it dies in the middle of the next one.
    std::uint64_t down_us{};  ///< Then it starts again.
};

struct Process {
    static constexpr std::uint32_t unlimited = ~std::uint32_t{0};
    static constexpr std::uint64_t none = ~std::uint64_t{0};
    static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

    ProcessState state = ProcessState::Down;
    std::optional<Node> node;  ///< While up or paused.
    Options options;
    std::optional<Beginning> beginning;  ///< If the cluster founds itself.
    std::uint32_t place = nowhere;       ///< The address at which it is, if founders look there.
    bool reaching = false;               ///< It will try addresses again.
    Disk disk;
    Clock clock;
    std::uint64_t timer_at = none;  ///< The earliest appointment of its timer.
    Time armed_for = never;         ///< By this clock, that is early enough for such a deadline.
    std::uint64_t timed_at = none;  ///< When its timer last made it step...
    std::uint32_t spins = 0;        ///< ... and how often without a pause before.
    Position told_durable;          ///< By the newest Durable event.
    std::uint32_t steps_until_crash = unlimited;
    FaultKind crash_kind = FaultKind::Crash;  ///< What the planned crash counts as.
    std::uint32_t crashes_to_come = 0;        ///< Of a crash loop.
    std::uint64_t down_us = 0;        ///< After the crash that is planned; `none`: for good.
    std::uint64_t start_at = none;    ///< When it starts again, if that is planned.
    std::optional<FaultKind> strike;  ///< What its disk suffers at the next crash.
    bool strikes_newest = false;      ///< ... among what it wrote last.
    bool power_fails = false;         ///< At the next crash.
    bool sync_fails = false;          ///< The next sync does, and the node stops.
    bool disk_struck = false;         ///< What was durable may have been lost since the last start.
    bool ever_struck = false;         ///< ... or before it.
    std::optional<Disk> image;        ///< As its disk was once.
    bool image_lacks_ballot = false;  ///< It has opened one since: who forgets that uses it twice.
    bool made_older = false;          ///< Its disk was, unnoticeably: peers may refuse it.
    bool forgetful = false;           ///< Its disk loses all at a crash: a planted fault.
    bool calm = false;                ///< Healed for good: its disk is quick, its clock steady.
    std::uint16_t blocked = 0;        ///< By so many faults: it cannot start.
    std::uint16_t stalled = 0;        ///< By so many faults: its disk completes nothing.
    std::uint16_t paused = 0;         ///< By so many faults.
    std::uint32_t slow_disk = 1;      ///< Syncs take so many times as long.
    std::uint64_t skew_us = 0;   ///< Where somebody directs the run: its clock begins there ...
    std::int64_t drift_ppm = 0;  ///< ... and gains so much.
    std::uint32_t starts = 0;
    std::uint64_t nonsense = 0;        ///< Messages since the start that no node sent.
    store::LocalService service;       ///< What its own store answers, while it runs.
    std::set<ClientId> full;           ///< Connections that take nothing of what they watch.
    Slot served;                       ///< Through here whoever waits was told.
    Role role = Role::Following;       ///< As last seen.
    std::vector<Appointment> waiting;  ///< What came while it was paused or its disk stalled.
    std::vector<Era> eras;             ///< The voters as it knew them last.

    [[nodiscard]] bool running() const {
        return state == ProcessState::Up || state == ProcessState::Paused;
    }
};

}  // namespace decree::sim
