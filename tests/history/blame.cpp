#include "props/history/blame.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "props/history/words.hpp"
#include "tests/history/little_history.hpp"

namespace decree::history::test {
namespace {

using Kind = Contradiction::Kind;

Contradiction blamed(const History& history, const Model& model) {
    const Report report = check(history, model);
    EXPECT_EQ(report.verdict, Verdict::NotLinearizable);
    if (!report.contradiction) throw std::runtime_error("no contradiction is named");
    return *report.contradiction;
}

std::string said(const Call* call) { return call == nullptr ? "nobody" : words(*call); }

/// Goal: a stale read collides with the write that it does not show.
/// Method: two writes, and a read of the first one.
TEST(Blame, NamesTheWriteThatAStaleReadMissed) {
    const History history = of_register(R"(
        0 :invoke :write 1
        0 :ok :write 1
        1 :invoke :write 2
        1 :ok :write 2
        3 :invoke :write 4
        2 :invoke :read nil
        2 :ok :read 1
        3 :ok :write 4)");
    const Contradiction found = blamed(history, cas_register());
    EXPECT_EQ(found.prefix, 7U);
    EXPECT_EQ(found.kind, Kind::Pair);
    EXPECT_EQ(said(found.first), "write 2, done");
    EXPECT_EQ(said(found.second), "read, told 1");
    EXPECT_EQ(found.possible, (std::vector<State>{"2"}));
}

/// Goal: reads that go back collide with each other, where nothing else does.
/// Method: two writes of unknown outcome, seen in one order and then in the other.
TEST(Blame, NamesTwoReadsThatDisagree) {
    const History history = of_register(R"(
        0 :invoke :write 1
        1 :invoke :write 2
        2 :invoke :read nil
        2 :ok :read 1
        2 :invoke :read nil
        2 :ok :read 2
        3 :invoke :read nil
        3 :ok :read 1)");
    const Contradiction found = blamed(history, cas_register());
    EXPECT_EQ(found.kind, Kind::Pair);
    ASSERT_NE(found.first, nullptr);
    EXPECT_EQ(found.first->interval.returned, 6U);
    EXPECT_EQ(found.second->interval.returned, 8U);
}

/// Goal: an answer that nothing explains stands alone, beside the last change before it.
/// Method: a read of a value that nobody wrote; and one in a history without any change.
TEST(Blame, KnowsAnAnswerFromNowhere) {
    const History history = of_register(R"(
        0 :invoke :write 1
        0 :ok :write 1
        1 :invoke :read nil
        1 :ok :read 1
        2 :invoke :read nil
        2 :ok :read 7)");
    const Contradiction found = blamed(history, cas_register());
    EXPECT_EQ(found.kind, Kind::Lonely);
    EXPECT_EQ(said(found.first), "write 1, done");
    EXPECT_EQ(said(found.second), "read, told 7");
    const Contradiction alone = blamed(of_register(R"(
        2 :invoke :read nil
        2 :ok :read 7)"),
                                       cas_register());
    EXPECT_EQ(alone.first, nullptr);
}

/// Goal: a history fails when its answers cannot be explained, not when a later one is known.
/// Method: a read sees what only a compare-and-set in flight can have stored, which is then
/// refused.
TEST(Blame, WaitsForTheAnswerThatContradicts) {
    const History history = of_register(R"(
        0 :invoke :write 1
        0 :ok :write 1
        1 :invoke :cas [1 2]
        3 :invoke :write 3
        2 :invoke :read nil
        2 :ok :read 2
        1 :fail :cas [1 2])");
    const Contradiction found = blamed(history, cas_register());
    EXPECT_EQ(found.prefix, 7U);
    EXPECT_EQ(said(found.first), "read, told 2");
    EXPECT_EQ(said(found.second), "cas [1 2], refused: another value was there");
}

/// Goal: of several objects, the one that fails first is named.
/// Method: three keys, of which two fail, the later one by name sooner.
TEST(Blame, NamesTheObjectThatFailsFirst) {
    const History history = of_json(R"(
{"process":0,"type":"invoke","f":"get","key":"c"}
{"process":1,"type":"invoke","f":"get","key":"b"}
{"process":2,"type":"invoke","f":"put","key":"a","value":"x"}
{"process":0,"type":"ok","f":"get","key":"c","value":"c?"}
{"process":1,"type":"ok","f":"get","key":"b","value":"b?"}
{"process":2,"type":"ok","f":"put"})",
                                    kv());
    const Contradiction found = blamed(history, kv());
    EXPECT_EQ(found.prefix, 4U);
    EXPECT_EQ(said(found.second), "get \"c\", told \"c?\"");
}

/// Goal: where there is an order of a beginning only, the shortest beginning without one is found.
/// Method: ask from the first return on; the last, too, may be the one.
TEST(Blame, FindsTheShortestPrefix) {
    const History history = of_register(R"(
        0 :invoke :write 1
        0 :ok :write 1
        1 :invoke :read nil
        1 :ok :read 1
        1 :invoke :read nil
        1 :ok :read 2
        1 :invoke :read nil
        1 :ok :read 3)");
    const auto calls = pointers(history);
    const auto prefix = [&](Moment from, Moment to) {
        return shortest_failing_prefix(calls, cas_register(), from, to, {}, nullptr).end;
    };
    EXPECT_EQ(prefix(1, 8), 6U);
    EXPECT_EQ(prefix(6, 8), 6U);
    EXPECT_EQ(prefix(1, 6), 6U);
}

/// Goal: long texts are shortened, and what cannot be printed is not.
/// Method: words of calls of each function.
TEST(Words, SayWhatACallWas) {
    Call call;
    call.operation = {.function = Function::Append, .key = "k", .value = "a\n", .expected = ""};
    EXPECT_EQ(words(call), "append \"a?\" to \"k\", outcome unknown");
    call.response = {.status = Status::Ok, .told = std::string(100, 'x')};
    EXPECT_EQ(words(call), "append \"a?\" to \"k\", then told \"" + std::string(27, 'x') + "..." +
                               std::string(27, 'x') + "\"");
    std::string letters = "x";
    for (int i = 0; i < 40; ++i) letters += "\xC3\xA9";
    call.response.told = letters;
    EXPECT_EQ(words(call).size(), words(call).find("...") + 3 + 26 + 1);
    call.operation = {.function = Function::Read, .key = "", .value = "", .expected = ""};
    call.response = {.status = Status::Ok, .told = ""};
    EXPECT_EQ(words(call), "read, told nil");
    call.operation.key = "r";
    EXPECT_EQ(words(call), "read of \"r\", told nil");
    call.operation.function = Function::Put;
    call.response = {.status = Status::Failed, .told = std::nullopt};
    EXPECT_EQ(words(call), "put \"\" into \"r\", failed");
}

}  // namespace
}  // namespace decree::history::test
