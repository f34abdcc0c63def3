/// What must be true of the store, property by property: each holds of what is right, and is seen
/// to break.

#include "core/store/store.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "props/equal_snapshots.hpp"
#include "props/fencing.hpp"
#include "props/sessions_not_hurried.hpp"
#include "props/store_answers.hpp"
#include "props/store_reads.hpp"
#include "props/store_words.hpp"
#include "props/watch_delivery.hpp"

namespace decree::props::test {
namespace {

using store::Code;
using store::Revision;

Settings cluster() {
    Settings settings;
    settings.voters = {NodeId{1}};
    settings.command_bytes = static_cast<std::uint32_t>(store::longest_write({}));
    return settings;
}
Value text(std::string_view of) { return Value(as_bytes(of)); }
store::StoreCommand set(const std::string& path, const std::string& value) {
    return store::Set{
        .path = path, .revision = store::clobber, .value = text(value), .session = {}};
}
std::string kind_of(const std::optional<Violation>& violation) {
    return violation ? violation->property + "/" + violation->signature : "fine";
}

/// The store and its twin, in step; each command is a position and a slot.
struct Both {
    store::Store real;
    StoreGhost ghost;
    Slot slot;
    std::uint64_t position = 0;

    explicit Both(const store::StoreSettings& settings = {})
        : real(cluster(), settings), ghost(cluster(), real) {}
    Answer run(const store::StoreCommand& command) {
        slot = next(slot);
        const Value payload = encode_command(command);
        const CommandView view{.id = {}, .payload = payload.bytes()};
        SlotResult result;
        real.apply({.slot = slot, .stamp = {}}, {&view, 1}, result);
        static_cast<void>(ghost.begin_slot({}, {}));
        static_cast<void>(ghost.execute(payload.bytes()));
        ghost.placed(++position);
        ghost.end_slot();
        return result.answers.front();
    }
};

/// Goal: an answer that differs from the twin's is seen, and so is nonsense that is not refused.
/// Method: a right answer; one with another revision; bytes that are no command, answered "done".
TEST(StoreAnswers, AreTheTwins) {
    const Value payload = encode_command(set("/a", "x"));
    store::CommandAnswer right;
    right.revision = Revision{4};
    store::CommandAnswer wrong = right;
    wrong.revision = Revision{5};
    const auto judge = [&](const store::CommandAnswer& told, auto expected) {
        return kind_of(
            answer_is_the_models({}, payload.bytes(), encode_answer(told), expected, 1024));
    };
    EXPECT_EQ(judge(right, std::optional(right)), "fine");
    EXPECT_EQ(judge(wrong, std::optional(right)), "StoreAnswers/Command");
    EXPECT_EQ(judge(right, std::optional<store::CommandAnswer>()), "StoreAnswers/Nonsense");
}

/// Goal: revisions that are missing, wrong, or retained longer or shorter than they should are
/// seen. Method: a store and its twin in step; then the twin is told something else.
TEST(DenseRevisions, FollowTheTwin) {
    store::StoreSettings settings;
    settings.history = 2;
    Both both(settings);
    for (const char* value : {"1", "2", "3"}) both.run(set("/a", value));
    const auto judge = [&](const store::model::Model& model) {
        return kind_of(
            revisions_are_dense(both.slot, Revision{2}, both.real.state().history, model));
    };
    EXPECT_EQ(judge(both.ghost.model()), "fine");
    store::model::Model other = both.ghost.model();
    other.events.back().group = Revision{4};
    EXPECT_EQ(judge(other), "DenseRevisions/Event");
    other = both.ghost.model();
    other.first = Revision{1};
    EXPECT_EQ(judge(other), "DenseRevisions/First");
    other.events.pop_back();
    EXPECT_EQ(judge(other), "DenseRevisions/Last");
}

/// Goal: a node's own answer is judged by what that node has: exact where it has the revision, too
/// late where not.
/// Method: history of two, three revisions; a node that is a slot behind; answers that are right
/// for another revision or for another node.
TEST(ExactReads, AreJudgedByWhatTheNodeHas) {
    store::StoreSettings settings;
    settings.history = 2;
    Both both(settings);
    for (const char* value : {"1", "2", "3"}) both.run(set("/a", value));
    const auto judge = [&](std::uint64_t applied, std::int64_t at, const store::QueryAnswer& told) {
        const store::StoreQuery question = store::Get{.path = "/a", .at = Revision{at}};
        return kind_of(read_is_exact(NodeId{1}, Slot{applied}, question, told, both.ghost));
    };
    const auto truth = [&](std::int64_t at) {
        return store::query(both.real.state(), store::Get{.path = "/a", .at = Revision{at}});
    };
    EXPECT_EQ(judge(3, 2, truth(2)), "fine");
    EXPECT_EQ(judge(3, 1, truth(1)), "fine") << "too late";
    EXPECT_EQ(judge(3, 2, truth(3)), "ExactReads/Answer");
    EXPECT_EQ(judge(3, 2, truth(1)), "ExactReads/Code");
    EXPECT_EQ(judge(2, 1, truth(1)), "ExactReads/Code") << "a node that is behind has it still";
    EXPECT_EQ(judge(2, 3, truth(3)), "ExactReads/Code") << "it has not reached that revision";
    EXPECT_EQ(judge(3, 4, truth(4)), "ExactReads/NotYet") << "who asks for what is to come, waits";
}

/// Goal: a read of the present belongs between its question and its answer, at a state between two
/// commands; what was right only earlier is stale, what never was is wrong, and half a transaction
/// never was.
/// Method: one set, then a transaction of two writes.
TEST(StoreReads, BelongToAStateBetweenCommands) {
    Both both;
    both.run(set("/a", "old"));
    const store::StoreQuery walk = store::Walk{.glob = "/**", .offset = 0, .at = {}, .most = 9};
    const store::QueryAnswer before = store::query(both.real.state(), walk);
    store::Transact pair;
    pair.writes = {store::PutFile{"/a", text("new"), {}}, store::PutFile{"/b", text("new"), {}}};
    both.run(pair);
    const store::QueryAnswer after = store::query(both.real.state(), walk);
    const auto at = [](std::int64_t revision) {
        return store::Walk{.glob = "/**", .offset = 0, .at = Revision{revision}, .most = 9};
    };
    const store::QueryAnswer half = store::query(both.real.state(), at(2));
    const auto judge = [&](const store::QueryAnswer& told, Point floor) {
        return present_read(walk, told, floor, both.position, both.ghost);
    };
    EXPECT_EQ(kind_of(judge(after, 0).violation), "fine");
    EXPECT_EQ(judge(after, 0).first, 5U);
    EXPECT_EQ(judge(before, 0).first, 3U);
    EXPECT_EQ(judge(before, 0).last, 3U);
    EXPECT_EQ(kind_of(judge(before, 4).violation), "Linearizability/StaleRead");
    EXPECT_EQ(kind_of(judge(half, 0).violation), "Linearizability/ReadAnswer");
}

/// A watch of /a and below, of which revisions 1, 3 and 4 (one command) and 6 are events.
struct Watched {
    std::vector<store::Event> events;
    Subscription watcher;
    Retained retained{.first = Revision{1}, .last = Revision{6}};

    Watched() {
        const char* const paths[] = {"/a", "/b", "/a/b", "/a/c", "/b", "/a"};
        for (std::int64_t i = 0; i < 6; ++i) {
            store::Event event;
            event.revision = event.group = Revision{i + 1};
            event.kind = store::EventKind::Set;
            event.path = paths[i];
            events.push_back(event);
        }
        events[2].group = Revision{4};
        watcher.request = {.glob = "/a**", .from = Revision{1}, .kind = store::WatchKind::Stream};
        watcher.next = Revision{1};
    }
    std::string told(const std::vector<std::int64_t>& revisions, std::int64_t through,
                     Code code = Code::Ok) {
        watcher.wants = true;
        return told_unasked(revisions, through, code);
    }
    std::string told_unasked(const std::vector<std::int64_t>& revisions, std::int64_t through,
                             Code code = Code::Ok) {
        store::Told what{.code = code, .events = {}, .through = Revision{through}};
        for (const std::int64_t r : revisions) {
            what.events.push_back(events.at(static_cast<std::size_t>(r - 1)));
        }
        return kind_of(told_in_order(NodeId{1}, watcher, what, events, retained));
    }
    std::string owed() const {
        return kind_of(nothing_is_owed(NodeId{1}, watcher, events, retained));
    }
};

/// Goal: what is left out, repeated, foreign, cut within a command, ahead of the node or more than
/// a watcher asked for is seen; and what comes whole and in order is fine, also in parts. Method:
/// one Told after another, by hand.
TEST(WatchDelivery, EachEventOnceInOrder) {
    Watched w;
    EXPECT_EQ(w.told({1}, 2), "fine");
    EXPECT_EQ(w.told({3, 4}, 5), "fine");
    EXPECT_EQ(w.told({6}, 6), "fine");
    EXPECT_EQ(Watched().told({1, 4}, 5), "WatchDelivery/Events") << "left out";
    EXPECT_EQ(Watched().told({1, 2}, 2), "WatchDelivery/Events") << "no match";
    EXPECT_EQ(Watched().told({1, 3}, 3), "WatchDelivery/Group");
    EXPECT_EQ(Watched().told({}, 2), "WatchDelivery/Mark") << "it overtakes an event";
    EXPECT_EQ(Watched().told({1}, 7), "WatchDelivery/Bounds");
    Watched twice;
    EXPECT_EQ(twice.told({1}, 2), "fine");
    EXPECT_EQ(twice.told({1, 3, 4}, 4), "WatchDelivery/Events") << "repeated";
    EXPECT_EQ(w.told_unasked({}, 6), "WatchDelivery/Unasked");
}

/// Goal: "too late" is said where history has lost what is wanted, and only there.
/// Method: the same watcher, with history from revision 1 on, and from 2 on.
TEST(WatchDelivery, TooLateIsTrue) {
    Watched w;
    EXPECT_EQ(w.told({}, 0, Code::TooLate), "WatchDelivery/TooLate");
    w.retained.first = Revision{2};
    EXPECT_EQ(w.told({}, 0, Code::TooLate), "fine");
}

/// Goal: who waits and is not told is seen; who has not taken what it was told is owed nothing.
/// Method: events that wait; then none but a mark.
TEST(WatchDelivery, NobodyWaitsForWhatIsThere) {
    Watched w;
    EXPECT_EQ(w.owed(), "WatchDelivery/Owed");
    EXPECT_EQ(w.told({1}, 2), "fine");
    EXPECT_EQ(w.owed(), "fine") << "it has not asked for more";
    w.watcher.wants = true;
    EXPECT_EQ(w.told({3, 4, 6}, 6), "fine");
    w.watcher.wants = true;
    EXPECT_EQ(w.owed(), "fine");
    w.watcher.request.mark_every = 2;
    w.watcher.next = Revision{7};
    w.retained.last = Revision{8};
    for (std::int64_t i = 7; i < 9; ++i) {
        w.events.push_back(w.events[1]);
        w.events.back().revision = w.events.back().group = Revision{i};
    }
    EXPECT_EQ(w.owed(), "WatchDelivery/NoMark");
}

/// Goal: a connection that sees a node's revision go back is noticed.
/// Method: the same revision, a later one, an earlier one.
TEST(ExactReads, RevisionsDoNotGoBack) {
    EXPECT_EQ(kind_of(revision_goes_on(NodeId{1}, Revision{3}, Revision{3})), "fine");
    EXPECT_EQ(kind_of(revision_goes_on(NodeId{1}, Revision{3}, Revision{4})), "fine");
    EXPECT_EQ(kind_of(revision_goes_on(NodeId{1}, Revision{3}, Revision{2})), "ExactReads/Back");
}

/// Goal: a read is refused where too many wait for revisions to come, or where its path is too long
/// to be kept, and only there.
/// Method: a limit of two; the same refusal of other questions, with fewer, and in other words.
TEST(ExactReads, RefusalsHaveReasons) {
    store::StoreSettings settings;
    settings.limits.watches = 2;
    settings.limits.path_bytes = 64;
    Both both(settings);
    both.run(set("/a", "x"));
    const auto judge = [&](std::int64_t at, std::size_t open, const std::string& detail,
                           const std::string& path = "/a") {
        const store::StoreQuery question = store::Get{.path = path, .at = Revision{at}};
        return kind_of(read_is_refused(NodeId{1}, both.slot, question, store::other(detail), open,
                                       both.ghost));
    };
    const std::string full = "node exceeds 2 reads of the future";
    EXPECT_EQ(judge(2, 2, full), "fine");
    EXPECT_EQ(judge(2, 1, full), "ExactReads/Refused");
    EXPECT_EQ(judge(1, 2, full), "ExactReads/Refused") << "it can be answered";
    EXPECT_EQ(judge(2, 2, "node exceeds 3 reads of the future"), "ExactReads/Refused");
    const std::string path(65, 'a');
    const std::string long_path = "path exceeds 64 bytes";
    EXPECT_EQ(judge(2, 1, long_path), "ExactReads/Refused");
    EXPECT_EQ(judge(2, 1, long_path, path), "fine");
    EXPECT_EQ(judge(2, 2, long_path, path), "ExactReads/Refused") << "it has no room for any";
}

/// Goal: a refusal of a watch must have a reason, and name it.
/// Method: a good one refused; a glob that is none or too long; a revision that is gone; as many
/// watches as may be, and fewer.
TEST(WatchDelivery, RefusalsHaveReasons) {
    const Retained retained{.first = Revision{5}, .last = Revision{9}};
    store::StoreSettings settings;
    settings.limits.watches = 3;
    settings.limits.path_bytes = 64;
    const auto judge = [&](const std::string& glob, std::int64_t from,
                           const store::Refusal& refusal, std::size_t open = 0) {
        const store::WatchRequest request{.glob = glob, .from = Revision{from}};
        return kind_of(watch_is_refused(NodeId{1}, request, refusal, retained, open, settings));
    };
    EXPECT_EQ(judge("/a", 4, store::plain(Code::TooLate)), "fine");
    EXPECT_EQ(judge("/a", 5, store::plain(Code::TooLate)), "WatchDelivery/Refused");
    EXPECT_EQ(judge("a", 5, store::other("invalid glob pattern: a")), "fine");
    EXPECT_EQ(judge("/a", 5, store::other("invalid glob pattern: /a")), "WatchDelivery/Refused");
    const store::Refusal full = store::other("node exceeds 3 watches");
    EXPECT_EQ(judge("/a", 5, full, 3), "fine");
    EXPECT_EQ(judge("/a", 5, full, 2), "WatchDelivery/Refused");
    EXPECT_EQ(judge("/a", 5, store::other("node exceeds 4 watches"), 3), "WatchDelivery/Refused");
    const store::Refusal length = store::other("glob exceeds 64 bytes");
    EXPECT_EQ(judge("/" + std::string(64, 'a'), 5, length), "fine");
    EXPECT_EQ(judge("/" + std::string(63, 'a'), 5, length), "WatchDelivery/Refused");
}

/// Goal: a token that does not grow, or that two have, is seen; asking again gives the same.
/// Method: tokens by hand; a guard that is shown them.
TEST(Fencing, TokensGrowFromHolderToHolder) {
    const Token first{.token = Revision{3}, .holder = store::SessionId{1}};
    const Token later{.token = Revision{5}, .holder = store::SessionId{2}};
    const Token same{.token = Revision{3}, .holder = store::SessionId{2}};
    EXPECT_EQ(kind_of(token_fences("/l", nullptr, first)), "fine");
    EXPECT_EQ(kind_of(token_fences("/l", &first, first)), "fine");
    EXPECT_EQ(kind_of(token_fences("/l", &first, later)), "fine");
    EXPECT_EQ(kind_of(token_fences("/l", &first, same)), "Fencing/Token");
    EXPECT_EQ(kind_of(token_fences("/l", &later, first)), "Fencing/Token");
    Guarded guarded;
    EXPECT_TRUE(guarded.lets_in(first));
    EXPECT_TRUE(guarded.lets_in(later));
    EXPECT_FALSE(guarded.lets_in(first));
    EXPECT_FALSE(guarded.intruder());
    EXPECT_TRUE(guarded.lets_in({.token = later.token, .holder = first.holder}));
    EXPECT_TRUE(guarded.intruder());
}

/// Goal: a session that ends before its time is seen, and one that ends in time by a fast clock is
/// not called so.
/// Method: a second after the last sign of life, and less, with clocks of different bounds.
TEST(SessionsNotHurried, TrueTimeDecides) {
    const SignOfLife sign{.ttl_us = 1'000'000, .proposed = Time{500}};
    const auto judge = [&](std::uint64_t expired, std::uint32_t ppm, std::uint64_t jumped) {
        return kind_of(session_not_hurried(store::SessionId{1}, sign, Time{expired},
                                           {.drift_ppm = ppm, .jumped_us = jumped}));
    };
    EXPECT_EQ(judge(1'000'500, 0, 0), "fine");
    EXPECT_EQ(judge(990'000, 0, 0), "SessionsNotHurried/Expired");
    EXPECT_EQ(judge(990'500, 20'000, 0), "fine");
    EXPECT_EQ(judge(990'500, 1'000, 0), "SessionsNotHurried/Expired");
    EXPECT_EQ(judge(900'500, 0, 100'000), "fine");
}

/// Goal: machines with different contents have different snapshots, and equal ones equal.
/// Method: two stores in step, then one of them goes on.
TEST(EqualSnapshots, OfEqualStores) {
    Both one;
    Both two;
    one.run(set("/a", "x"));
    two.run(set("/a", "x"));
    EXPECT_EQ(kind_of(equal_snapshots(NodeId{1}, one.slot, one.real, two.real)), "fine");
    two.run(set("/b", "x"));
    EXPECT_EQ(kind_of(equal_snapshots(NodeId{1}, one.slot, one.real, two.real)),
              "EqualSnapshots/Differ");
}

/// Goal: commands, questions and events are told as a person says them.
/// Method: one of each shape.
TEST(StoreWords, AreThoseOfAPerson) {
    const auto at = [](const std::string& path, std::int64_t revision) {
        return store::Set{path, Revision{revision}, text("x"), {}};
    };
    EXPECT_EQ(store_command_words(at("/a", 7)), "set /a = x if at 7");
    EXPECT_EQ(store_command_words(at("/a", 0)), "set /a = x if missing");
    EXPECT_EQ(store_command_words(at("/a", -1)), "set /a = x");
    EXPECT_EQ(store_command_words(store::Del{"/a", Revision{3}}), "del /a if at 3");
    store::Transact pair;
    pair.compares = {store::CompareFile{"/a", Revision{7}},
                     store::CompareSubtree{"/b", Revision{9}}};
    pair.writes = {store::PutFile{"/a", text("y"), store::SessionId{2}}, store::RemoveFile{"/c"}};
    EXPECT_EQ(store_command_words(pair),
              "if /a is at 7 and nothing at /b changed since 9: set /a = y of session 2, del /c");
    EXPECT_EQ(store_command_words(store::Acquire{"/lock", store::SessionId{2}, {}}),
              "lock /lock for session 2");
    EXPECT_EQ(store_query_words(store::Walk{"/**", 2, Revision{5}, 1}), "walk /** from 2 at 5");
    store::Told nothing;
    nothing.through = Revision{9};
    EXPECT_EQ(store_told_words(nothing), "nothing through 9");
}

}  // namespace
}  // namespace decree::props::test
