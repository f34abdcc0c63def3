#include "traces/history/report.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "tests/history/little_history.hpp"

namespace decree::history::test {
namespace {

const std::string file = "run.log";

traces::JudgedHistory judged(const History& history, const Model& model) {
    return {.file = &file, .model = &model, .history = &history};
}

const char* const stale_read = R"(
    0 :invoke :write 1
    0 :ok :write 1
    1 :invoke :write 2
    1 :ok :write 2
    2 :invoke :read nil
    2 :ok :read 1
    2 :invoke :read nil)";

/// Goal: a person learns the verdict, since when it is so, and which two calls collide.
/// Method: a stale read, word by word.
TEST(HistoryReport, TellsAPersonWhy) {
    const History history = of_register(stale_read);
    const Report report = check(history, cas_register());
    EXPECT_EQ(
        traces::to_text(judged(history, cas_register()), report),
        "run.log: not linearizable: the first 6 of 7 events, up to line 6, have no order that "
        "explains\nevery answer; without the last of them there is one\n"
        "  lines 3 to 4: process 1: write 2, done\n"
        "  lines 5 to 6: process 2: read, told 1\n"
        "These two contradict each other: the first had returned before the second was called, "
        "and\nno order of the calls explains both answers, even if all that was answered between\n"
        "them is forgotten; with the first forgotten as well there is one.\n"
        "When the second returned, what could be there was 2.\n");
}

/// Goal: a good history is told in one line.
/// Method: the same without its last read.
TEST(HistoryReport, TellsThatAllIsWell) {
    const History history = of_register("0 :invoke :write 1\n0 :ok :write 1");
    const Report report = check(history, cas_register());
    EXPECT_EQ(traces::to_text(judged(history, cas_register()), report),
              "run.log: linearizable: 1 call by 1 process, 1 object, 1 state visited\n");
}

/// Goal: a program learns the same.
/// Method: the JSON of both, field by field.
TEST(HistoryReport, TellsPrograms) {
    const History history = of_register(stale_read);
    const auto judgement = judged(history, cas_register());
    const boost::json::value all =
        boost::json::parse(traces::to_json(judgement, check(history, cas_register())));
    EXPECT_EQ(all.at("linearizable"), false);
    EXPECT_EQ(all.at("model").as_string(), "cas-register");
    EXPECT_EQ(all.at("events").to_number<int>(), 7);
    const boost::json::value& found = all.at("contradiction");
    EXPECT_EQ(found.at("prefix_events").to_number<int>(), 6);
    EXPECT_EQ(found.at("line").to_number<int>(), 6);
    EXPECT_EQ(found.at("kind").as_string(), "pair");
    ASSERT_EQ(found.at("calls").as_array().size(), 2U);
    EXPECT_EQ(found.at("calls").at(0).at("returned").at("line").to_number<int>(), 4);
    EXPECT_EQ(found.at("calls").at(1).at("call").as_string(), "read, told 1");
    EXPECT_EQ(found.at("possible").at(0).as_string(), "2");
}

/// Goal: no verdict is not a verdict, and what to do is said.
/// Method: reports of a search that was too long, and of one that was interrupted.
TEST(HistoryReport, SaysWhyThereIsNoVerdict) {
    const History history = of_register(stale_read);
    Report report;
    report.verdict = Verdict::BeyondLimits;
    report.unjudged = "k";
    const auto judgement = judged(history, cas_register());
    EXPECT_EQ(
        traces::why_no_verdict(judgement, report, {}),
        "run.log: the calls of \"k\" are too hard to judge: more than 10000000 states or 1024 "
        "MiB; check a beginning of the history, or one with fewer calls that overlap or "
        "whose outcome is unknown");
    EXPECT_TRUE(
        boost::json::parse(traces::to_json(judgement, report)).at("linearizable").is_null());
    report.verdict = Verdict::Stopped;
    EXPECT_EQ(traces::why_no_verdict(judgement, report, {}),
              "run.log: interrupted after 0 states, without a verdict");
}

}  // namespace
}  // namespace decree::history::test
