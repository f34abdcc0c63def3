#include "traces/history/run_history.hpp"

#include <gtest/gtest.h>

#include "props/history/words.hpp"
#include "tests/history/little_history.hpp"
#include "tests/traces/small_world.hpp"
#include "traces/history/jsonl.hpp"

namespace decree::history::test {
namespace {

using traces::tests::SmallWorld;

/// What the log answers once it holds `texts`.
Answer answer_of(const std::vector<std::string>& texts) {
    CommandLog log{Settings{}};
    SlotResult result;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const Value payload = encode_command(AppendText{texts[i]});
        const CommandView command{.id = {}, .payload = payload.bytes()};
        result.clear();
        log.apply({.slot = Slot{i + 1}, .stamp = {}}, {&command, 1}, result);
    }
    return log.query({});
}

/// Three nodes that execute X, then Y; clients 1 and 2, of which tests say what they were told.
class TwoTexts {
public:
    TwoTexts() : world_(3) {
        world_.run(3'000'000, [&] { return world_.leader().has_value(); });
        for (const char* const text : {"X", "Y"}) {
            world_.ask(*world_.leader(), text);  // Tags 1 and 2, of client 1.
            world_.run(world_.now() + 10'000);
        }
    }
    void reads(std::uint64_t tag) {
        note(traces::ClientAsked{
            .client = 2, .node = NodeId{1}, .tag = tag, .reads = true, .payload = {}});
    }
    void repeats(std::uint64_t tag) {
        note(traces::ClientAsked{
            .client = 1, .node = NodeId{1}, .tag = tag, .reads = false, .payload = {}});
    }
    void told(std::uint64_t tag, Outcome outcome, const Answer& answer = {}) {
        note(traces::ClientAnswered{
            .client = 1, .node = NodeId{1}, .tag = tag, .outcome = outcome, .answer = answer});
    }
    void gives_up(std::uint64_t tag) { note(traces::ClientGaveUp{.client = 1, .tag = tag}); }
    void asks(const LogCommand& command) { world_.ask(*world_.leader(), command); }

    History history() {
        const auto history = traces::run_history(world_.finish());
        EXPECT_TRUE(history.has_value());
        return history.value_or(History{});
    }

private:
    void note(traces::Note note) { world_.recorder().note(Time{world_.now()}, std::move(note)); }
    SmallWorld world_;
};

/// Goal: a run's history tells what its clients called and were told, and is linearizable.
/// Method: two appends answered in order, a read between, and one after both.
TEST(RunHistory, TellsWhatClientsSaw) {
    TwoTexts run;
    run.reads(10);
    run.told(1, Outcome::Done, answer_of({"X"}));
    run.told(10, Outcome::Done, answer_of({"X"}));
    run.told(2, Outcome::Done, answer_of({"X", "Y"}));
    run.reads(11);
    run.told(11, Outcome::Done, answer_of({"X", "Y"}));
    const History history = run.history();
    ASSERT_EQ(history.calls.size(), 4U);
    EXPECT_EQ(words(history.calls[0]), "append \"X;\" to \"log\", then told \"X;\"");
    EXPECT_EQ(words(history.calls[2]), "get \"log\", told \"X;\"");
    EXPECT_EQ(words(history.calls[3]), "get \"log\", told \"X;Y;\"");
    EXPECT_EQ(history.calls[3].revision, 2U);
    EXPECT_NE(history.calls[0].process, history.calls[1].process);
    EXPECT_NE(history.calls[0].process, history.calls[2].process);
    EXPECT_EQ(history.calls[3].process, history.calls[2].process);
    const Report report = check(history, kv());
    EXPECT_EQ(report.verdict, Verdict::Linearizable);
    EXPECT_EQ(report.witnessed, 1U);
    EXPECT_EQ(of_json(traces::jsonl::write(history), kv()).calls, history.calls);
}

/// Goal: a run that is not linearizable has a history that is not.
/// Method: a read that is stale; one that saw a log that no node had.
TEST(RunHistory, ShowsWhatIsWrong) {
    TwoTexts stale;
    stale.told(2, Outcome::Done, answer_of({"X", "Y"}));
    stale.reads(10);
    stale.told(10, Outcome::Done, answer_of({"X"}));
    const Report report = check(stale.history(), kv());
    ASSERT_EQ(report.verdict, Verdict::NotLinearizable);
    TwoTexts phantom;
    phantom.reads(10);
    phantom.told(10, Outcome::Done, answer_of({"Y", "X"}));
    const History history = phantom.history();
    EXPECT_TRUE(history.calls.back().response.told->starts_with("no log of any node: 2 texts"));
    EXPECT_FALSE(linearizable(history, kv()));
}

/// Goal: what is not known to have happened, or not to have, is unknown.
/// Method: answers of each kind; a call that was repeated before it was refused; one given up.
TEST(RunHistory, KnowsWhatIsUnknown) {
    TwoTexts run;
    run.told(1, Outcome::Busy);
    run.repeats(2);
    run.told(2, Outcome::Busy);
    run.reads(10);
    run.told(10, Outcome::Stale);
    run.reads(11);
    run.gives_up(11);
    run.told(11, Outcome::Done, answer_of({"X"}));
    const History history = run.history();
    ASSERT_EQ(history.calls.size(), 4U);
    EXPECT_EQ(history.calls[0].response.status, Status::Failed);
    EXPECT_EQ(history.calls[1].response.status, Status::Unknown);
    EXPECT_EQ(history.calls[2].response.status, Status::Unknown);
    EXPECT_EQ(history.calls[3].response.status, Status::Unknown);
}

/// Goal: commands that append nothing have seen the log all the same; long texts are told apart.
/// Method: a change of voters, and two texts that begin alike.
TEST(RunHistory, TellsOtherCommandsAndLongTexts) {
    TwoTexts run;
    run.asks(SetVoters{.voters = {NodeId{1}, NodeId{2}, NodeId{3}}});
    run.asks(AppendText{std::string(40, 'a')});
    run.asks(AppendText{std::string(41, 'a')});
    run.told(3, Outcome::Done, answer_of({"X", "Y"}));
    const History history = run.history();
    ASSERT_EQ(history.calls.size(), 5U);
    EXPECT_EQ(words(history.calls[2]), "get \"log\", told \"X;Y;\"");
    EXPECT_TRUE(history.calls[3].operation.value.starts_with("aaaaaaaaaaaaaaaaaaaaaaaa~"));
    EXPECT_NE(history.calls[3].operation.value, history.calls[4].operation.value);
}

}  // namespace
}  // namespace decree::history::test
