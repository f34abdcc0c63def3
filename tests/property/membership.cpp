#include "core/paxos/membership.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/property/arbitrary.hpp"

namespace decree {
namespace {

/// The dumb twin: the voters of each slot, written down. The first is slot 1's.
using VotersBySlot = std::vector<Voters>;

/// One of few sets: a change, and a change back, are common.
Voters few_voters() {
    return *rc::gen::element(Voters{NodeId{1}}, Voters{NodeId{1}, NodeId{2}},
                             Voters{NodeId{2}, NodeId{3}});
}

void assert_same(const Membership& membership, const VotersBySlot& by_slot, Slot first) {
    RC_ASSERT(membership.horizon() == Slot{by_slot.size()});
    for (Slot slot = first; slot <= membership.horizon(); slot = next(slot)) {
        RC_ASSERT(membership.voters(slot) == by_slot.at(slot.value - 1));
    }
    const auto begin = by_slot.begin() + static_cast<std::ptrdiff_t>(first.value - 1);
    for (std::uint64_t node = 1; node <= 4; ++node) {
        const bool votes = std::any_of(begin, by_slot.end(), [&](const Voters& voters) {
            return std::ranges::count(voters, NodeId{node}) > 0;
        });
        RC_ASSERT(membership.votes_from(first, NodeId{node}) == votes);
    }
    const bool several =
        std::any_of(begin, by_slot.end(), [&](const Voters& voters) { return voters != *begin; });
    RC_ASSERT(membership.change_pending(first) == several);
}

/// The eras cover the slots from `first` on, each begins where its voters do, and neighbours
/// differ.
void assert_eras(const Membership& membership, const VotersBySlot& by_slot, Slot first) {
    const auto eras = membership.eras(first);
    RC_ASSERT(!eras.empty());
    RC_ASSERT(eras.front().from <= first);
    RC_ASSERT(eras.front().voters == by_slot.at(first.value - 1));
    for (std::size_t i = 1; i < eras.size(); ++i) {
        RC_ASSERT(first < eras[i].from);
        RC_ASSERT(eras[i - 1].from < eras[i].from);
        RC_ASSERT(eras[i - 1].voters != eras[i].voters);
        RC_ASSERT(eras[i].voters == by_slot.at(eras[i].from.value - 1));
    }
}

/// Goal: for every slot of the window, who votes is what was said alpha slots before.
/// Method: random voters after each slot, and a reference that writes down every slot's voters;
/// forget at random; restore from the eras, as from a snapshot, and compare.
RC_GTEST_PROP(MembershipProperty, IsAListOfVotersPerSlot, ()) {
    const auto alpha = *rc::gen::inRange<std::uint64_t>(1, 6);
    const Voters founders = few_voters();
    Membership membership(founders, alpha);
    VotersBySlot by_slot(alpha, founders);
    Slot first{1};  // The first that is not forgotten.
    bool changed = false;
    const auto slots = *rc::gen::inRange<std::uint64_t>(0, 40);
    for (Slot slot{1}; slot <= Slot{slots}; slot = next(slot)) {
        const Voters voters = *rc::gen::arbitrary<bool>() ? by_slot.back() : few_voters();
        const bool differs = voters != by_slot.back();
        changed = changed || differs;
        by_slot.push_back(voters);
        RC_ASSERT(membership.apply(slot, voters) == differs);
        if (*rc::gen::arbitrary<bool>()) {
            first = Slot{*rc::gen::inRange(first.value, slot.value + 2)};
            membership.forget_before(first);
            RC_ASSERT(membership.eras(Slot{0}).size() == membership.eras(first).size());
        }
        assert_same(membership, by_slot, first);
        assert_eras(membership, by_slot, first);
    }
    membership.forget_before(first);
    const auto eras = membership.eras(first);
    const Membership restored({eras.begin(), eras.end()}, membership.applied(), alpha);
    RC_ASSERT(restored == membership);
    RC_ASSERT(restored.digest() == membership.digest());
    RC_CLASSIFY(changed, "changed");
}

}  // namespace
}  // namespace decree
