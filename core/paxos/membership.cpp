#include "core/paxos/membership.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree {

namespace {

bool are_voters(const Voters& voters) {
    const bool ascend =
        std::ranges::adjacent_find(voters, std::ranges::greater_equal{}) == voters.end();
    return !voters.empty() && ascend;
}

/// The number of the era that governs `slot`; the first for all slots before it.
std::size_t era_at(const std::vector<Era>& eras, Slot slot) {
    if (eras.size() == 1) [[likely]]
        return 0;
    const auto later = std::ranges::upper_bound(eras, slot, {}, &Era::from);
    const auto begun = static_cast<std::size_t>(later - eras.begin());
    return begun == 0 ? 0 : begun - 1;
}

}  // namespace

Membership::Membership(Voters voters, std::uint64_t alpha)
    : Membership(std::vector{Era{.from = Slot{1}, .voters = std::move(voters)}}, Slot{}, alpha) {}

Membership::Membership(std::vector<Era> eras, Slot applied, std::uint64_t alpha)
    : eras_(std::move(eras)), applied_(applied), alpha_(alpha) {
    ENSURE(alpha_ >= 1, "the voters of the next slot are known");
    ENSURE(!eras_.empty() && eras_.front().from <= next(applied_),
           "the voters of the next slot are known");
    ENSURE(eras_.back().from <= horizon(), "voters are known through the horizon only");
    ENSURE(
        std::ranges::adjacent_find(eras_, std::ranges::greater_equal{}, &Era::from) == eras_.end(),
        "eras ascend");
    ENSURE(std::ranges::all_of(eras_, are_voters, &Era::voters),
           "each slot has voters, ascending and no one twice");
    const auto same = std::ranges::unique(eras_, {}, &Era::voters);
    eras_.erase(same.begin(), same.end());
}

bool Membership::apply(Slot slot, const Voters& voters) {
    ENSURE(slot == next(applied_), "slots are applied in order, each once");
    applied_ = slot;
    if (voters == eras_.back().voters) return false;
    ENSURE(are_voters(voters), "each slot has voters, ascending and no one twice");
    eras_.push_back(Era{.from = horizon(), .voters = voters});
    return true;
}

const Voters& Membership::voters(Slot slot) const {
    ENSURE(eras_.front().from <= slot && slot <= horizon(), "only known voters are asked for");
    return eras_[era_at(eras_, slot)].voters;
}

std::span<const Era> Membership::eras(Slot first) const {
    return std::span(eras_).subspan(era_at(eras_, first));
}

bool Membership::votes_from(Slot first, NodeId node) const {
    return std::ranges::any_of(eras(first), [node](const Era& era) {
        return std::ranges::binary_search(era.voters, node);
    });
}

bool Membership::change_pending(Slot first) const { return eras(first).size() > 1; }

void Membership::forget_before(Slot first) {
    const std::size_t forgotten = era_at(eras_, first);
    if (forgotten == 0) return;
    eras_.erase(eras_.begin(), std::next(eras_.begin(), static_cast<std::ptrdiff_t>(forgotten)));
}

std::uint64_t Membership::digest() const {
    return digest_of(alpha_, digest_of(applied_, digest_of(eras_)));
}

}  // namespace decree
