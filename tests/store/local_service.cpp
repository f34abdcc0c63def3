/// What a node answers of itself: reads at a revision, watches that are told only what they take.

#include "core/store/local_service.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

constexpr Asker one{.client = ClientId{1}, .tag = 7};
constexpr Asker two{.client = ClientId{2}, .tag = 7};

struct Served {
    SmallStore store;
    LocalService service;
    LocalAnswers answers;

    explicit Served(const StoreSettings& settings = {}) : store(settings) {}
    void watch(Asker asker, const std::string& glob, std::int64_t from, WatchKind kind,
               std::uint64_t mark_every = 0) {
        const WatchRequest request{
            .glob = glob, .from = Revision{from}, .kind = kind, .mark_every = mark_every};
        service.watch(asker, request, store.state(), answers);
    }
    void set(const std::string& path) {
        store.set(path, -1, "x");
        service.executed(store.state(), answers);
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
    s.service.read(one, Get{"/a", Revision{2}}, s.store.state(), s.answers);
    s.service.read(two, Get{"/a", Revision{2}}, s.store.state(), s.answers);
    EXPECT_EQ(s.told(), "");
    s.service.cancel(two);
    s.store.set("/a", 0, "first");
    s.store.set("/a", -1, "second");
    s.store.set("/a", -1, "third");
    s.service.executed(s.store.state(), s.answers);
    EXPECT_EQ(s.told(), "1:second");
    EXPECT_EQ(s.service.size(), 0U);
}

/// Goal: a stream is told one thing, and the next only when it asks for more; nothing is left out
/// or repeated meanwhile, and nothing is kept for it.
/// Method: three events while a watcher is busy with the first.
TEST(LocalService, AWatcherIsToldWhatItTakes) {
    Served s;
    s.watch(one, "/**", 1, WatchKind::Stream);
    s.set("/a");
    EXPECT_EQ(s.told(), "1: /a@1");
    s.set("/b");
    s.set("/c");
    EXPECT_EQ(s.told(), "");
    EXPECT_FALSE(s.service.behind());
    s.service.more(one, s.store.state(), s.answers);
    EXPECT_EQ(s.told(), "1: /b@2 /c@3");
    s.service.more(one, s.store.state(), s.answers);
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
    s.watch(one, "/**", 1, WatchKind::Stream);
    for (const char* path : {"/a", "/b", "/c", "/d"}) s.set(path);
    EXPECT_EQ(s.told(), "1: /a@1");
    s.service.more(one, s.store.state(), s.answers);
    EXPECT_EQ(s.told(), "1:TOO_LATE");
    EXPECT_EQ(s.service.size(), 0U);
}

/// Goal: a mark says how far an idle watcher has missed nothing, and waits until it is wanted.
/// Method: a mark every second revision; the watcher asks for more after three.
TEST(LocalService, MarksWaitForTheirWatcher) {
    Served s;
    s.watch(one, "/w", 1, WatchKind::Stream, 2);
    s.set("/a");
    s.set("/b");
    EXPECT_EQ(s.told(), "1:mark 2");
    s.set("/c");
    s.set("/d");
    EXPECT_EQ(s.told(), "");
    s.service.more(one, s.store.state(), s.answers);
    EXPECT_EQ(s.told(), "1:mark 4");
}

/// Goal: a WAIT is over when it is answered; what is refused is no watch.
/// Method: a WAIT for the past, for the future; a glob that is none.
TEST(LocalService, AWaitIsAnsweredOnce) {
    Served s;
    s.set("/a");
    s.watch(one, "/a", 1, WatchKind::Once);
    EXPECT_EQ(s.told(), "1: /a@1");
    s.watch(one, "/a", 2, WatchKind::Once);
    s.set("/a");
    s.set("/a");
    EXPECT_EQ(s.told(), "1: /a@2");
    s.watch(one, "a[", 2, WatchKind::Once);
    EXPECT_EQ(s.told(), "1:invalid glob pattern: a[");
    EXPECT_EQ(s.service.size(), 0U);
}

/// Goal: a connection that is gone is told nothing more, and others are.
/// Method: both watch and read ahead; one goes.
TEST(LocalService, WhoIsGoneIsToldNothing) {
    Served s;
    const Asker reads{.client = ClientId{1}, .tag = 8};
    s.watch(one, "/**", 1, WatchKind::Stream);
    s.watch(two, "/**", 1, WatchKind::Stream);
    s.service.read(reads, Get{"/a", Revision{1}}, s.store.state(), s.answers);
    s.service.gone(ClientId{1});
    s.set("/a");
    EXPECT_EQ(s.told(), "2: /a@1");
}

/// Goal: after an installed snapshot watchers and reads go on where its history has them, or are
/// too late.
/// Method: a store of history 2 jumps from revision 1 to 5, as with a snapshot.
TEST(LocalService, ASnapshotServesThoseWhoWait) {
    StoreSettings settings;
    settings.history = 2;
    Served s(settings);
    s.set("/a");
    s.watch(one, "/**", 2, WatchKind::Stream);
    s.watch(two, "/**", 4, WatchKind::Stream);
    const Asker late{.client = ClientId{3}, .tag = 1};
    const Asker early{.client = ClientId{4}, .tag = 1};
    s.service.read(late, Get{"/a", Revision{3}}, s.store.state(), s.answers);
    s.service.read(early, Get{"/a", Revision{4}}, s.store.state(), s.answers);
    SmallStore ahead(settings);
    for (int i = 0; i < 5; ++i) ahead.set("/a", -1, std::to_string(i));
    ASSERT_TRUE(s.store.restore(ahead.snapshot()));
    s.service.executed(s.store.state(), s.answers);
    EXPECT_EQ(s.told(), "1:TOO_LATE, 2: /a@4 /a@5, 3:TOO_LATE, 4:3");
}

}  // namespace
}  // namespace decree::store
