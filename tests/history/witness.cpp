#include "props/history/witness.hpp"

#include <gtest/gtest.h>

#include "tests/history/little_history.hpp"

namespace decree::history::test {
namespace {

constexpr std::string_view honest = R"(
{"process":0,"type":"invoke","f":"append","key":"k","value":"a"}
{"process":1,"type":"invoke","f":"append","key":"k","value":"b"}
{"process":0,"type":"ok","f":"append","revision":2}
{"process":1,"type":"ok","f":"append","revision":1}
{"process":2,"type":"invoke","f":"get","key":"k"}
{"process":2,"type":"ok","f":"get","key":"k","value":"ba","revision":2})";

/// Goal: revisions that tell a true order make a search needless.
/// Method: two appends that overlap and a get, with revisions; the check reports no state.
TEST(Witness, TellsTheOrder) {
    const History history = of_json(std::string(honest), kv());
    EXPECT_TRUE(witnessed(pointers(history), kv()));
    const Report report = check(history, kv());
    EXPECT_EQ(report.verdict, Verdict::Linearizable);
    EXPECT_EQ(report.witnessed, 1U);
    EXPECT_EQ(report.states, 0U);
}

/// Goal: a witness is believed only when it explains everything, and where it does not, nothing
/// follows.
/// Method: the revisions turned round, one doubled, one missing, one that is too large; the verdict
/// stays.
TEST(Witness, IsNotBelievedBlindly) {
    const History history = of_json(std::string(honest), kv());
    const auto verdict_with = [&](std::optional<std::uint64_t> first,
                                  std::optional<std::uint64_t> second) {
        History other = history;
        other.calls[0].revision = first;
        other.calls[1].revision = second;
        EXPECT_FALSE(witnessed(pointers(other), kv()));
        return check(other, kv()).verdict;
    };
    EXPECT_EQ(verdict_with(1, 2), Verdict::Linearizable);
    EXPECT_EQ(verdict_with(2, 2), Verdict::Linearizable);
    EXPECT_EQ(verdict_with(std::nullopt, 1), Verdict::Linearizable);
    EXPECT_EQ(verdict_with(~std::uint64_t{0}, 1), Verdict::Linearizable);
}

/// Goal: an order that revisions tell against real time is none.
/// Method: a get that saw an older revision after a newer one had been answered.
TEST(Witness, RespectsRealTime) {
    const History history = of_json(R"(
{"process":0,"type":"invoke","f":"append","key":"k","value":"a"}
{"process":0,"type":"ok","f":"append","revision":1}
{"process":2,"type":"invoke","f":"get","key":"k"}
{"process":2,"type":"ok","f":"get","key":"k","value":"","revision":0})",
                                    kv());
    EXPECT_FALSE(witnessed(pointers(history), kv()));
    EXPECT_EQ(check(history, kv()).verdict, Verdict::NotLinearizable);
}

/// Goal: calls of unknown outcome need no revision: perhaps they never took effect.
/// Method: an append that nobody sees, and one that somebody sees: then a search finds the order.
TEST(Witness, LeavesUnknownCallsOut) {
    const History unseen = of_json(R"(
{"process":0,"type":"invoke","f":"append","key":"k","value":"a"}
{"process":2,"type":"invoke","f":"get","key":"k"}
{"process":2,"type":"ok","f":"get","key":"k","value":"","revision":0})",
                                   kv());
    EXPECT_TRUE(witnessed(pointers(unseen), kv()));
    const History seen = of_json(R"(
{"process":0,"type":"invoke","f":"append","key":"k","value":"a"}
{"process":2,"type":"invoke","f":"get","key":"k"}
{"process":2,"type":"ok","f":"get","key":"k","value":"a","revision":1})",
                                 kv());
    EXPECT_FALSE(witnessed(pointers(seen), kv()));
    EXPECT_EQ(check(seen, kv()).verdict, Verdict::Linearizable);
}

}  // namespace
}  // namespace decree::history::test
