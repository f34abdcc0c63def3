#include "sim/scenario/mail.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "sim/scenario/print.hpp"

namespace decree::sim::scenario {

std::optional<Label> label_of(const Envelope& envelope) {
    Label label{.kind = {}, .from = envelope.from, .to = envelope.to, .ballot = {}, .slot = {}};
    const auto is = [&](Kind kind, Ballot ballot, Slot slot) {
        label.kind = kind;
        label.ballot = ballot;
        label.slot = slot;
        return std::optional(label);
    };
    return std::visit(
        Overload{
            [&](const Prepare& m) { return is(Kind::Prepare, m.ballot, {}); },
            [&](const Promise& m) { return is(Kind::Promise, m.ballot, {}); },
            [&](const Accept& m) { return is(Kind::Accept, m.ballot, m.slot); },
            [&](const Accepted& m) { return is(Kind::Accepted, m.ballot, m.slot); },
            [&](const Nack& m) { return is(Kind::Nack, m.ballot, m.slot); },
            [&](const Heartbeat& m) {
                // Without a round no answer is wanted: it only tells how far the log is chosen.
                return is(m.round == Round{} ? Kind::Watermark : Kind::Heartbeat, m.ballot, {});
            },
            [&](const HeartbeatAnswer& m) { return is(Kind::HeartbeatOk, m.ballot, {}); },
            [&](const CatchUp&) { return is(Kind::CatchUp, {}, {}); },
            [&](const Decide& m) {
                if (m.entries.size() != 1) return std::optional<Label>{};
                return is(Kind::Decide, m.entries.front().ballot, m.entries.front().slot);
            },
            [&](const Chosen& m) { return is(Kind::Decide, m.ballot, m.slot); },
            [&](const SnapshotPiece& m) { return is(Kind::Snapshot, {}, m.through); },
            [](const auto&) { return std::optional<Label>{}; },
        },
        envelope.message);
}

std::string to_text(const Label& label) {
    return to_text(MessagePattern{
        .kind = label.kind,
        .from = label.from,
        .to = label.to,
        .ballot = label.ballot == Ballot{} ? std::nullopt : std::optional(label.ballot),
        .slot = label.slot == Slot{} ? std::nullopt : std::optional(label.slot)});
}

std::vector<Parcel> pack(const std::vector<Envelope>& envelopes, traces::MessageId first) {
    std::vector<Parcel> parcels;
    for (std::size_t i = 0; i < envelopes.size(); ++i) {
        const std::optional<Label> label = label_of(envelopes[i]);
        if (!label) continue;
        const bool goes_on = label->kind == Kind::Snapshot && !parcels.empty() &&
                             parcels.back().label == *label &&
                             std::get<SnapshotPiece>(envelopes[i].message).piece > 0;
        if (!goes_on) parcels.push_back({.label = *label, .numbers = {}, .pieces = {}});
        parcels.back().numbers.push_back(first + i);
        parcels.back().pieces.push_back(envelopes[i].message);
    }
    return parcels;
}

bool fits(const MessagePattern& pattern, const Label& label) {
    return pattern.kind == label.kind && pattern.from == label.from &&
           (!pattern.to || *pattern.to == label.to) &&
           (!pattern.ballot || *pattern.ballot == label.ballot) &&
           (!pattern.slot || *pattern.slot == label.slot);
}

void Mail::leave(const Parcel& parcel, bool in_flight) {
    different_.insert(parcel.label);
    if (parcel.label.kind == Kind::Accept || parcel.label.kind == Kind::Decide) {
        left_.push_back(parcel);
    }
    if (in_flight) in_flight_.push_back(parcel);
}

std::vector<Parcel> Mail::find(const MessagePattern& pattern) const {
    std::vector<Parcel> found;
    for (const Parcel& parcel : in_flight_) {
        if (!fits(pattern, parcel.label)) continue;
        found.push_back(parcel);
        if (pattern.to) break;
    }
    return found;
}

std::vector<Parcel> Mail::take(const MessagePattern& pattern) {
    const auto fitting = [&](const Label& label) { return fits(pattern, label); };
    if (!pattern.to) return take_if(fitting);
    std::vector<Parcel> taken;
    const auto oldest = std::ranges::find_if(in_flight_, fitting, &Parcel::label);
    if (oldest == in_flight_.end()) return taken;
    taken.push_back(std::move(*oldest));
    in_flight_.erase(oldest);
    return taken;
}

std::vector<Parcel> Mail::take_if(const std::function<bool(const Label&)>& wanted) {
    std::vector<Parcel> taken;
    std::vector<Parcel> stay;
    for (Parcel& parcel : in_flight_) {
        std::vector<Parcel>& to = wanted(parcel.label) ? taken : stay;
        to.push_back(std::move(parcel));
    }
    in_flight_ = std::move(stay);
    return taken;
}

const Parcel* Mail::latest(const MessagePattern& pattern) const {
    const Parcel* latest = nullptr;
    for (const Parcel& parcel : left_) {
        if (fits(pattern, parcel.label)) latest = &parcel;
    }
    return latest;
}

std::uint64_t Mail::different(Kind kind) const {
    return static_cast<std::uint64_t>(std::ranges::count(different_, kind, &Label::kind));
}

std::string Mail::list() const {
    constexpr std::size_t most = 40;
    if (in_flight_.empty()) return "nothing is in flight";
    std::string text = "in flight: ";
    for (std::size_t i = 0; i < in_flight_.size() && i < most; ++i) {
        if (i > 0) text += ", ";
        text += to_text(in_flight_[i].label);
    }
    if (in_flight_.size() > most) text += fmt::format(", and {} more", in_flight_.size() - most);
    return text;
}

}  // namespace decree::sim::scenario
