#pragma once

/// Everything that must be true of a run, checked after every event.
///
/// The checker is an observer outside the nodes. It keeps what no node keeps (every vote ever cast,
/// the disks as they must be, the log that the cluster chose, what clients asked and were told) and
/// judges each step against it. README.md has the properties and where their words come from.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/request.hpp"
#include "core/store/local_service.hpp"
#include "core/value.hpp"
#include "props/sessions_not_hurried.hpp"
#include "props/sometimes.hpp"
#include "props/violation.hpp"

namespace decree {
class Node;
struct Recovered;
}  // namespace decree

namespace decree::props {

class Observer;

/// A value: copies go separate ways. After the first violation it looks at nothing more.
class Checker {
public:
    /// `settings`: the cluster's.
    explicit Checker(const Settings& settings);
    Checker(const Checker& other);
    Checker(Checker&& other) noexcept;
    Checker& operator=(const Checker& other);
    Checker& operator=(Checker&& other) noexcept;
    ~Checker();

    /// A node starts, for the first time or again, with what its disk holds. Before its first step.
    void started(const Node& node, const Recovered& disk);
    /// After each step. `after` is the node as it is now.
    void stepped(const Node& after, const Event& event, const Effects& effects);
    /// The node's memory is gone, and of its disk what no sync covered. `started` will say what the
    /// disk still holds.
    void crashed(NodeId node);
    /// The disk of a node that is down now holds less than was durable (bit rot, a misdirected or
    /// lost write), as the fault model allows: its next `started` may show less. What the node once
    /// said stays said: it must not claim otherwise from what is left.
    void rotted(NodeId node);
    /// The node's newest snapshot did: where the journal does not count on it yet, it may be done
    /// without; else the node must tell.
    void snapshot_rotted(NodeId node);
    /// The world took a node out for good (disk lost, damage found): it casts no vote any more.
    void lost(NodeId node);

    /// A client asks for a command. `operation` (0, 1, 2, ...) names the call for ever; a retry of
    /// the same request is the same operation. An id without an origin (0) is one that the serving
    /// node gives; such payloads must be unique, and are never retried.
    void asked(std::uint64_t operation, Time at, const RequestId& id, const Value& payload);
    /// A client asks for a linearizable read; `question`, if the machine is a store.
    void asked_read(std::uint64_t operation, Time at, const Value& question = {});
    /// A client is answered. Of an operation that is given up nothing is said: its outcome is
    /// unknown.
    void answered(std::uint64_t operation, Time at, Outcome outcome, const Answer& answer);

    // What nodes with a store answer of themselves (store::LocalService). `applied`: the node's
    // last slot.

    /// True time goes on, for what is judged by it: how long sessions live.
    void time_is(Time now, const ClockBound& clocks);
    /// A client asks a node for something: judged is what it is told.
    void asked_local(NodeId node, const store::Asker& asker, const store::StoreQuery& question);
    void asked_watch(NodeId node, const store::Asker& asker, const store::WatchRequest& request);
    /// It has taken what it was told, and waits for more.
    void wants_more(NodeId node, const store::Asker& asker);
    /// A connection takes nothing, or does so again: then all its watchers wait for more.
    void takes(NodeId node, ClientId client, bool takes);
    /// It waits no longer; without a tag: nobody of that connection does.
    void cancelled(NodeId node, const store::Asker& asker);
    void gone(NodeId node, ClientId client);
    /// The node answers.
    void served(NodeId node, Slot applied, const store::LocalAnswer& answer);
    /// The node has told all that it wants to.
    void served_all(NodeId node, Slot applied);

    /// The store's dumb twin, after all that is chosen; nullptr when the machine is another one, or
    /// nothing is known of it yet.
    [[nodiscard]] const store::model::Model* store() const;

    /// The first violation, if any: the run stops there.
    [[nodiscard]] const std::optional<Violation>& violation() const;

    /// At the end of a run: what the clients saw, all over again, offline.
    void finish_history();
    /// At the end of a liveness phase: every member of the core knows all that is chosen, and they
    /// are equal.
    void finish_convergence(std::span<const Node* const> core);

    // Facts for the world and the report.

    /// A node has taken a cluster for founded.
    [[nodiscard]] bool founded() const;
    /// The cluster's: of the one that was founded, or else as the checker was told.
    [[nodiscard]] const Settings& settings() const;
    /// All slots through here are chosen: a phase 2 quorum of durable votes in one ballot.
    [[nodiscard]] Slot chosen_through() const;
    [[nodiscard]] bool chosen(Slot slot) const;
    /// The voters of the first slot not chosen, and of slots to come as far as they are known.
    [[nodiscard]] const Voters& voters() const;
    /// The voters of `slot`. REQUIRES: 1 <= slot <= chosen_through() + alpha.
    [[nodiscard]] const Voters& voters(Slot slot) const;
    /// Commands executed by the log that the cluster chose.
    [[nodiscard]] std::uint64_t executed() const;
    /// What happened at least once: a run in which nothing happens cannot boast of being safe.
    [[nodiscard]] const Sometimes& sometimes() const;
    /// Of the chosen log and of what clients were told.
    [[nodiscard]] std::uint64_t digest() const;

private:
    std::unique_ptr<Observer> observer_;
};

}  // namespace decree::props
