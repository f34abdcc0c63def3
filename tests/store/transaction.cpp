#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

Write remove(const std::string& path) { return RemoveFile{path}; }

/// Goal: k writes take k revisions that follow one another, one event each, one group; the answer
/// is the last. Method: three writes after another revision.
TEST(Transaction, WritesTakeConsecutiveRevisions) {
    SmallStore store;
    store.set("/a", 0, "old");
    const CommandAnswer done =
        store.run(Transact{{}, {put("/a", "new"), put("/b", "x"), remove("/a")}});
    EXPECT_EQ(done.code, Code::Ok);
    EXPECT_EQ(done.revision, Revision{4});
    for (std::int64_t r = 2; r <= 4; ++r) EXPECT_EQ(store.event(r).group, Revision{4});
    EXPECT_EQ(store.event(1).group, Revision{1});
    EXPECT_EQ(store.get("/a", Revision{2}), "new");
    EXPECT_EQ(store.event(4).kind, EventKind::Del);
    EXPECT_EQ(store.get("/a"), "(missing)");
    EXPECT_EQ(store.revision_of("/b"), Revision{3});
}

/// Goal: nothing is written unless all compares hold and all writes can be done; the answer names
/// the part, and the refusal takes one revision.
/// Method: a compare and a write that fail, each behind parts that do not.
TEST(Transaction, IsAllOrNothing) {
    SmallStore store;
    store.set("/a", 0, "x");
    store.set("/d/e", 0, "x");
    const CommandAnswer compared = store.run(Transact{
        {CompareFile{"/d/e", Revision{2}}, CompareFile{"/a", Revision{0}}}, {put("/n", "x")}});
    EXPECT_EQ(compared.code, Code::RevMismatch);
    EXPECT_EQ(compared.part, 1U);
    EXPECT_EQ(store.get("/ctl/err"), "rev mismatch");
    const CommandAnswer written =
        store.run(Transact{{CompareFile{"/a", clobber}}, {put("/n", "x"), put("/d", "y")}});
    EXPECT_EQ(written.code, Code::IsDir);
    EXPECT_EQ(written.part, 2U);
    EXPECT_EQ(store.get("/n"), "(missing)");
    EXPECT_EQ(store.revision(), 4);
    EXPECT_EQ(store.run(Transact{{}, {put("/n", "x"), put("/n/below", "y")}}).code, Code::NotDir);
}

/// Goal: a transaction of compares only changes nothing and takes no revision.
/// Method: one that holds, and one that does not.
TEST(Transaction, CanOnlyCompare) {
    SmallStore store;
    store.set("/a", 0, "x");
    const CommandAnswer done = store.run(Transact{{CompareFile{"/a", Revision{1}}}, {}});
    EXPECT_EQ(done.code, Code::Ok);
    EXPECT_EQ(done.revision, Revision{1});
    const CommandAnswer refused =
        store.run(Transact{{CompareFile{"/a", clobber}, CompareFile{"/a", missing}}, {}});
    EXPECT_EQ(refused.code, Code::RevMismatch);
    EXPECT_EQ(refused.part, 1U);
    EXPECT_EQ(store.revision(), 1);
    EXPECT_EQ(store.get("/ctl/err"), "(missing)");
}

/// Goal: a subtree's revision is the last change at or below it, deletions included, also when
/// everything is gone; it is never lower than the truth.
/// Method: set, delete, empty and fill a directory; what is beside it does not count.
TEST(Transaction, ComparesWholeSubtrees) {
    SmallStore store;
    store.set("/d/a", 0, "x");
    store.set("/d/b", 0, "x");
    store.set("/e/a", 0, "x");
    const auto rev = [&](const char* path) {
        return store.ask(SubtreeRev{path, {}}).revision.value;
    };
    EXPECT_EQ(rev("/d"), 2);
    EXPECT_EQ(rev("/d/a"), 1);
    EXPECT_EQ(rev("/"), 3);
    store.del("/d/b", -1);
    EXPECT_EQ(rev("/d"), 4);
    store.nop();
    store.del("/d/nope", -1);
    EXPECT_EQ(rev("/d"), 4);
    EXPECT_EQ(store.ask(SubtreeRev{"/d", Revision{3}}).revision, Revision{2});
    store.del("/d/a", -1);
    EXPECT_EQ(rev("/d"), 7);
    const auto guarded = [&](std::int64_t revision) {
        return store.run(Transact{{CompareSubtree{"/d", Revision{revision}}}, {put("/g", "x")}})
            .code;
    };
    EXPECT_EQ(guarded(6), Code::RevMismatch);
    EXPECT_EQ(guarded(store.revision()), Code::Ok);
    EXPECT_EQ(guarded(-1), Code::Ok);
}

/// Goal: a file that an operator sets twice in one transaction is set twice.
/// Method: look at both events.
TEST(Transaction, WritesSeeEarlierOnes) {
    SmallStore store;
    store.run(Transact{{}, {put("/a", "1"), put("/a", "2"), remove("/a"), put("/a/b", "3")}});
    EXPECT_EQ(store.get("/a/b"), "3");
    EXPECT_EQ(store.get("/a", Revision{1}), "1");
    EXPECT_EQ(store.get("/a", Revision{2}), "2");
}

/// Goal: there is a bound on the parts of a transaction, and it is told.
/// Method: one more than allowed; no revision is taken.
TEST(Transaction, HasABoundOfParts) {
    StoreSettings settings;
    settings.limits.transaction_parts = 3;
    SmallStore store(settings);
    const Transact four{{CompareFile{"/a", clobber}},
                        {put("/a", ""), put("/b", ""), put("/c", "")}};
    EXPECT_EQ(store.run(four).detail, "transaction exceeds 3 parts");
    EXPECT_EQ(store.revision(), 0);
}

}  // namespace
}  // namespace decree::store
