/// What a real Doozer does wrong, and this store does right; more of it in files.cpp, members.cpp.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/store/watch.hpp"
#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

/// Goal: the defect "a write over 2,985 bytes is never answered, and blocks all later ones" is not
/// here.
/// Method: a value of 100,000 bytes, and a write after it.
TEST(Defects, LargeWritesAreAnswered) {
    SmallStore store;
    const std::string large(100'000, 'v');
    EXPECT_EQ(store.set("/large", 0, large).code, Code::Ok);
    EXPECT_EQ(store.get("/large"), large);
    EXPECT_EQ(store.set("/after", 0, "x").code, Code::Ok);
}

/// Goal: the defect "a no-op of another counts as a client's own" is not here: each has its own
/// revision, after all that was done before.
/// Method: two in one slot, behind a write.
TEST(Defects, NoopsAreBarriers) {
    SmallStore store;
    const auto answers = store.slot({Set{"/a", clobber, {}, {}}, Nop{}, Nop{}});
    EXPECT_EQ(answers.at(1).revision, Revision{2});
    EXPECT_EQ(answers.at(2).revision, Revision{3});
    EXPECT_EQ(store.get("/a", answers.at(1).revision), "");
}

/// Goal: the defect "a node that follows replays deletions as writes, and no-ops as errors" is not
/// here: both are in a snapshot's history as what they are.
/// Method: copy a store by snapshot, and look at its events and files.
TEST(Defects, DeletionsAndNoopsAreCopiedAsSuch) {
    SmallStore store;
    store.set("/gone", 0, "x");
    store.del("/gone", -1);
    store.nop();
    SmallStore other;
    ASSERT_TRUE(other.restore(store.snapshot()));
    EXPECT_EQ(other.event(2).kind, EventKind::Del);
    EXPECT_EQ(other.event(3).kind, EventKind::Nop);
    EXPECT_EQ(other.get("/gone"), "(missing)");
    EXPECT_EQ(other.get("/gone", Revision{1}), "x");
    EXPECT_EQ(other.revision_of("/ctl/err"), missing);
}

/// Goal: the defect "each retained revision holds its own copy of every directory on the path" is
/// not here: what a write does not touch is the very same file before and after.
/// Method: compare addresses of siblings; the changed file's differ.
TEST(Defects, RevisionsShareWhatDidNotChange) {
    SmallStore store;
    for (int i = 0; i < 100; ++i) store.set("/d/" + std::to_string(i), 0, "x");
    const Tree before = store.state().tree();
    store.set("/d/50", -1, "y");
    const Tree& after = store.state().tree();
    for (int i = 0; i < 100; ++i) {
        const std::string path = "/d/" + std::to_string(i);
        EXPECT_EQ(before.find(path).file == after.find(path).file, i != 50) << path;
    }
}

/// Goal: the defect "a wait whose client went away is kept until it matches" is not here.
/// Method: take it out, and let the match come.
TEST(Defects, AWaitGoesWithItsClient) {
    SmallStore store;
    Watches watches;
    const auto id =
        watches.add({.glob = "/a", .from = Revision{1}, .kind = WatchKind::Once, .mark_every = 0},
                    store.history(), store.state().settings);
    ASSERT_TRUE(id.has_value());
    watches.remove(*id);
    EXPECT_EQ(watches.size(), 0U);
    store.set("/a", 0, "x");
    watches.advance(store.history());
    EXPECT_TRUE(watches.ready().empty());
}

/// Goal: the defect "n files take n + 1 requests, each from the start" is not here: one question
/// gives many, and goes on where the last one ended.
/// Method: list and walk in pieces of seven.
TEST(Defects, ListingsComeInPieces) {
    SmallStore store;
    for (int i = 0; i < 20; ++i) store.set("/d/" + std::to_string(i), 0, "x");
    const auto count = [&](const auto& question) {
        std::size_t total = 0;
        std::size_t asked = 0;
        while (true) {
            auto next_question = question;
            next_question.offset = static_cast<std::int64_t>(total);
            next_question.most = 7;
            const QueryAnswer answer = store.ask(next_question);
            ++asked;
            if (answer.code == Code::Range) return std::pair{total, asked};
            total += answer.entries.size();
        }
    };
    EXPECT_EQ(count(GetDir{"/d", 0, Revision{20}, 0}), std::pair(std::size_t{20}, std::size_t{4}));
    EXPECT_EQ(count(Walk{"/d/*", 0, Revision{20}, 0}), std::pair(std::size_t{20}, std::size_t{4}));
}

/// Goal: the recipe for a master works: of two candidates one wins; when its session ends the other
/// sees it, waits out the delay, and wins with a higher token, which fences the first off.
/// Method: play it through.
TEST(Defects, TheRecipeForAMasterWorks) {
    StoreSettings settings;
    settings.shortest_session_us = 1;
    settings.lock_delay_us = 100;
    SmallStore store(settings);
    const SessionId one = store.open(1000);
    const SessionId two = store.open(5000);
    const CommandAnswer first = store.run(Acquire{"/master", one, text("one")});
    const CommandAnswer lost = store.run(Acquire{"/master", two, text("two")});
    EXPECT_EQ(lost.code, Code::RevMismatch);
    Watches watches;
    const auto id = watches.add(
        {.glob = "/master", .from = next(first.revision), .kind = WatchKind::Once, .mark_every = 0},
        store.history(), store.state().settings);
    ASSERT_TRUE(id.has_value());
    store.pass(1000);
    store.idle();
    const auto told = watches.take(*id, store.history());
    ASSERT_TRUE(told.has_value());
    EXPECT_EQ(told->events.at(0).kind, EventKind::Del);
    EXPECT_EQ(store.run(Acquire{"/master", two, text("two")}).detail, "lock delay");
    store.pass(100);
    const CommandAnswer second = store.run(Acquire{"/master", two, text("two")});
    EXPECT_EQ(second.code, Code::Ok);
    EXPECT_GT(second.revision, first.revision);
    EXPECT_EQ(store.run(KeepAlive{one}).detail, "no such session");
}

}  // namespace
}  // namespace decree::store
