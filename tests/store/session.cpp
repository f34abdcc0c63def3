/// Sessions, ephemeral files and locks.

#include <string>

#include <gtest/gtest.h>

#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

StoreSettings quick() {
    StoreSettings settings;
    settings.shortest_session_us = 10;
    settings.longest_session_us = 1000;
    settings.lock_delay_us = 50;
    return settings;
}

/// Goal: a session ends in the slot whose stamp reaches its end, not before; its files go, in one
/// group, and a session without files takes no revision.
/// Method: step to one microsecond before, and to it.
TEST(Session, EndsWithItsFilesWhenTimeReachesItsEnd) {
    SmallStore store(quick());
    store.pass(5);
    const SessionId session = store.open(100);
    EXPECT_EQ(session, SessionId{1});
    EXPECT_EQ(store.open(100), SessionId{2});
    store.set("/e/b", 0, "x", session);
    store.set("/e/a", 0, "x", session);
    EXPECT_EQ(store.store().stamp_wanted(), ClusterTime{105});
    store.pass(99);
    store.idle();
    EXPECT_EQ(store.get("/e/a"), "x");
    store.pass(1);
    store.idle();
    EXPECT_EQ(store.get("/e/a"), "(missing)");
    EXPECT_EQ(store.revision(), 4);
    EXPECT_EQ(store.event(3).path, "/e/a");
    EXPECT_EQ(store.event(4).path, "/e/b");
    EXPECT_EQ(store.event(3).group, Revision{4});
    EXPECT_EQ(store.store().stamp_wanted(), std::nullopt);
}

/// Goal: a sign of life counts from the slot in which it is applied; one for a session that is
/// over, or has reached its end in that very slot, is refused.
/// Method: keep alive just before the end, and at it.
TEST(Session, LivesFromItsLastSignOfLife) {
    SmallStore store(quick());
    const SessionId session = store.open(100);
    store.pass(99);
    EXPECT_EQ(store.run(KeepAlive{session}).code, Code::Ok);
    EXPECT_EQ(store.ask(SessionInfo{session}).session_end, ClusterTime{199});
    store.pass(100);
    EXPECT_EQ(store.run(KeepAlive{session}).detail, "no such session");
    EXPECT_EQ(store.ask(SessionInfo{session}).session_end, ClusterTime{});
    EXPECT_EQ(store.run(KeepAlive{SessionId{7}}).detail, "no such session");
    EXPECT_EQ(store.revision(), 0);
}

/// Goal: time that stands still ends no session: leaders add none between them.
/// Method: many slots with the same stamp.
TEST(Session, NeverEndsWhileClusterTimeStands) {
    SmallStore store(quick());
    const SessionId session = store.open(10);
    store.set("/e", 0, "x", session);
    store.pass(9);
    store.idle(1000);
    EXPECT_EQ(store.get("/e"), "x");
}

/// Goal: a session closed by its owner takes its files along at once.
/// Method: close it; close it again.
TEST(Session, CanBeClosed) {
    SmallStore store(quick());
    const SessionId session = store.open(100);
    store.set("/e", 0, "x", session);
    EXPECT_EQ(store.run(CloseSession{session}).code, Code::Ok);
    EXPECT_EQ(store.get("/e"), "(missing)");
    EXPECT_EQ(store.run(CloseSession{session}).detail, "no such session");
}

/// Goal: a file belongs to the session that set it last: set by nobody's session it stays, set by
/// another's it goes with that one; a deleted file is no more bound.
/// Method: hand files over, then close the first session.
TEST(Session, FilesBelongToWhoSetThemLast) {
    SmallStore store(quick());
    const SessionId one = store.open(100);
    const SessionId two = store.open(100);
    for (const char* path : {"/stays", "/two", "/gone", "/one"}) store.set(path, 0, "x", one);
    store.set("/stays", -1, "y");
    store.set("/two", -1, "y", two);
    store.del("/gone", -1);
    store.set("/gone", 0, "again");
    store.run(CloseSession{one});
    EXPECT_EQ(store.get("/stays"), "y");
    EXPECT_EQ(store.get("/two"), "y");
    EXPECT_EQ(store.get("/gone"), "again");
    EXPECT_EQ(store.get("/one"), "(missing)");
    store.run(CloseSession{two});
    EXPECT_EQ(store.get("/two"), "(missing)");
}

/// Goal: a write for a session that is not open is refused like any write.
/// Method: alone, and in a transaction.
TEST(Session, MustBeOpenToOwn) {
    SmallStore store(quick());
    EXPECT_EQ(store.set("/e", 0, "x", SessionId{1}).detail, "no such session");
    EXPECT_EQ(store.get("/ctl/err"), "no such session");
    const Transact part{{}, {PutFile{"/a", text("x"), {}}, PutFile{"/e", text("x"), SessionId{1}}}};
    EXPECT_EQ(store.run(part).part, 1U);
    EXPECT_EQ(store.get("/a"), "(missing)");
}

/// Goal: slots of voters and /ctl/err belong to no session: a session's end must not unseat a
/// voter. Method: try.
TEST(Session, OwnsNoSlot) {
    SmallStore store(quick());
    const SessionId session = store.open(100);
    EXPECT_EQ(store.set("/ctl/cal/0", -1, "", session).detail, "this file belongs to no session");
    EXPECT_EQ(store.set("/ctl/err", -1, "", session).detail, "this file belongs to no session");
    EXPECT_EQ(store.run(Acquire{"/ctl/cal/0", session, {}}).detail,
              "this file belongs to no session");
}

/// Goal: a store-wide number of sessions, a number of files each, and lengths are bounded, and the
/// bound is told.
/// Method: one more than each.
TEST(Session, HasLimits) {
    StoreSettings settings = quick();
    settings.limits.sessions = 2;
    settings.limits.session_files = 1;
    SmallStore store(settings);
    EXPECT_EQ(store.run(OpenSession{9}).detail, "a session lasts 10 to 1000 us");
    EXPECT_EQ(store.run(OpenSession{1001}).detail, "a session lasts 10 to 1000 us");
    const SessionId one = store.open(10);
    store.open(1000);
    EXPECT_EQ(store.run(OpenSession{10}).detail, "store exceeds 2 sessions");
    store.set("/a", 0, "x", one);
    store.set("/a", -1, "y", one);
    EXPECT_EQ(store.get("/a"), "y");
    EXPECT_EQ(store.set("/b", 0, "x", one).detail, "session exceeds 1 files");
    store.pass(10);
    EXPECT_EQ(store.open(10), SessionId{3});
}

/// Goal: many sessions that end at once end over several slots, each asked for, the files of each
/// together; one that waits for its turn is over for everybody.
/// Method: two hundred of them with a file each.
TEST(Session, ManyEndOverSeveralSlots) {
    SmallStore store(quick());
    for (int i = 0; i < 200; ++i) {
        const SessionId session = store.open(10);
        store.set("/e/" + std::to_string(i), 0, "x", session);
    }
    store.pass(10);
    store.idle();
    EXPECT_EQ(store.ask(Stat{"/e", {}}).entries.at(0).length, 136U);
    EXPECT_EQ(store.store().stamp_wanted(), ClusterTime{10});
    EXPECT_EQ(store.run(KeepAlive{SessionId{200}}).detail, "no such session");
    store.idle(2);
    EXPECT_EQ(store.revision_of("/e"), missing);
    EXPECT_EQ(store.store().stamp_wanted(), std::nullopt);
}

/// Goal: one session at a time holds a lock; its token, the file's revision, grows from holder to
/// holder; asking again gives the same token.
/// Method: two sessions, one lock, handed on by release.
TEST(Lock, TokensGrowFromHolderToHolder) {
    SmallStore store(quick());
    const SessionId one = store.open(100);
    const SessionId two = store.open(100);
    const CommandAnswer first = store.run(Acquire{"/l", one, text("one")});
    EXPECT_EQ(first.code, Code::Ok);
    EXPECT_EQ(first.revision, store.revision_of("/l"));
    EXPECT_EQ(store.run(Acquire{"/l", one, text("again")}).revision, first.revision);
    EXPECT_EQ(store.get("/l"), "one");
    EXPECT_EQ(store.run(Acquire{"/l", two, text("two")}).code, Code::RevMismatch);
    EXPECT_EQ(store.run(Release{"/l", two}).code, Code::RevMismatch);
    EXPECT_EQ(store.revision(), 1);
    EXPECT_EQ(store.run(Release{"/l", one}).code, Code::Ok);
    EXPECT_EQ(store.run(Release{"/l", one}).code, Code::RevMismatch);
    const CommandAnswer second = store.run(Acquire{"/l", two, text("two")});
    EXPECT_EQ(second.code, Code::Ok);
    EXPECT_LT(first.revision, second.revision);
}

/// Goal: after a holder's session expired, nobody acquires the lock for the lock delay; after an
/// orderly end there is none. Only locks are delayed, not every file of a session.
/// Method: expire and close, and try around the delay's end.
TEST(Lock, IsDelayedAfterItsHolderExpired) {
    SmallStore store(quick());
    const SessionId holder = store.open(10);
    const SessionId next = store.open(1000);
    store.run(Acquire{"/l", holder, {}});
    store.set("/plain", 0, "x", holder);
    store.pass(10);
    store.idle();
    EXPECT_EQ(store.get("/l"), "(missing)");
    store.pass(49);
    EXPECT_EQ(store.run(Acquire{"/l", next, {}}).detail, "lock delay");
    EXPECT_EQ(store.run(Acquire{"/plain", next, {}}).code, Code::Ok);
    store.pass(1);
    EXPECT_EQ(store.run(Acquire{"/l", next, {}}).code, Code::Ok);
    store.run(CloseSession{next});
    EXPECT_EQ(store.run(Acquire{"/l", store.open(10), {}}).code, Code::Ok);
}

/// Goal: a holder may write its lock file, which raises the token and keeps the lock; others'
/// writes take the lock away. Method: set it with and without the session.
TEST(Lock, IsAFileLikeAnother) {
    SmallStore store(quick());
    const SessionId holder = store.open(100);
    store.run(Acquire{"/l", holder, text("a")});
    store.set("/l", -1, "b", holder);
    EXPECT_TRUE(store.ask(Get{"/l", {}}).entries.at(0).lock);
    EXPECT_EQ(store.run(Acquire{"/l", holder, {}}).revision, Revision{2});
    store.set("/l", -1, "c");
    EXPECT_FALSE(store.ask(Get{"/l", {}}).entries.at(0).lock);
    EXPECT_EQ(store.run(Release{"/l", holder}).code, Code::RevMismatch);
    EXPECT_EQ(store.run(Acquire{"/l", holder, {}}).detail, "not a lock");
}

/// Goal: who would wait for a file that is no lock is told so. Method: a file of nobody, and one of
/// the session that asks.
TEST(Lock, IsNotMadeOfAnotherFile) {
    SmallStore store(quick());
    const SessionId session = store.open(100);
    store.set("/of-nobody", -1, "a");
    store.set("/of-the-session", -1, "a", session);
    for (const std::string path : {"/of-nobody", "/of-the-session"}) {
        const CommandAnswer answer = store.run(Acquire{path, session, {}});
        EXPECT_EQ(answer.code, Code::Other) << path;
        EXPECT_EQ(answer.detail, "not a lock") << path;
        EXPECT_FALSE(store.ask(Get{path, {}}).entries.at(0).lock) << path;
    }
}

/// Goal: delays that run are bounded: beyond it, the one that would end first is given up.
/// Method: a bound of one, two locks.
TEST(Lock, DelaysAreBounded) {
    StoreSettings settings = quick();
    settings.limits.lock_delays = 1;
    SmallStore store(settings);
    const SessionId first = store.open(10);
    const SessionId second = store.open(20);
    store.run(Acquire{"/1", first, {}});
    store.run(Acquire{"/2", second, {}});
    store.pass(10);
    store.idle();
    store.pass(10);
    store.idle();
    const SessionId taker = store.open(100);
    EXPECT_EQ(store.run(Acquire{"/1", taker, {}}).code, Code::Ok);
    EXPECT_EQ(store.run(Acquire{"/2", taker, {}}).detail, "lock delay");
}

}  // namespace
}  // namespace decree::store
