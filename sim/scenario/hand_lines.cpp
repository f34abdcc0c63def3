/// What each verb does, and when it cannot.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/scenario/hand.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/values.hpp"

namespace decree::sim::scenario {

namespace {

std::unexpected<std::string> cannot(std::string why) { return std::unexpected(std::move(why)); }

}  // namespace

Happened Hand::must_be_up(NodeId id) const {
    if (node(id) != nullptr) return {};
    return cannot(fmt::format("expected {} to be up, and it is down", to_text(id)));
}

Happened Hand::must_lead(NodeId id) const {
    if (Happened up = must_be_up(id); !up) return up;
    if (node(id)->role() == Role::Leading) return {};
    std::string leaders;
    for (const Host& each : hosts_) {
        if (each.node && each.node->role() == Role::Leading) leaders += ' ' + to_text(each.id);
    }
    return cannot(fmt::format("expected {} to lead; it does not, {}", to_text(id),
                              leaders.empty() ? "nor does any other" : "who does:" + leaders));
}

Happened Hand::must_be_in_flight(const MessagePattern& pattern) const {
    if (!pattern.to || !mail_.find(pattern).empty()) return {};
    return cannot(
        fmt::format("expected a message in flight: {}; {}", to_text(pattern), mail_.list()));
}

// --- Clients -------------------------------------------------------------------------------------

Happened Hand::perform(const Submit& line) {
    if (Happened up = must_be_up(line.node); !up) return up;
    const Question question = clients_.submit(line.client, line.command);
    const Value payload = payload_of(line.command);
    checker_.asked(question.number, Time{line_}, question.id, payload);
    note(traces::ClientAsked{.client = line.client,
                             .node = line.node,
                             .tag = question.number,
                             .reads = false,
                             .payload = payload});
    step(host(line.node), Requested{.client = connection_of(line.client),
                                    .id = question.id,
                                    .tag = question.number,
                                    .payload = payload});
    return {};
}

Happened Hand::perform(const Read& line) {
    if (Happened up = must_be_up(line.node); !up) return up;
    const std::uint64_t number = clients_.read(line.client).number;
    checker_.asked_read(number, Time{line_});
    note(traces::ClientAsked{
        .client = line.client, .node = line.node, .tag = number, .reads = true, .payload = {}});
    step(host(line.node),
         ReadRequested{
             .client = connection_of(line.client), .tag = number, .local = false, .query = {}});
    return {};
}

// --- What a node is told to do -------------------------------------------------------------------

Happened Hand::perform(const OpenBallot& line) {
    if (Happened up = must_be_up(line.node); !up) return up;
    const Node& opener = *node(line.node);
    const Ballot ballot{.round = line.round, .node = line.node};
    if (ballot <= opener.promised()) {
        return cannot(fmt::format("expected a ballot above {}, which {} has promised, not {}",
                                  to_text(opener.promised()), to_text(line.node), to_text(ballot)));
    }
    if (!opener.membership().votes_from(next(opener.applied()), line.node)) {
        return cannot(fmt::format("expected a voter: {} votes in no slot that is still open",
                                  to_text(line.node)));
    }
    direct(host(line.node), OpenRound{line.round});
    return {};
}

Happened Hand::perform(const AskToCatchUp& line) {
    if (Happened up = must_be_up(line.from); !up) return up;
    direct(host(line.from), AskForChosen{line.to});
    return {};
}

Happened Hand::perform(const scenario::TellWatermark& line) {
    if (Happened leads = must_lead(line.from); !leads) return leads;
    direct(host(line.from), decree::TellWatermark{line.to});
    return {};
}

Happened Hand::perform(const Compact& line) {
    if (Happened up = must_be_up(line.node); !up) return up;
    const Slot applied = node(line.node)->applied();
    if (line.through > applied) {
        return cannot(fmt::format(
            "expected a slot that {} has applied: it has {}, not {}", to_text(line.node),
            applied == Slot{} ? "none" : "all through " + to_text(applied), to_text(line.through)));
    }
    direct(host(line.node), TrimLog{line.through});
    return {};
}

Happened Hand::perform(const Confirm& line) {
    if (Happened leads = must_lead(line.node); !leads) return leads;
    direct(host(line.node), ConfirmLead{});
    return {};
}

// --- Messages ------------------------------------------------------------------------------------

Happened Hand::perform(const Deliver& line) {
    if (Happened there = must_be_in_flight(line.message); !there) return there;
    for (const Parcel& parcel : mail_.take(line.message)) deliver(parcel);
    return {};
}

Happened Hand::perform(const Drop& line) {
    if (Happened there = must_be_in_flight(line.message); !there) return there;
    for (const Parcel& parcel : mail_.take(line.message)) lose(parcel, traces::Loss::Dropped);
    return {};
}

Happened Hand::perform(const Duplicate& line) {
    if (Happened there = must_be_in_flight(line.message); !there) return there;
    for (const Parcel& parcel : mail_.find(line.message)) {
        for (const traces::MessageId number : parcel.numbers) {
            note(traces::MessageDuplicated{number});
        }
        mail_.repeat(parcel);
    }
    return {};
}

Happened Hand::perform(const Resend& line) {
    if (Happened up = must_be_up(line.message.from); !up) return up;
    const Parcel* const latest = mail_.latest(line.message);
    if (latest == nullptr) {
        return cannot(fmt::format("expected a message that was sent before: {}; {}",
                                  to_text(line.message), mail_.list()));
    }
    const Parcel parcel = *latest;
    for (const traces::MessageId number : parcel.numbers) note(traces::MessageDuplicated{number});
    if (is_cut(parcel.label.from, parcel.label.to)) {
        lose(parcel, traces::Loss::Cut);
    } else {
        mail_.repeat(parcel);
    }
    return {};
}

// --- Faults --------------------------------------------------------------------------------------

Happened Hand::perform(const CrashNode& line) {
    if (Happened up = must_be_up(line.node); !up) return up;
    crash(host(line.node));
    return {};
}

Happened Hand::perform(const RestartNode& line) {
    if (node(line.node) != nullptr) {
        return cannot(fmt::format("expected {} to be down, and it is up", to_text(line.node)));
    }
    start(host(line.node));
    return {};
}

Happened Hand::perform(const StallDisk& line) {
    if (Happened up = must_be_up(line.node); !up) return up;
    Host& stalls = host(line.node);
    if (!stalls.stalled) note(traces::DiskStalled{.node = line.node});
    stalls.stalled = true;
    return {};
}

Happened Hand::perform(const SyncDisk& line) {
    if (Happened up = must_be_up(line.node); !up) return up;
    Host& flows = host(line.node);
    if (flows.stalled) note(traces::DiskFlows{.node = line.node});
    flows.stalled = false;
    settle(flows);
    return {};
}

bool Hand::is_cut(NodeId from, NodeId to) const {
    const Cut link{from, to};
    return std::ranges::find(partitioned_, link) != partitioned_.end() ||
           std::ranges::find(cut_, link) != cut_.end();
}

// What is in flight there is lost; `list`: why they are cut.
void Hand::cut(const std::vector<Cut>& links, std::vector<Cut>& list) {
    for (const Cut& link : links) {
        if (!is_cut(link.first, link.second)) {
            note(traces::LinkCut{.from = link.first, .to = link.second});
        }
        list.push_back(link);
    }
    const auto lost = mail_.take_if([&](const Label& label) {
        return std::ranges::find(links, Cut{label.from, label.to}) != links.end();
    });
    for (const Parcel& parcel : lost) lose(parcel, traces::Loss::Cut);
}

// Takes all links off the list, or one; those that nothing else cuts are whole again.
void Hand::restore(std::vector<Cut>& list, std::optional<Cut> only) {
    std::vector<Cut> before;
    for (const Cut& link : list) {
        const bool listed = std::ranges::find(before, link) != before.end();
        if (!listed && (!only || *only == link)) before.push_back(link);
    }
    std::erase_if(list, [&](const Cut& link) { return !only || *only == link; });
    for (const Cut& link : before) {
        if (is_cut(link.first, link.second)) continue;
        note(traces::LinkMended{.from = link.first, .to = link.second});
    }
}

Happened Hand::perform(const Partition& line) {
    const auto group_has = [](const std::vector<NodeId>& group, NodeId id) {
        return std::ranges::binary_search(group, id);
    };
    const auto named = [&](NodeId id) {
        return std::ranges::any_of(line.groups, [&](const auto& g) { return group_has(g, id); });
    };
    std::vector<Cut> across;
    for (const NodeId from : setup_.nodes) {
        for (const NodeId to : setup_.nodes) {
            const bool together = std::ranges::any_of(line.groups, [&](const auto& group) {
                return group_has(group, from) && group_has(group, to);
            });
            if (from == to || together || !named(from) || !named(to)) continue;
            across.emplace_back(from, to);
        }
    }
    cut(across, partitioned_);
    return {};
}

Happened Hand::perform(const Heal&) {
    restore(partitioned_, std::nullopt);
    return {};
}

Happened Hand::perform(const CutLink& line) {
    if (std::ranges::find(cut_, Cut{line.from, line.to}) == cut_.end()) {
        cut({{line.from, line.to}}, cut_);
    }
    return {};
}

Happened Hand::perform(const MendLink& line) {
    restore(cut_, Cut{line.from, line.to});
    return {};
}

}  // namespace decree::sim::scenario
