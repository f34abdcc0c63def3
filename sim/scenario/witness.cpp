#include "sim/scenario/witness.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "core/overload.hpp"
#include "core/store/command_log.hpp"
#include "props/ghost/journal_bytes.hpp"
#include "sim/scenario/mail.hpp"

namespace decree::sim::scenario {

Witness::Witness(const Settings& settings)
    : settings_(settings), reference_(settings), eras_{{Slot{1}, settings.voters}} {
    reference_.begin(std::make_unique<CommandLog>(settings));
}

void Witness::started(NodeId id, const Recovered& disk) {
    synced(id, disk.place.end);  // What was read has survived, be it by luck.
    Seen& node = nodes_[id];
    node.pending.clear();
    node.promised = disk.heads.promised;
    node.trimmed = disk.snapshot ? disk.snapshot->through : Slot{};
    node.voted = node.accepted;
}

void Witness::stepped(const Node& after, const Event& event, const Effects& effects) {
    if (const auto* const durable = std::get_if<Durable>(&event.what)) {
        synced(after.id(), durable->position);
    }
    for (const RuleTaken& taken : effects.rules) took_.emplace(after.id(), taken.rule);
    Seen& node = nodes_[after.id()];
    wrote(node, effects.journal);
    node.trimmed = after.log().trimmed_through();
    const auto* const received = std::get_if<Received>(&event.what);
    if (received == nullptr) return;
    const std::optional<Label> label =
        label_of({.from = received->from, .to = after.id(), .message = received->message});
    for (const Envelope& envelope : effects.envelopes) {
        if (!label || !std::holds_alternative<Nack>(envelope.message)) continue;
        refused_.emplace(after.id(), envelope.to, label->kind);
    }
}

void Witness::crashed(NodeId id) {
    Seen& node = nodes_[id];
    node.pending.clear();
    node.voted.clear();
}

void Witness::forgot(NodeId id) { nodes_[id] = Seen{}; }

void Witness::wrote(Seen& node, const JournalAppend& append) {
    if (append.bytes.empty()) return;
    Pending group;
    const bool read = props::for_each_record(
        append,
        [&](const props::RecordView& record) {
            if (record.kind != props::RecordView::Kind::Vote) return true;
            const HeldVote vote{.ballot = record.ballot, .value = Value(record.value)};
            node.voted[record.slot] = vote;
            group.votes.emplace_back(record.slot, vote);
            return true;
        },
        [&](Ballot promised, Position end) {
            group.promised = promised;
            group.end = end;
            node.pending.push_back(std::exchange(group, {}));
            return true;
        });
    ENSURE(read, "a journal can be read");
}

void Witness::synced(NodeId id, Position position) {
    while (true) {
        Seen& node = nodes_[id];
        if (node.pending.empty() || node.pending.front().end > position) return;
        const Pending group = std::move(node.pending.front());
        node.pending.erase(node.pending.begin());
        node.promised = std::max(node.promised, group.promised);
        for (const auto& [slot, vote] : group.votes) {
            node.accepted[slot] = vote;
            cast(id, slot, vote);
        }
    }
}

void Witness::cast(NodeId node, Slot slot, const HeldVote& vote) {
    std::vector<Tally>& all = tallies_[slot];
    auto tally = std::ranges::find(all, vote, &Tally::vote);
    if (tally == all.end()) {
        all.push_back({.vote = vote, .by = {}, .voters = {}, .chosen = false});
        tally = std::prev(all.end());
    }
    const auto place = std::ranges::lower_bound(tally->by, node);
    if (place == tally->by.end() || *place != node) tally->by.insert(place, node);
    find_choices(slot);
    // With each slot that the chosen log reaches the voters of another one are settled.
    while (true) {
        const Slot following = next(reference_.applied());
        const auto choice = chosen_.find(following);
        if (choice == chosen_.end()) return;
        static_cast<void>(reference_.apply(choice->second.front()));
        const Slot settled = following + settings_.alpha;
        eras_[settled] = reference_.machine().voters();
        find_choices(settled);
    }
}

void Witness::find_choices(Slot slot) {
    for (const Tally& tally : tallies(slot)) {
        if (!tally.chosen) continue;
        std::vector<Value>& values = chosen_[slot];
        if (std::ranges::find(values, tally.vote.value) != values.end()) continue;
        values.push_back(tally.vote.value);
        if (values.size() > 1 && !conflict_) conflict_ = slot;
    }
}

std::optional<Voters> Witness::voters(Slot slot) const {
    if (slot > reference_.applied() + settings_.alpha) return std::nullopt;
    return std::prev(eras_.upper_bound(slot))->second;
}

// Counted by hand: not with the code that is judged.
bool Witness::suffices(const Voters& voters, std::size_t count) const {
    return std::visit(Overload{
                          [&](const Sizes& sizes) { return count >= sizes.phase2; },
                          [&](const UnsafeSizes& sizes) { return count >= sizes.phase2; },
                          [&](const auto&) { return 2 * count > voters.size(); },
                      },
                      settings_.quorums);
}

std::vector<Tally> Witness::tallies(Slot slot) const {
    const auto at = tallies_.find(slot);
    if (at == tallies_.end()) return {};
    std::vector<Tally> all = at->second;
    const std::optional<Voters> voters = this->voters(slot);
    for (Tally& tally : all) {
        if (!voters) continue;
        std::ranges::set_intersection(tally.by, *voters, std::back_inserter(tally.voters));
        tally.chosen = suffices(*voters, tally.voters.size());
    }
    return all;
}

std::vector<Value> Witness::chosen(Slot slot) const {
    const auto at = chosen_.find(slot);
    return at == chosen_.end() ? std::vector<Value>{} : at->second;
}

Ballot Witness::promised(NodeId node) const {
    const auto seen = nodes_.find(node);
    return seen == nodes_.end() ? Ballot{} : seen->second.promised;
}

std::optional<HeldVote> Witness::accepted(NodeId node, Slot slot) const {
    const auto seen = nodes_.find(node);
    if (seen == nodes_.end() || slot <= seen->second.trimmed) return std::nullopt;
    const auto vote = seen->second.accepted.find(slot);
    if (vote == seen->second.accepted.end()) return std::nullopt;
    return vote->second;
}

std::optional<HeldVote> Witness::voted(NodeId node, Slot slot) const {
    const auto seen = nodes_.find(node);
    if (seen == nodes_.end()) return std::nullopt;
    const auto vote = seen->second.voted.find(slot);
    if (vote == seen->second.voted.end()) return std::nullopt;
    return vote->second;
}

bool Witness::refused(NodeId by, NodeId of, Kind kind) const {
    return refused_.contains({by, of, kind});
}

std::vector<Kind> Witness::refused(NodeId by, NodeId of) const {
    std::vector<Kind> kinds;
    for (const auto& [node, other, kind] : refused_) {
        if (node == by && other == of) kinds.push_back(kind);
    }
    return kinds;
}

}  // namespace decree::sim::scenario
