/// Past and future revisions.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

StoreSettings kept(std::uint64_t history) {
    StoreSettings settings;
    settings.history = history;
    return settings;
}

/// Goal: with the store at R and H revisions kept, R - H + 1 is the first that can be read; before
/// is too late, beyond R is not yet.
/// Method: both edges, at several R.
TEST(History, KeepsExactlyItsLength) {
    SmallStore store(kept(5));
    for (int i = 1; i <= 20; ++i) {
        store.set("/f", -1, std::to_string(i));
        const std::int64_t first = std::max(1, i - 4);
        EXPECT_EQ(store.history().first().value, first);
        EXPECT_EQ(store.get("/f", Revision{first}), std::to_string(first));
        EXPECT_EQ(store.get("/f", Revision{i}), std::to_string(i));
        if (first > 1) {
            EXPECT_EQ(store.get("/f", Revision{first - 1}), "TOO_LATE");
        }
        EXPECT_EQ(store.ask(Get{"/f", Revision{i + 1}}).code, Code::NotYet);
    }
}

/// Goal: a revision below 1 is revision 1, not "now"; once that is gone it is too late.
/// Method: read at 0 and at -7, before and after trimming.
TEST(History, BelowOneIsOne) {
    SmallStore store(kept(3));
    store.set("/f", -1, "one");
    store.set("/f", -1, "two");
    EXPECT_EQ(store.get("/f", Revision{0}), "one");
    EXPECT_EQ(store.get("/f", Revision{-7}), "one");
    store.nop();
    store.nop();
    EXPECT_EQ(store.get("/f", Revision{0}), "TOO_LATE");
    EXPECT_EQ(store.get("/f"), "two");
}

/// Goal: the revision of a file read in the past is that of the file, not that of the store.
/// Method: read it later.
TEST(History, OldFilesHaveTheirOwnRevision) {
    SmallStore store;
    store.set("/f", -1, "x");
    store.nop();
    store.nop();
    EXPECT_EQ(store.ask(Get{"/f", Revision{2}}).entries.at(0).revision, Revision{1});
    EXPECT_EQ(store.ask(Get{"/f", Revision{2}}).revision, Revision{2});
}

/// Goal: though few revisions keep their tree, each retained one has it; and what is in a snapshot
/// does not depend on which ones do.
/// Method: sets and deletions of a few files, over several stretches; the tree of each revision,
/// noted when it was the present, against the one that is made later, from the last to the first,
/// also in a store that was restored in between.
TEST(History, EveryRevisionHasItsTree) {
    constexpr std::uint64_t length = 250;
    SmallStore store(kept(length));
    SmallStore other(kept(length));
    std::vector<std::uint64_t> digests{store.state().tree().digest()};
    for (int i = 1; i <= 2500; ++i) {
        const std::string path = "/d/" + std::to_string(i * 7 % 31);
        if (i % 5 == 0)
            store.del(path, -1);
        else
            store.set(path, -1, std::to_string(i));
        digests.push_back(store.state().tree().digest());
        if (i % 193 != 0) continue;
        ASSERT_TRUE(other.restore(store.snapshot()));
        EXPECT_EQ(other.state().digest(), store.state().digest());
        EXPECT_EQ(other.snapshot(), store.snapshot());
        for (const SmallStore* each : {&store, &other}) {
            for (Revision r = each->history().last(); r >= previous(each->history().first());
                 r = previous(r)) {
                ASSERT_EQ(each->history().tree_at(r).digest(),
                          digests[static_cast<std::size_t>(r.value)])
                    << r.value;
            }
        }
    }
}

/// Goal: writes are never too late: their revision is only compared with the file's.
/// Method: a compare-and-set with a revision that is not retained any more.
TEST(History, WritesAreNeverTooLate) {
    SmallStore store(kept(2));
    store.set("/f", 0, "x");
    for (int i = 0; i < 9; ++i) store.nop();
    EXPECT_EQ(store.set("/f", 1, "y").code, Code::Ok);
}

/// Goal: what one slot does can be read and watched after it, however much it is; the next slot
/// trims it.
/// Method: more revisions in one slot than are kept.
TEST(History, ASlotIsKeptWhole) {
    SmallStore store(kept(2));
    store.slot(std::vector<StoreCommand>(7, Nop{}));
    EXPECT_EQ(store.history().size(), 7U);
    store.idle();
    EXPECT_EQ(store.history().size(), 2U);
}

/// Goal: history that holds much is shorter than its length says.
/// Method: a limit of bytes that a few values reach; the last revision always stays.
TEST(History, IsBoundedInBytes) {
    StoreSettings settings = kept(100);
    settings.history_bytes = 1000;
    SmallStore store(settings);
    for (int i = 0; i < 10; ++i) store.set("/f", -1, std::string(266, 'v'));
    EXPECT_EQ(store.history().size(), 3U);
    store.set("/f", -1, std::string(5000, 'v'));
    EXPECT_EQ(store.history().size(), 1U);
}

/// Goal: large values are not held for long after their revisions are retained no more; and those
/// that are retained are read as they were.
/// Method: 20 MB of writes with a history of three; is a file that the first of them overwrote
/// still held?
TEST(History, HoldsFewLargeValues) {
    SmallStore store(kept(3));
    store.set("/f", 0, "first");
    const Shared<const Item> first = *store.state().tree().root().items.find("f");
    while (store.revision() < 64) store.nop();
    const auto text = [](Revision r) {
        return std::string(200'000, static_cast<char>('a' + r.value % 26));
    };
    EXPECT_FALSE(first.alone());
    while (store.revision() < 164) {
        store.set("/f", -1, text(next(store.state().revision())));
        const History& history = store.history();
        for (Revision r = std::max(history.first(), Revision{65}); r <= history.last();
             r = next(r)) {
            ASSERT_EQ(store.get("/f", r), text(r));
        }
    }
    EXPECT_TRUE(first.alone());
}

/// Goal: two stores of which one is a copy of the other go on independently of each other, and each
/// has all its revisions.
/// Method: copy in the middle of a stretch, write to both, and read old and new revisions.
TEST(History, CopiesGoOn) {
    SmallStore store(kept(100));
    for (int i = 1; i <= 20; ++i) store.set("/f", -1, std::to_string(i));
    State copy = store.state();
    store.set("/f", -1, "mine");
    Tree tree = copy.history.take_now();
    const Event other{.revision = Revision{21},
                      .group = Revision{21},
                      .kind = EventKind::Set,
                      .path = "/f",
                      .value = text("other"),
                      .session = {},
                      .lock = false};
    redo(other, tree);
    copy.history.push(other, std::move(tree));
    store.set("/f", -1, "mine again");
    const auto read = [](const State& state, std::int64_t revision) {
        return text_of(state.history.tree_at(Revision{revision}).find("/f").file->value);
    };
    for (const State* each : {static_cast<const State*>(&copy), &store.state()}) {
        for (int i = 1; i <= 20; ++i) EXPECT_EQ(read(*each, i), std::to_string(i));
    }
    EXPECT_EQ(read(copy, 21), "other");
    EXPECT_EQ(copy.history.last(), Revision{21});
    EXPECT_EQ(read(store.state(), 21), "mine");
    EXPECT_EQ(read(store.state(), 22), "mine again");
}

/// Goal: a shorter history is in force at once.
/// Method: change the setting, and read.
TEST(History, ItsLengthIsASetting) {
    SmallStore store(kept(10));
    for (int i = 0; i < 10; ++i) store.nop();
    StoreSettings shorter = kept(3);
    EXPECT_EQ(store.run(Configure{shorter}).code, Code::Ok);
    EXPECT_EQ(store.history().first(), Revision{8});
    shorter.history = 0;
    EXPECT_EQ(store.run(Configure{shorter}).detail, "history must be 1 to 2147483648");
}

/// Goal: a much shorter history is in force after some slots: none of them forgets more than 4,096
/// revisions, and as many as it made.
/// Method: 10,000 revisions, of which then one is kept.
TEST(History, IsForgottenInParts) {
    SmallStore store(kept(10'000));
    for (int i = 0; i < 10; ++i) store.slot(std::vector<StoreCommand>(1000, Nop{}));
    store.run(Configure{kept(1)});
    EXPECT_EQ(store.history().size(), 10'000U - 4096U);
    store.slot(std::vector<StoreCommand>(10, Nop{}));
    EXPECT_EQ(store.history().size(), 10'000U - 2 * 4096U);
    store.idle();
    EXPECT_EQ(store.history().size(), 1U);
}

/// Goal: where nobody says otherwise, 2,000 revisions can be read, as with Doozer.
/// Method: one more than that.
TEST(History, KeepsTwoThousandByDefault) {
    SmallStore store;
    store.slot(std::vector<StoreCommand>(2000, Nop{}));
    EXPECT_EQ(store.ask(Get{"/f", Revision{1}}).code, Code::Ok);
    store.nop();
    EXPECT_EQ(store.get("/f", Revision{1}), "TOO_LATE");
    EXPECT_EQ(store.ask(Get{"/f", Revision{2}}).code, Code::Ok);
}

/// Goal: reads in the past see what was there, in listings and walks, too.
/// Method: delete and add; compare with before.
TEST(History, PastsAreWholeTrees) {
    SmallStore store;
    store.set("/d/a", 0, "x");
    store.set("/d/b", 0, "x");
    store.del("/d/a", -1);
    EXPECT_EQ(store.ask(GetDir{"/d", 0, Revision{2}, 9}).entries.size(), 2U);
    EXPECT_EQ(store.ask(GetDir{"/d", 0, {}, 9}).entries.size(), 1U);
    EXPECT_EQ(store.ask(Walk{"/d/*", 0, Revision{1}, 9}).entries.size(), 1U);
    EXPECT_EQ(store.ask(Walk{"/d/*", 0, Revision{2}, 9}).entries.size(), 2U);
    EXPECT_EQ(store.ask(Stat{"/d", Revision{2}}).entries.at(0).length, 2U);
}

}  // namespace
}  // namespace decree::store
