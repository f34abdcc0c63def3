#pragma once

/// Executes a trace again, with the core only: no world, no chance.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/journal/recovery.hpp"
#include "core/node/node.hpp"
#include "props/violation.hpp"
#include "traces/disk_image.hpp"
#include "traces/format.hpp"

namespace decree::traces {

/// When something happened. Starts, steps, crashes, notes and the violation are numbered from 1:
/// these are the numbers that people see.
struct Moment {
    std::uint64_t number{};
    Time at;  ///< The world's.
    bool operator==(const Moment&) const = default;
};

/// Sees everything that happens in a run, in order. Every renderer is one.
class Visitor {
public:
    Visitor() = default;
    Visitor(const Visitor&) = delete;
    Visitor& operator=(const Visitor&) = delete;
    virtual ~Visitor() = default;

    virtual void started(const Moment&, const Recovered&, const Node&) {}
    /// A node is about to take a step.
    virtual void before(const Moment&, const Step&, const Event&, const Node&) {}
    /// It took it. The envelopes of `effects` are numbered from `first` on.
    virtual void stepped(const Moment&, const Step&, const Event&, const Node& /*after*/,
                         const Effects&, MessageId /*first*/) {}
    /// The step found a broken promise of the code: `why`.
    virtual void broke(const Moment&, const Step&, const Event&, const std::string& /*why*/) {}
    virtual void crashed(const Moment&, NodeId) {}
    virtual void noted(const Moment&, const Note&) {}
    virtual void violated(const Moment&, const props::Violation&) {}
    /// It has seen enough: the replay ends here, as if all were well.
    [[nodiscard]] virtual bool done() const { return false; }
};

/// Where a trace and its execution part ways.
struct Difference {
    std::uint64_t after_event{};   ///< All was equal through this event ...
    std::uint64_t before_event{};  ///< ... and not through this one.
    std::string what;              ///< For a person.
    bool operator==(const Difference&) const = default;
};

/// The same event by event, for whoever wants to do something in between. Trace and visitor must
/// stay where they are.
class Replay {
public:
    Replay(const Trace& trace, Visitor& visitor);
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;
    ~Replay();

    /// Tells the visitor of the next event. False: there is none, or the run differs from here on.
    [[nodiscard]] bool next();
    /// The last one, as it stands in the trace.
    [[nodiscard]] const Entry& entry() const;
    /// What the node found that started last.
    [[nodiscard]] const DiskImage& disk() const;
    [[nodiscard]] const std::optional<Difference>& difference() const;

private:
    class Mailbox;
    class Replayer;
    std::unique_ptr<Replayer> replayer_;
};

/// Tells `visitor` of the whole run, rules included. Stops at the first difference noticed: what
/// the visitor saw since the last digest may then be wrong.
[[nodiscard]] std::expected<void, Difference> replay(const Trace& trace, Visitor& visitor);

/// Nothing when the trace replays bit for bit; else where it does not.
[[nodiscard]] std::optional<Difference> replay_check(const Trace& trace);

/// "the run differs from its trace somewhere from #1025 to #2048: ..."
[[nodiscard]] std::string say(const Difference& difference);

}  // namespace decree::traces
