/// Watches and waits, fact by fact. Their contract as a whole: tests/store/watch_contract.cpp.

#include "core/store/watch.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

WatchRequest wait_for(const std::string& glob, std::int64_t from) {
    return {.glob = glob, .from = Revision{from}, .kind = WatchKind::Once, .mark_every = 0};
}
WatchRequest stream(const std::string& glob, std::int64_t from, std::uint64_t mark_every = 0) {
    return {
        .glob = glob, .from = Revision{from}, .kind = WatchKind::Stream, .mark_every = mark_every};
}

struct Watched {
    SmallStore store;
    Watches watches;

    explicit Watched(std::uint64_t history = 2000) : store(settings(history)) {}
    WatchId add(const WatchRequest& request) {
        const auto id = watches.add(request, store.history(), store.state().settings);
        EXPECT_TRUE(id.has_value());
        return *id;
    }
    /// The paths that it is told, with their revisions; "-" before a deletion; "too late".
    std::string told(WatchId id, const TakeLimits& limits = {}) {
        const auto told = watches.take(id, store.history(), limits);
        if (!told) return "nothing";
        if (told->code == Code::TooLate) return "too late";
        std::string text;
        for (const Event& event : told->events) {
            if (!text.empty()) text += ' ';
            text += event.kind == EventKind::Del ? "-" : "";
            text += event.path + "@" + std::to_string(event.revision.value);
        }
        return text;
    }
    static StoreSettings settings(std::uint64_t history) {
        StoreSettings settings;
        settings.history = history;
        return settings;
    }
};

/// Goal: a WAIT is answered by the first match at or after its revision: from history at once, or
/// when it happens; once.
/// Method: from the past, and from the future.
TEST(Watch, OnceIsAnsweredOnce) {
    Watched w;
    w.store.set("/a", 0, "x");
    w.store.set("/b", 0, "x");
    w.store.set("/a", -1, "x");
    const WatchId past = w.add(wait_for("/a", 2));
    EXPECT_EQ(w.told(past), "/a@3");
    EXPECT_EQ(w.told(past), "nothing");
    const WatchId future = w.add(wait_for("/a", 6));
    for (int i = 0; i < 2; ++i) w.store.set("/a", -1, "x");
    EXPECT_EQ(w.told(future), "nothing");
    w.store.del("/a", -1);
    EXPECT_EQ(w.told(future), "-/a@6");
    EXPECT_EQ(w.watches.size(), 0U);
}

/// Goal: a no-op is an event at "/"; a refused write is one of /ctl/err.
/// Method: watch everything.
TEST(Watch, SeesNoopsAndRefusals) {
    Watched w;
    const WatchId all = w.add(stream("/**", 0));
    w.store.nop();
    w.store.set("/a", -5, "x");
    w.store.del("/missing", 0);
    EXPECT_EQ(w.told(all), "/@1 /ctl/err@2 -/missing@3");
}

/// Goal: a watch from a revision that is not retained is refused as too late; so is one below 1.
/// Method: history of three.
TEST(Watch, FromTheForgottenPastIsTooLate) {
    Watched w(3);
    for (int i = 0; i < 9; ++i) w.store.nop();
    for (const std::int64_t from : {-4, 0, 1, 6}) {
        const auto id =
            w.watches.add(stream("/**", from), w.store.history(), w.store.state().settings);
        ASSERT_FALSE(id.has_value());
        EXPECT_EQ(id.error().code, Code::TooLate);
    }
    EXPECT_EQ(w.told(w.add(stream("/**", 7))), "/@7 /@8 /@9");
}

/// Goal: a group is told whole, however little is asked for, and its last revision is in each
/// event. Method: a transaction of four, asked for one event at a time.
TEST(Watch, GroupsAreNotCut) {
    Watched w;
    const WatchId all = w.add(stream("/**", 0));
    w.store.run(Transact{
        {},
        {PutFile{"/1", {}, {}}, PutFile{"/2", {}, {}}, RemoveFile{"/1"}, PutFile{"/3", {}, {}}}});
    w.store.nop();
    const TakeLimits one{.events = 1, .bytes = 1, .looked_at = 1};
    EXPECT_EQ(w.told(all, one), "/1@1 /2@2 -/1@3 /3@4");
    EXPECT_EQ(w.told(all, one), "/@5");
}

/// Goal: who lags is told too late, once, and is gone; who keeps up is not, in the same history.
/// Method: two watchers, one that takes nothing for long.
TEST(Watch, LaggingIsTooLate) {
    Watched w(3);
    const WatchId lags = w.add(stream("/a", 0));
    const WatchId follows = w.add(stream("/a", 0));
    for (int i = 1; i <= 9; ++i) {
        w.store.set("/a", -1, "x");
        EXPECT_EQ(w.told(follows), "/a@" + std::to_string(i));
    }
    EXPECT_EQ(w.told(lags), "too late");
    EXPECT_EQ(w.told(lags), "nothing");
    EXPECT_EQ(w.watches.size(), 1U);
}

/// Goal: an idle watcher is not too late, however old its beginning: it has missed nothing.
/// Method: let many times the history go by without a match.
TEST(Watch, IdleIsNotTooLate) {
    Watched w(3);
    const WatchId idle = w.add(stream("/quiet", 0));
    for (int i = 0; i < 50; ++i) {
        w.store.nop();
        w.watches.advance(w.store.history());
    }
    w.store.set("/quiet", 0, "x");
    EXPECT_EQ(w.told(idle), "/quiet@51");
}

/// Goal: marks tell an idle watcher how far it has missed nothing; none overtakes an event.
/// Method: a mark every three revisions; then one is due while an event waits.
TEST(Watch, MarksProgress) {
    Watched w;
    const WatchId id = w.add(stream("/a", 1, 3));
    for (int i = 0; i < 3; ++i) w.store.nop();
    EXPECT_EQ(w.watches.take_mark(), std::nullopt);
    w.watches.advance(w.store.history());
    const auto mark = w.watches.take_mark();
    ASSERT_TRUE(mark.has_value());
    EXPECT_EQ(mark->first, id);
    EXPECT_EQ(mark->second.through, Revision{3});
    EXPECT_EQ(w.watches.take_mark(), std::nullopt);
    w.store.set("/a", 0, "x");
    for (int i = 0; i < 8; ++i) w.store.nop();
    w.watches.advance(w.store.history());
    EXPECT_EQ(w.watches.take_mark(), std::nullopt);
    EXPECT_EQ(w.told(id), "/a@4");
}

/// Goal: the mark of a watcher that must first look at what happened is not put off by that: it is
/// due when nothing was found.
/// Method: a watch from long ago, that looks at one event at a time; none matches.
TEST(Watch, MarksWaitForWhoIsBehind) {
    Watched w;
    for (int i = 0; i < 5; ++i) w.store.nop();
    const WatchId id = w.add(stream("/a", 1, 3));
    const TakeLimits little{.events = 1, .bytes = 1, .looked_at = 1};
    while (w.watches.ready().contains(id)) {
        EXPECT_EQ(w.watches.take_mark(), std::nullopt);
        EXPECT_EQ(w.watches.take(id, w.store.history(), little), std::nullopt);
    }
    const auto mark = w.watches.take_mark();
    ASSERT_TRUE(mark.has_value());
    EXPECT_EQ(mark->second.through, Revision{5});
}

/// Goal: after a snapshot was installed, watchers are served from its history, or told too late;
/// those that wait for the future go on.
/// Method: a store that jumps ahead: within history, beyond it, and with a watch of what is yet to
/// come.
TEST(Watch, GoesOnFromAnInstalledSnapshot) {
    Watched w(10);
    w.store.nop();
    const WatchId matched = w.add(stream("/late", 2));
    const WatchId future = w.add(stream("/f", 14));
    SmallStore ahead(Watched::settings(10));
    for (int i = 1; i <= 8; ++i) ahead.nop();
    ahead.set("/late", 0, "x");
    ASSERT_TRUE(w.store.restore(ahead.snapshot()));
    EXPECT_EQ(w.told(matched), "/late@9");
    for (int i = 1; i <= 30; ++i) ahead.nop();
    ahead.set("/f", 0, "x");
    ASSERT_TRUE(w.store.restore(ahead.snapshot()));
    EXPECT_EQ(w.told(matched), "too late");
    EXPECT_EQ(w.told(future), "too late");
    const WatchId fresh = w.add(stream("/f", 100));
    EXPECT_EQ(w.told(fresh), "nothing");
}

/// Goal: reads at a revision that is not reached wait for it, and no longer.
/// Method: tickets for several revisions, one of them given up.
TEST(Watch, ReadsWaitForTheirRevision) {
    RevisionWaits waits;
    waits.add(Revision{5}, 1);
    waits.add(Revision{3}, 2);
    waits.add(Revision{5}, 3);
    waits.remove(Revision{5}, 3);
    EXPECT_EQ(waits.take(Revision{2}), std::nullopt);
    EXPECT_EQ(waits.take(Revision{4}), 2U);
    EXPECT_EQ(waits.take(Revision{4}), std::nullopt);
    EXPECT_EQ(waits.take(Revision{9}), 1U);
    EXPECT_EQ(waits.size(), 0U);
}

/// Goal: watches are a value: equal when they know the same, and told apart by their digest.
/// Method: copies that go different ways.
TEST(Watch, IsAValue) {
    Watched w;
    const WatchId id = w.add(stream("/a", 1));
    Watches copy = w.watches;
    EXPECT_EQ(copy, w.watches);
    EXPECT_EQ(copy.digest(), w.watches.digest());
    w.store.set("/a", 0, "x");
    copy.advance(w.store.history());
    EXPECT_NE(copy.digest(), w.watches.digest());
    EXPECT_EQ(w.told(id), "/a@1");
    EXPECT_TRUE(copy.ready().contains(id));
}

}  // namespace
}  // namespace decree::store
