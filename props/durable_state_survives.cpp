#include "props/durable_state_survives.hpp"

#include <algorithm>

#include "props/words.hpp"

namespace decree::props {

namespace {

constexpr std::string_view durable_state_survives_property = "DurableStateSurvives";

std::optional<Violation> heads_survive(NodeId node, const DiskState& must, Position through,
                                       const Recovered& disk) {
    if (disk.place.end < through) {
        return violated(durable_state_survives_property, "Journal",
                        words("the journal of ", node, " was durable through ", through,
                              ", and is read only through ", disk.place.end));
    }
    if (disk.heads.promised < must.promised) {
        return violated(durable_state_survives_property, "Promise",
                        words(node, " had durably promised ballot ", must.promised,
                              ", and its disk shows ", disk.heads.promised));
    }
    if (disk.heads.incarnation < must.incarnation) {
        return violated(durable_state_survives_property, "Incarnation",
                        words(node, " had durably started as incarnation ", must.incarnation,
                              ", and its disk shows ", disk.heads.incarnation));
    }
    const Slot snapshot = disk.snapshot ? disk.snapshot->through : Slot{};
    const bool damaged = !disk.damage.empty();
    // What the snapshot stood for may still be in the journal.
    Slot told = std::max({snapshot, disk.watermark, disk.doubt_through});
    for (const RecoveredSlot& found : disk.slots) {
        if (found.slot == next(told)) told = found.slot;
    }
    if (damaged ? told < must.snapshot_replaces : snapshot < must.snapshot_through) {
        return violated(durable_state_survives_property, "Snapshot",
                        words(node, " had a durable snapshot through slot ", must.snapshot_through,
                              ", for records through ", must.snapshot_replaces,
                              ", and its disk shows one through ", snapshot,
                              ", and holds or doubts what is above through ", told));
    }
    if (!damaged && disk.watermark < must.watermark) {
        return violated(durable_state_survives_property, "Watermark",
                        words(node, " durably knew slots through ", must.watermark,
                              " chosen, and its disk shows that only through ", disk.watermark));
    }
    return std::nullopt;
}

/// What is damaged may be gone, where it is known to be in doubt, or chosen anyway.
bool told_of(const Recovered& disk, Slot slot, const RecoveredSlot* found) {
    if (disk.damage.empty()) return false;
    return slot <= std::max(disk.watermark, disk.doubt_through) ||
           (found != nullptr && found->chosen);
}

/// A doubt that was told ends with what was chosen, and not with another start.
std::optional<Violation> doubt_survives(NodeId node, const DiskState& must, const Recovered& disk) {
    Slot known = disk.snapshot ? disk.snapshot->through : Slot{};
    known = std::max({known, disk.doubt_through, disk.damage.empty() ? disk.watermark : Slot{}});
    for (const RecoveredSlot& found : disk.slots) {
        if (found.slot == next(known) && found.chosen) known = found.slot;
    }
    if (known >= must.doubted) return std::nullopt;
    return violated(durable_state_survives_property, "Doubt",
                    words(node, " may have forgotten votes in slots through ", must.doubted,
                          ", and its disk tells so only through ", known));
}

/// A doubt about more than was ever held keeps a node silent for nothing, for as long as it may
/// take until so much is chosen.
std::optional<Violation> doubts_what_it_held(NodeId node, const DiskState& must,
                                             const Recovered& disk) {
    const Slot held = std::max({must.held, must.end(), must.watermark, must.snapshot_through,
                                must.snapshot_recorded, must.doubt_told});
    if (disk.doubt_through <= held) return std::nullopt;
    return violated(durable_state_survives_property, "DoubtTooFar",
                    words(node, " held votes in slots through ", held,
                          ", and doubts slots through ", disk.doubt_through));
}

std::optional<Violation> slot_survives(NodeId node, Slot slot, const DiskEntry* must,
                                       const RecoveredSlot* found) {
    if (must == nullptr && found == nullptr) return std::nullopt;
    const bool same = must != nullptr && found != nullptr && must->ballot == found->ballot &&
                      must->digest == found->value.digest();
    if (same) return std::nullopt;
    const std::string expected =
        must == nullptr ? std::string("nothing") : words("a record of ballot ", must->ballot);
    const std::string shown = found == nullptr
                                  ? std::string("nothing")
                                  : words("ballot ", found->ballot, ", ", found->value);
    return violated(
        durable_state_survives_property, found == nullptr ? "VoteLost" : "VoteOther",
        words(node, " durably held ", expected, " in slot ", slot, ", and its disk shows ", shown));
}

}  // namespace

std::optional<Violation> durable_state_survives(NodeId node, const DiskState& must,
                                                Position through, const Recovered& disk) {
    if (auto lost = heads_survive(node, must, through, disk)) return lost;
    if (auto lost = doubt_survives(node, must, disk)) return lost;
    if (auto wrong = doubts_what_it_held(node, must, disk)) return wrong;
    const Slot snapshot = disk.snapshot ? disk.snapshot->through : Slot{};
    const Slot last = std::max(must.end(), disk.slots.empty() ? Slot{} : disk.slots.back().slot);
    auto found = disk.slots.begin();
    for (Slot slot = next(std::max(snapshot, must.forgotten_through())); slot <= last;
         slot = next(slot)) {
        while (found != disk.slots.end() && found->slot < slot) ++found;
        const bool there = found != disk.slots.end() && found->slot == slot;
        const RecoveredSlot* const shown = there ? &*found : nullptr;
        if (told_of(disk, slot, shown)) continue;
        if (auto wrong = slot_survives(node, slot, must.find(slot), shown)) return wrong;
    }
    return std::nullopt;
}

}  // namespace decree::props
