#include "traces/render/quiet.hpp"

#include <array>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

// What it does, and so what it has to do.
std::string role_of(const Node& node) {
    switch (node.role()) {
    case Role::Following:
        return node.leader() ? "it follows " + node_words(*node.leader()) : "it follows nobody";
    case Role::Canvassing:
        return "it waits to hear whether the leader is missed";
    case Role::Preparing:
        return "it waits for promises of ballot " + ballot_name(node.ballot());
    case Role::Leading:
        return "it leads in ballot " + ballot_name(node.ballot());
    }
    return {};
}

// Why a message changed nothing.
std::string ignored_words(const Message& message, const Node& after) {
    const auto knows = [&](Slot slot) {
        const LogEntry* entry = after.log().find(slot);
        return slot <= after.chosen_through() || (entry != nullptr && entry->chosen);
    };
    return std::visit(
        Overload{
            [&](const Promise& m) -> std::string {
                return "ignores it: it prepares ballot " + ballot_name(m.ballot) + " no more";
            },
            [&](const Accepted& m) -> std::string {
                if (!knows(m.slot))
                    return "ignores it: it has left ballot " + ballot_name(m.ballot);
                return fmt::format("ignores it: it knows slot {} chosen", m.slot.value);
            },
            [&](const Nack& m) -> std::string {
                return "ignores it: it has left ballot " + ballot_name(m.ballot);
            },
            [](const PreVoteAnswer&) -> std::string { return "ignores it: it asks no more"; },
            [](const Decide& m) -> std::string {
                return m.entries.empty() ? "learns nothing new" : "knew it";
            },
            [](const Heartbeat&) -> std::string { return "learns nothing new"; },
            [](const HeartbeatAnswer&) -> std::string { return "takes note"; },
            [](const FoundingWord&) -> std::string { return "takes note"; },
            [](const Recognized&) -> std::string {
                return "is recognized already, or not the one that is meant";
            },
            [](const Welcome&) -> std::string { return "knew it"; },
            [](const ReadIndex&) -> std::string { return "cannot say: it does not lead"; },
            [](const auto&) -> std::string { return "ignores it: nothing follows from it"; },
        },
        message);
}

}  // namespace

std::string quiet_words(const Event& event, const Node& after) {
    const bool asked = std::holds_alternative<Requested>(event.what) ||
                       std::holds_alternative<ReadRequested>(event.what);
    if (asked) return after.leader() ? "keeps it for now" : "keeps it until it knows who leads";
    if (const auto* received = std::get_if<Received>(&event.what)) {
        return ignored_words(received->message, after);
    }
    if (std::holds_alternative<TimePassed>(event.what)) return "nothing is due: " + role_of(after);
    if (std::holds_alternative<Durable>(event.what)) return "nothing waited for it";
    if (std::holds_alternative<SnapshotStored>(event.what)) return "has a later one";
    if (std::holds_alternative<ClientGone>(event.what)) return "nothing of it is waiting";
    return "does nothing: " + role_of(after);
}

std::string_view message_source(const Message& message) {
    constexpr auto sources =
        std::to_array<std::string_view>({"RAFT-DISS 9.6 Pre-Vote",
                                         "RAFT-DISS 9.6 Pre-Vote",
                                         "PMS 2.2 Phase 1(a)",
                                         "PMS 2.2 Phase 1(b)",
                                         "PMS 2.2 Phase 2(a)",
                                         "PMS 2.2 Phase 2(b)",
                                         "PMS 2.5 abandoning a proposal",
                                         "PTP 3.3.1 picking a president",
                                         "RAFT-DISS 6.4 read-only queries",
                                         "PTP 3.3.4 learning the law",
                                         "PMS 2.3 learning",
                                         "RAFT-DISS 5.1 snapshotting",
                                         "RAFT-DISS 6.2 routing requests",
                                         "RAFT-DISS 6.4 read-only queries",
                                         "RAFT-DISS 6.4 read-only queries",
                                         "RAFT-DISS 3.10 leadership transfer",
                                         "PMS 2.3 learning",
                                         "DECREE founding",
                                         "DECREE a cluster exists when all have it",
                                         "PML 5.2 master leases",
                                         "DECREE members decided by the core",
                                         "DECREE members decided by the core",
                                         "DECREE identity",
                                         "DECREE identity"});
    static_assert(sources.size() == std::variant_size_v<Message>);
    return sources.at(message.index());
}

std::string_view quiet_source(const Event& event) {
    using Source = std::string_view;
    return std::visit(
        Overload{
            [](const Received& m) -> Source { return message_source(m.message); },
            [](const TimePassed&) -> Source { return {}; },
            [](const Durable&) -> Source { return "PMS 2.5 stable storage"; },
            [](const SnapshotStored&) -> Source { return "PML 5.5 snapshots"; },
            [](const Requested&) -> Source { return "RAFT-DISS 6.2 routing requests"; },
            [](const ReadRequested&) -> Source { return "RAFT-DISS 6.4 read-only queries"; },
            [](const ClientGone&) -> Source { return "DECREE a client that went away"; },
            [](const HandoverRequested&) -> Source { return "RAFT-DISS 3.10 leadership transfer"; },
            [](const Directed&) -> Source { return {}; },
            [](const Reached&) -> Source { return "DECREE found by reaching itself"; },
        },
        event.what);
}

}  // namespace decree::traces
