/// What a node answers of itself: reads at a revision, watches that are told only what they take.

#include "core/store/local_service.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

constexpr Asker ann{.client = ClientId{1}, .tag = 7};
constexpr Asker bob{.client = ClientId{2}, .tag = 7};

struct Served {
    SmallStore store;
    LocalService service;
    LocalAnswers answers;

    explicit Served(const StoreSettings& settings = {}) : store(settings) {}
    void watch(Asker asker, const std::string& glob, std::int64_t from, WatchKind kind,
               std::uint64_t mark_every = 0) {
        const WatchRequest request{
            .glob = glob, .from = Revision{from}, .kind = kind, .mark_every = mark_every};
        keep(service.watch(asker, request, store.state()));
        tell();
    }
    void read(Asker asker, const StoreQuery& question) {
        keep(service.read(asker, question, store.state()));
    }
    void more(Asker asker) {
        service.more(asker);
        tell();
    }
    void set(const std::string& path) {
        store.set(path, -1, "x");
        tell();
    }
    void tell() {
        while (keep(service.next(store.state()))) {
        }
    }
    bool keep(std::optional<LocalAnswer> answer) {
        if (answer) answers.push_back(*std::move(answer));
        return answer.has_value();
    }
    /// What was told since the last call: paths with revisions, marks, codes.
    std::string told() {
        std::string text;
        for (const LocalAnswer& answer : answers) {
            if (!text.empty()) text += ", ";
            text += std::to_string(answer.to.client.value) + ":";
            if (const auto* t = std::get_if<Told>(&answer.what)) {
                if (t->code != Code::Ok) text += code_name(t->code);
                for (const Event& event : t->events) {
                    text += " " + event.path + "@" + std::to_string(event.revision.value);
                }
                if (t->code == Code::Ok && t->events.empty()) {
                    text += "mark " + std::to_string(t->through.value);
                }
            } else if (const auto* read = std::get_if<QueryAnswer>(&answer.what)) {
                text += read->code == Code::Ok ? text_of(read->entries.at(0).value)
                                               : std::string(code_name(read->code));
            } else {
                text += reason(std::get<Refusal>(answer.what));
            }
        }
        answers.clear();
        return text;
    }
};

/// Goal: a read of a revision to come is answered from that revision when it is there; one that
/// nobody waits for any more is not.
/// Method: two reads of revision 2, one cancelled; the file changes again in revision 3.
TEST(LocalService, ReadsOfTheFutureAreAnsweredThere) {
    Served s;
    s.read(ann, Get{"/a", Revision{2}});
    s.read(bob, Get{"/a", Revision{2}});
    EXPECT_EQ(s.told(), "");
    s.service.cancel(bob);
    s.store.set("/a", 0, "first");
    s.store.set("/a", -1, "second");
    s.store.set("/a", -1, "third");
    s.tell();
    EXPECT_EQ(s.told(), "1:second");
    EXPECT_EQ(s.service.size(), 0U);
}

/// Goal: a read below revision 1 is one of revision 1, also where the store has none yet: it waits,
/// and nobody is told "not yet".
/// Method: an empty store, asked at 0 and at -5; then one write.
TEST(LocalService, ReadsBelowOneWaitForOne) {
    Served s;
    s.read(ann, Get{"/a", Revision{0}});
    s.read(bob, Get{"/a", Revision{-5}});
    s.tell();
    EXPECT_EQ(s.told(), "");
    s.set("/a");
    EXPECT_EQ(s.told(), "1:x, 2:x");
}

/// Goal: a stream is told one thing, and the next only when it asks for more; nothing is left out
/// or repeated meanwhile, and nothing is kept for it.
/// Method: three events while a watcher is busy with the first.
TEST(LocalService, AWatcherIsToldWhatItTakes) {
    Served s;
    s.watch(ann, "/**", 1, WatchKind::Stream);
    s.set("/a");
    EXPECT_EQ(s.told(), "1: /a@1");
    s.set("/b");
    s.set("/c");
    EXPECT_EQ(s.told(), "");
    EXPECT_FALSE(s.service.behind());
    s.more(ann);
    EXPECT_EQ(s.told(), "1: /b@2 /c@3");
    s.more(ann);
    EXPECT_EQ(s.told(), "");
    s.set("/d");
    EXPECT_EQ(s.told(), "1: /d@4");
}

/// Goal: who does not take what it is told until history has gone on is told so, once.
/// Method: a history of two; three events while the watcher is busy.
TEST(LocalService, ALaggardIsTooLate) {
    StoreSettings settings;
    settings.history = 2;
    Served s(settings);
    s.watch(ann, "/**", 1, WatchKind::Stream);
    for (const char* path : {"/a", "/b", "/c", "/d"}) s.set(path);
    EXPECT_EQ(s.told(), "1: /a@1");
    s.more(ann);
    EXPECT_EQ(s.told(), "1:TOO_LATE");
    EXPECT_EQ(s.service.size(), 0U);
}

/// Goal: a mark says how far an idle watcher has missed nothing, and waits until it is wanted.
/// Method: a mark every second revision; the watcher asks for more after three.
TEST(LocalService, MarksWaitForTheirWatcher) {
    Served s;
    s.watch(ann, "/w", 1, WatchKind::Stream, 2);
    s.set("/a");
    s.set("/b");
    EXPECT_EQ(s.told(), "1:mark 2");
    s.set("/c");
    s.set("/d");
    EXPECT_EQ(s.told(), "");
    s.more(ann);
    EXPECT_EQ(s.told(), "1:mark 4");
}

/// Goal: a WAIT is over when it is answered; what is refused is no watch.
/// Method: a WAIT for the past, for the future; a glob that is none.
TEST(LocalService, AWaitIsAnsweredOnce) {
    Served s;
    s.set("/a");
    s.watch(ann, "/a", 1, WatchKind::Once);
    EXPECT_EQ(s.told(), "1: /a@1");
    s.watch(ann, "/a", 2, WatchKind::Once);
    s.set("/a");
    s.set("/a");
    EXPECT_EQ(s.told(), "1: /a@2");
    s.watch(ann, "a[", 2, WatchKind::Once);
    EXPECT_EQ(s.told(), "1:invalid glob pattern: a[");
    EXPECT_EQ(s.service.size(), 0U);
}

/// Goal: what happens is noticed for who waits then, also if nobody was left before.
/// Method: a WAIT that is answered, and was the only one; then another, and an event.
TEST(LocalService, TheFirstAfterTheLastIsTold) {
    Served s;
    s.set("/a");
    s.watch(ann, "/a", 1, WatchKind::Once);
    EXPECT_EQ(s.told(), "1: /a@1");
    const WatchRequest next{.glob = "/a", .from = Revision{2}, .kind = WatchKind::Once};
    EXPECT_FALSE(s.service.watch(bob, next, s.store.state()));
    s.set("/a");
    EXPECT_EQ(s.told(), "2: /a@2");
}

/// Goal: a connection that is gone is told nothing more, and others are.
/// Method: both watch and read ahead; one goes.
TEST(LocalService, WhoIsGoneIsToldNothing) {
    Served s;
    const Asker reads{.client = ClientId{1}, .tag = 8};
    s.watch(ann, "/**", 1, WatchKind::Stream);
    s.watch(bob, "/**", 1, WatchKind::Stream);
    s.read(reads, Get{"/a", Revision{1}});
    s.service.gone(ClientId{1});
    s.set("/a");
    EXPECT_EQ(s.told(), "2: /a@1");
}

/// Goal: watchers of a connection that takes nothing are told nothing, not even a mark, whatever
/// they asked for; then all that they missed, once. Others do not notice.
/// Method: one is held before anything happens; two is not; a third watcher of one comes meanwhile,
/// and one that was there asks for more.
TEST(LocalService, AHeldConnectionIsToldNothing) {
    Served s;
    const Asker idle{.client = ClientId{1}, .tag = 8};
    s.watch(ann, "/**", 1, WatchKind::Stream);
    s.watch(idle, "/none", 1, WatchKind::Stream, 2);
    s.watch(bob, "/**", 1, WatchKind::Stream);
    s.service.hold(ClientId{1});
    s.set("/a");
    s.set("/b");
    s.watch({.client = ClientId{1}, .tag = 9}, "/b", 1, WatchKind::Once);
    s.more(ann);
    EXPECT_EQ(s.told(), "2: /a@1");
    EXPECT_FALSE(s.service.behind()) << "who is held is not waited for";
    s.service.more(ClientId{1});
    EXPECT_TRUE(s.service.behind());
    s.tell();
    EXPECT_EQ(s.told(), "1: /a@1 /b@2, 1: /b@2, 1:mark 2");
    s.service.hold(ClientId{1});
    s.service.gone(ClientId{1});
    s.watch(ann, "/a", 1, WatchKind::Once);
    EXPECT_EQ(s.told(), "1: /a@1") << "who comes again is not held";
}

/// Goal: who asks for more as soon as it is told does not keep others waiting: nobody is told two
/// things until there is nothing to tell.
/// Method: two watchers of four events of 200 kB, of which a Told takes two; each asks for more at
/// once.
TEST(LocalService, EachIsToldOneThingInTurn) {
    Served s;
    for (int i = 0; i < 4; ++i) s.store.set("/a", -1, std::string(200'000, 'x'));
    for (const Asker asker : {ann, bob}) {
        EXPECT_FALSE(s.service.watch(asker,
                                     {.glob = "/a", .from = Revision{1}, .kind = WatchKind::Stream},
                                     s.store.state()));
    }
    std::string order;
    for (int round = 0; round < 3; ++round) {
        while (const auto answer = s.service.next(s.store.state())) {
            order += std::to_string(answer->to.client.value);
            s.service.more(answer->to);
        }
        order += s.service.behind() ? "+" : ".";
    }
    EXPECT_EQ(order, "12+12..");
}

/// Goal: nobody's coming and going is noticed by who comes later: it is told what is there.
/// Method: events with nobody there, some of them beyond what history has; then a watch from the
/// first that it has, one from before, and one from now on.
TEST(LocalService, WhoComesLateIsToldWhatIsThere) {
    StoreSettings settings;
    settings.history = 2;
    Served s(settings);
    s.watch(ann, "/a", 1, WatchKind::Once);
    for (const char* path : {"/a", "/b", "/c", "/d"}) s.set(path);
    EXPECT_EQ(s.told(), "1: /a@1");
    s.watch(ann, "/**", 2, WatchKind::Stream);
    EXPECT_EQ(s.told(), "1:TOO_LATE");
    s.watch(ann, "/**", 3, WatchKind::Stream);
    s.watch(bob, "/**", 5, WatchKind::Stream);
    EXPECT_EQ(s.told(), "1: /c@3 /d@4");
    s.set("/e");
    EXPECT_EQ(s.told(), "2: /e@5");
}

/// Goal: after an installed snapshot watchers and reads go on where its history has them, or are
/// too late.
/// Method: a store of history 2 jumps from revision 1 to 5, as with a snapshot.
TEST(LocalService, ASnapshotServesThoseWhoWait) {
    StoreSettings settings;
    settings.history = 2;
    Served s(settings);
    s.set("/a");
    s.watch(ann, "/**", 2, WatchKind::Stream);
    s.watch(bob, "/**", 4, WatchKind::Stream);
    const Asker late{.client = ClientId{3}, .tag = 1};
    const Asker early{.client = ClientId{4}, .tag = 1};
    s.read(late, Get{"/a", Revision{3}});
    s.read(early, Get{"/a", Revision{4}});
    SmallStore ahead(settings);
    for (int i = 0; i < 5; ++i) ahead.set("/a", -1, std::to_string(i));
    ASSERT_TRUE(s.store.restore(ahead.snapshot()));
    s.tell();
    EXPECT_EQ(s.told(), "1:TOO_LATE, 2: /a@4 /a@5, 3:TOO_LATE, 4:3");
}

}  // namespace
}  // namespace decree::store
