#include "sim/scenario/timed_lines.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/values.hpp"

namespace decree::sim::scenario {

namespace {

std::uint32_t index_of(ClientNumber client) { return static_cast<std::uint32_t>(client - 1); }

Done must_lead(NodeId id, const Hands& hands) {
    const Node* const node = hands.node(id);
    if (node == nullptr || node->role() == Role::Leading) return {};
    return std::unexpected(fmt::format("expected {} to lead, and it does not", to_text(id)));
}

Done open(const OpenBallot& line, Hands& hands) {
    const Node* const node = hands.node(line.node);
    const Ballot ballot{.round = line.round, .node = line.node};
    if (node != nullptr && ballot <= node->promised()) {
        return std::unexpected(fmt::format("expected a ballot above {}, which {} has promised",
                                           to_text(node->promised()), to_text(line.node)));
    }
    if (node != nullptr && !node->membership().votes_from(next(node->applied()), line.node)) {
        return std::unexpected(
            fmt::format("expected a voter: {} votes in no slot that is open", to_text(line.node)));
    }
    return hands.tell(line.node, Directed{OpenRound{line.round}});
}

Done watermark(const TellWatermark& line, Hands& hands) {
    if (Done leads = must_lead(line.from, hands); !leads) return leads;
    return hands.tell(line.from, Directed{decree::TellWatermark{line.to}});
}

Done compact(const Compact& line, Hands& hands) {
    const Node* const node = hands.node(line.node);
    if (node != nullptr && line.through > node->applied()) {
        const Slot applied = node->applied();
        return std::unexpected(fmt::format(
            "expected a slot that {} has applied: it has {}, not {}", to_text(line.node),
            applied == Slot{} ? "none" : "all through " + to_text(applied), to_text(line.through)));
    }
    return hands.tell(line.node, Directed{TrimLog{line.through}});
}

Done confirm(const Confirm& line, Hands& hands) {
    if (Done leads = must_lead(line.node, hands); !leads) return leads;
    return hands.tell(line.node, Directed{ConfirmLead{}});
}

// Keyword and what stands behind it.
Done set_clock(NodeId node, const Added& line, Hands& hands) {
    const Argument& amount = line.arguments.back();
    if (const auto* const drift = std::get_if<Drift>(&amount)) {
        hands.drift_clock(node, drift->ppm);
    } else if (line.arguments[1] == Argument("skew")) {
        hands.skew_clock(node, std::get<Duration>(amount).us);
    } else {
        hands.jump_clock(node, std::get<Duration>(amount).us);
    }
    return {};
}

Done rot(NodeId node, const Added& line, Hands& hands) {
    if (line.arguments.size() == 1) return hands.strike(node, FaultKind::BitRot);
    const bool snapshot = line.arguments.back() == Argument("snapshot");
    return hands.strike(node, snapshot ? FaultKind::SnapshotRot : FaultKind::UnsealedRot);
}

Done slow_disk(NodeId node, const Added& line, Hands& hands) {
    hands.slow_disk(node,
                    static_cast<std::uint32_t>(std::get<std::uint64_t>(line.arguments.back())));
    return {};
}

using NodeVerb = Done (*)(NodeId, const Added&, Hands&);

// Verbs whose first argument is a node.
constexpr std::pair<std::string_view, NodeVerb> node_verbs[] = {
    {"pause", [](NodeId node, const Added&, Hands& hands) { return hands.pause(node); }},
    {"resume", [](NodeId node, const Added&, Hands& hands) { return hands.resume(node); }},
    {"tear",
     [](NodeId node, const Added&, Hands& hands) { return hands.crash(node, Leftover::Torn); }},
    {"rot", rot},
    {"misdirect", [](NodeId node, const Added&,
                     Hands& hands) { return hands.strike(node, FaultKind::MisdirectedWrite); }},
    {"lose-write", [](NodeId node, const Added&,
                      Hands& hands) { return hands.strike(node, FaultKind::LostWrite); }},
    {"read-error", [](NodeId node, const Added&,
                      Hands& hands) { return hands.strike(node, FaultKind::ReadError); }},
    {"scrub", [](NodeId node, const Added&, Hands& hands) { return hands.scrub(node); }},
    {"image", [](NodeId node, const Added&, Hands& hands) { return hands.keep_image(node); }},
    {"restore", [](NodeId node, const Added&,
                   Hands& hands) { return hands.strike(node, FaultKind::DiskRestored); }},
    {"lose-disk", [](NodeId node, const Added&, Hands& hands) { return hands.lose_disk(node); }},
    {"slow-disk", slow_disk},
    {"fail-sync", [](NodeId node, const Added&, Hands& hands) { return hands.fail_sync(node); }},
    {"fill-disk", [](NodeId node, const Added&, Hands& hands) { return hands.fill(node); }},
    {"free-disk", [](NodeId node, const Added&, Hands& hands) { return hands.make_room(node); }},
    {"clock", set_clock},
};

}  // namespace

Done TimedLines::obey(const Action& action, Hands& hands) {
    return std::visit(
        Overload{
            [&](const Submit& line) { return submit(line, hands); },
            [&](const Read& line) { return read(line, hands); },
            [&](const OpenBallot& line) { return open(line, hands); },
            [&](const CrashNode& line) { return hands.crash(line.node, Leftover::None); },
            [&](const RestartNode& line) { return hands.restart(line.node); },
            [&](const StallDisk& line) { return hands.stall(line.node); },
            [&](const SyncDisk& line) { return hands.flow(line.node); },
            [&](const Partition& line) { return part(line, hands); },
            [&](const Heal&) { return heal(hands); },
            [&](const CutLink& line) { return cut(line, hands); },
            [&](const MendLink& line) { return mend(line, hands); },
            [&](const AskToCatchUp& line) {
                return hands.tell(line.from, Directed{AskForChosen{line.to}});
            },
            [&](const TellWatermark& line) { return watermark(line, hands); },
            [&](const Compact& line) { return compact(line, hands); },
            [&](const Confirm& line) { return confirm(line, hands); },
            [&](const Added& line) { return add(line, hands); },
            [&](const auto&) -> Done { ENSURE(false, "the parser takes no message at a time"); },
        },
        action);
}

// --- Clients -------------------------------------------------------------------------------------

Done TimedLines::submit(const Submit& line, Hands& hands) {
    const Question& question = clients_.submit(line.client, line.command);
    hands.ask(index_of(line.client), line.node,
              {.tag = question.number,
               .id = question.id,
               .payload = payload_of(line.command),
               .changes_voters = line.command.starts_with("members=")});
    return {};
}

Done TimedLines::read(const Read& line, Hands& hands) {
    hands.ask_read(index_of(line.client), line.node, clients_.read(line.client).number);
    return {};
}

// --- Links ---------------------------------------------------------------------------------------

Done TimedLines::part(const Partition& line, Hands& hands) {
    Links across;
    const auto each_pair = [](const auto& some, const auto& others, const auto& what) {
        for (const NodeId from : some) {
            for (const NodeId to : others) what(std::pair{from, to});
        }
    };
    for (const std::vector<NodeId>& some : line.groups) {
        for (const std::vector<NodeId>& others : line.groups) {
            each_pair(some, others, [&](const auto& link) { across.insert(link); });
        }
    }
    for (const std::vector<NodeId>& group : line.groups) {  // A node may be in several.
        each_pair(group, group, [&](const auto& link) { across.erase(link); });
    }
    for (const auto& [from, to] : across) hands.cut(from, to);
    parted_.merge(across);
    return {};
}

Done TimedLines::heal(Hands& hands) {
    for (const auto& [from, to] : std::exchange(parted_, {})) {
        if (!cut_.contains({from, to})) hands.mend(from, to);
    }
    return {};
}

Done TimedLines::cut(const CutLink& line, Hands& hands) {
    cut_.insert({line.from, line.to});
    hands.cut(line.from, line.to);
    return {};
}

Done TimedLines::mend(const MendLink& line, Hands& hands) {
    cut_.erase({line.from, line.to});
    if (!parted_.contains({line.from, line.to})) hands.mend(line.from, line.to);
    return {};
}

// --- Verbs of timed scenarios alone --------------------------------------------------------------

Done TimedLines::add(const Added& line, Hands& hands) {
    const Argument& first = line.arguments.front();
    if (const auto* const node = std::get_if<NodeId>(&first)) {
        for (const auto& [name, verb] : node_verbs) {
            if (name == line.verb) return verb(*node, line, hands);
        }
    } else if (const auto* const way = std::get_if<Way>(&first)) {
        if (line.verb == "handover") return hands.tell(way->from, HandoverRequested{way->to});
        const std::uint64_t times = std::get<std::uint64_t>(line.arguments.back());
        hands.slow_link(way->from, way->to, static_cast<std::uint16_t>(times - 1));
        return {};
    } else if (const auto* const nodes = std::get_if<std::vector<NodeId>>(&first)) {
        return hands.demand_progress(*nodes);
    } else if (const auto* const asking = std::get_if<Asking>(&first)) {
        hands.leave(index_of(asking->client), asking->node);
        return {};
    }
    ENSURE(false, "every verb of the table does something");
}

}  // namespace decree::sim::scenario
