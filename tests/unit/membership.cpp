#include "core/paxos/membership.hpp"

#include <gtest/gtest.h>

#include "core/contract.hpp"

namespace decree {
namespace {

const Voters old_ones{NodeId{1}, NodeId{2}, NodeId{3}};
const Voters new_ones{NodeId{2}, NodeId{3}, NodeId{4}};

/// Applies slots through `last`, none of which changes the voters.
void apply_through(Membership& membership, std::uint64_t last) {
    while (membership.applied() < Slot{last}) {
        const Slot slot = next(membership.applied());
        EXPECT_FALSE(membership.apply(slot, membership.voters(membership.horizon())));
    }
}

/// Goal: the founders vote in the first alpha slots, and nobody is known beyond.
/// Method: ask at both edges of the window, and beside them.
TEST(Membership, FoundersGovernTheFirstWindow) {
    const Membership membership(old_ones, 3);
    EXPECT_EQ(membership.applied(), Slot{0});
    EXPECT_EQ(membership.horizon(), Slot{3});
    EXPECT_EQ(membership.alpha(), 3U);
    EXPECT_EQ(membership.voters(Slot{1}), old_ones);
    EXPECT_EQ(membership.voters(Slot{3}), old_ones);
    EXPECT_THROW(static_cast<void>(membership.voters(Slot{4})), ContractViolation);
    EXPECT_THROW(static_cast<void>(membership.voters(Slot{0})), ContractViolation);
}

/// Goal: a change made in slot s governs from slot s + alpha, not earlier.
/// Method: change in slot 2 with alpha 3; look at slots 4 and 5.
TEST(Membership, ChangeGovernsAfterAlphaSlots) {
    Membership membership(old_ones, 3);
    EXPECT_FALSE(membership.apply(Slot{1}, old_ones));
    EXPECT_TRUE(membership.apply(Slot{2}, new_ones));
    EXPECT_EQ(membership.horizon(), Slot{5});
    EXPECT_EQ(membership.voters(Slot{4}), old_ones);
    EXPECT_EQ(membership.voters(Slot{5}), new_ones);
    EXPECT_FALSE(membership.apply(Slot{3}, new_ones));
    EXPECT_EQ(membership.voters(Slot{6}), new_ones);
}

/// Goal: with alpha 1 a change governs the very next slot.
/// Method: change in slot 1.
TEST(Membership, AlphaOneChangesTheNextSlot) {
    Membership membership(old_ones, 1);
    EXPECT_TRUE(membership.apply(Slot{1}, new_ones));
    EXPECT_EQ(membership.voters(Slot{2}), new_ones);
    EXPECT_EQ(membership.voters(Slot{1}), old_ones);
}

/// Goal: a leader sees all distinct sets of voters that are still open, and who is in any of them.
/// Method: two changes inside one window; look from before, between and after them.
TEST(Membership, ErasOfOpenSlots) {
    Membership membership(old_ones, 4);
    membership.apply(Slot{1}, new_ones);           // From slot 5 on.
    membership.apply(Slot{2}, Voters{NodeId{5}});  // From slot 6 on.
    ASSERT_EQ(membership.eras(Slot{3}).size(), 3U);
    EXPECT_EQ(membership.eras(Slot{3})[1], (Era{Slot{5}, new_ones}));
    EXPECT_EQ(membership.eras(Slot{5}).size(), 2U);
    EXPECT_EQ(membership.eras(Slot{6}).size(), 1U);
    EXPECT_TRUE(membership.votes_from(Slot{4}, NodeId{1}));
    EXPECT_FALSE(membership.votes_from(Slot{5}, NodeId{1}));
    EXPECT_TRUE(membership.votes_from(Slot{3}, NodeId{5}));
    EXPECT_FALSE(membership.votes_from(Slot{3}, NodeId{6}));
    EXPECT_TRUE(membership.change_pending(Slot{5}));
    EXPECT_FALSE(membership.change_pending(Slot{6}));
}

/// Goal: a first slot outside of what is known is answered by the nearest era.
/// Method: beyond the horizon (more is known chosen than applied), and before all known eras.
TEST(Membership, ErasOfSlotsOutsideTheWindow) {
    Membership membership(old_ones, 2);
    membership.apply(Slot{1}, new_ones);
    EXPECT_EQ(membership.eras(Slot{9}).size(), 1U);
    EXPECT_TRUE(membership.votes_from(Slot{9}, NodeId{4}));
    EXPECT_FALSE(membership.votes_from(Slot{9}, NodeId{1}));
    EXPECT_EQ(membership.eras(Slot{0}).size(), 2U);
}

/// Goal: going back on a change before it governs leaves the slots between under the new voters.
/// Method: change in slot 1, back in slot 3, alpha 4.
TEST(Membership, ChangeAndBackAreTwoChanges) {
    Membership membership(old_ones, 4);
    EXPECT_TRUE(membership.apply(Slot{1}, new_ones));
    EXPECT_FALSE(membership.apply(Slot{2}, new_ones));
    EXPECT_TRUE(membership.apply(Slot{3}, old_ones));
    EXPECT_EQ(membership.voters(Slot{4}), old_ones);
    EXPECT_EQ(membership.voters(Slot{5}), new_ones);
    EXPECT_EQ(membership.voters(Slot{6}), new_ones);
    EXPECT_EQ(membership.voters(Slot{7}), old_ones);
}

/// Goal: what governs no open slot is forgotten, and no more than that.
/// Method: forget before the last slot of the old voters, then before the first of the new.
TEST(Membership, ForgetsClosedErasOnly) {
    Membership membership(old_ones, 2);
    membership.apply(Slot{1}, new_ones);  // From slot 3 on.
    apply_through(membership, 5);
    membership.forget_before(Slot{2});
    EXPECT_EQ(membership.voters(Slot{2}), old_ones);
    membership.forget_before(Slot{3});
    EXPECT_THROW(static_cast<void>(membership.voters(Slot{2})), ContractViolation);
    EXPECT_EQ(membership.voters(Slot{3}), new_ones);
    membership.forget_before(Slot{100});
    EXPECT_EQ(membership.voters(membership.horizon()), new_ones);
}

/// Goal: a membership restored from its eras is the one that was saved.
/// Method: save with a change pending; compare values and digests; both apply the same slot.
TEST(Membership, IsRestoredFromItsEras) {
    Membership membership(old_ones, 3);
    membership.apply(Slot{1}, new_ones);
    const auto eras = membership.eras(Slot{2});
    Membership restored({eras.begin(), eras.end()}, Slot{1}, 3);
    EXPECT_EQ(restored, membership);
    EXPECT_EQ(restored.digest(), membership.digest());
    EXPECT_EQ(restored.apply(Slot{2}, old_ones), membership.apply(Slot{2}, old_ones));
    EXPECT_EQ(restored, membership);
}

/// Goal: the digest sees every part.
/// Method: other voters, another position, another alpha.
TEST(Membership, DigestSeesEveryPart) {
    const Membership base(old_ones, 3);
    Membership applied(old_ones, 3);
    applied.apply(Slot{1}, old_ones);
    EXPECT_NE(base.digest(), applied.digest());
    EXPECT_NE(base.digest(), Membership(new_ones, 3).digest());
    EXPECT_NE(base.digest(), Membership(old_ones, 4).digest());
}

/// Goal: what can only be a mistake of the caller is one.
/// Method: a slot skipped, one applied twice, no voters, no alpha, eras out of order or unknown.
TEST(Membership, ImpossibleStatesAreViolations) {
    Membership membership(old_ones, 3);
    EXPECT_THROW(membership.apply(Slot{2}, old_ones), ContractViolation);
    membership.apply(Slot{1}, old_ones);
    EXPECT_THROW(membership.apply(Slot{1}, old_ones), ContractViolation);
    EXPECT_THROW(membership.apply(Slot{2}, {}), ContractViolation);
    EXPECT_THROW(Membership({}, 3), ContractViolation);
    EXPECT_THROW(Membership(old_ones, 0), ContractViolation);
    const Era early{Slot{1}, old_ones};
    const Era late{Slot{5}, new_ones};
    EXPECT_NO_THROW(Membership({early, late}, Slot{2}, 3));
    EXPECT_THROW(Membership({early, late}, Slot{1}, 3), ContractViolation);
    EXPECT_THROW(Membership({late, early}, Slot{4}, 3), ContractViolation);
    EXPECT_THROW(Membership({late}, Slot{3}, 3), ContractViolation);
    EXPECT_THROW(Membership({Era{Slot{1}, {NodeId{2}, NodeId{1}}}}, Slot{1}, 3), ContractViolation);
}

}  // namespace
}  // namespace decree
