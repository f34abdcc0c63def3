#include <gtest/gtest.h>

#include "props/acknowledged_is_durable.hpp"
#include "props/linearizability.hpp"
#include "tests/props/fake_cluster.hpp"

namespace decree::props::test {
namespace {

/// Three voters; `texts` are asked, and chosen one in each slot.
FakeCluster with_log(const std::vector<const char*>& texts) {
    FakeCluster cluster(3);
    cluster.promise({1, 2, 3}, ballot(1, 1));
    Slot slot{};
    for (const char* const text : texts) {
        slot = next(slot);
        cluster.vote({1, 2}, slot, ballot(1, 1), cluster.value(text));
    }
    return cluster;
}

/// What the log answers after its first `length` texts, as the reference has it.
Answer answer_at(const std::vector<const char*>& texts, std::size_t length) {
    CommandLog log{Settings{}};
    SlotResult result;
    for (std::size_t i = 0; i < length; ++i) {
        const Value payload = encode_command(AppendText{texts[i]});
        const CommandView command{.id = {}, .payload = payload.bytes()};
        result.clear();
        log.apply({.slot = Slot{i + 1}, .stamp = {}}, {&command, 1}, result);
    }
    return log.query({});
}

const std::vector<const char*> texts = {"a", "b", "c"};

/// Goal: an answer Done from a slot that is not chosen is found at the reply.
/// Method: slots 1 to 3 are chosen; replies from slots 3 and 4.
TEST(AcknowledgedIsDurable, AReplyFromAnUnchosenSlotIsFound) {
    FakeCluster cluster = with_log(texts);
    cluster.reply(1, Slot{3});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    cluster.reply(1, Slot{4});
    EXPECT_EQ(cluster.found(), "AcknowledgedIsDurable (Reply) at TimePassed");
}

/// Goal: an answer to a command that the chosen log has not executed is found.
/// Method: a fourth command is asked, never chosen, and answered Done, or given up as Busy.
TEST(AcknowledgedIsDurable, AnAnswerWithoutExecutionIsFound) {
    FakeCluster cluster = with_log(texts);
    (void)cluster.ask("d");
    FakeCluster busy = cluster;
    busy.observer.answered(3, Outcome::Busy, "");
    busy.observer.finish_history();
    EXPECT_EQ(busy.found(), "") << busy.details();
    cluster.observer.answered(3, Outcome::Done, answer_at(texts, 3));
    EXPECT_EQ(cluster.found(), "AcknowledgedIsDurable (Answer) at Answer");
}

/// Goal: what was refused before it was proposed is never executed, unless it was asked again.
/// Method: the first command is answered Busy although it was executed; once asked once, once
/// twice.
TEST(AcknowledgedIsDurable, ExecutionAfterARefusalIsFound) {
    Operation operation;
    operation.kind = Operation::Kind::Command;
    operation.outcome = Outcome::Busy;
    operation.times_asked = 1;
    EXPECT_FALSE(refused_is_not_executed(operation).has_value());
    operation.position = 1;
    EXPECT_TRUE(refused_is_not_executed(operation).has_value());
    operation.times_asked = 2;
    EXPECT_FALSE(refused_is_not_executed(operation).has_value());
}

/// Goal: true answers in any order are linearizable, as long as the calls overlap.
/// Method: all commands are asked first, and answered in reverse.
TEST(Linearizability, ConcurrentCallsMayBeAnsweredInAnyOrder) {
    FakeCluster cluster = with_log(texts);
    for (std::size_t i = texts.size(); i > 0; --i) {
        cluster.observer.answered(i - 1, Outcome::Done, answer_at(texts, i));
    }
    cluster.observer.finish_history();
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: an answer that is not the reference's is found.
/// Method: the second command is told what the first should be told.
TEST(Linearizability, AnotherAnswerIsFound) {
    FakeCluster cluster = with_log(texts);
    cluster.observer.answered(1, Outcome::Done, answer_at(texts, 1));
    EXPECT_EQ(cluster.found(), "Linearizability (Answer) at Answer");
}

/// Goal: a read may see what was before or after a concurrent command, and nothing older than an
/// answer that came before it was asked.
/// Method: three commands, the second of which is answered; then a read that sees 1, 2 or 3 texts.
TEST(Linearizability, AStaleReadIsFound) {
    for (std::size_t seen = 0; seen <= 3; ++seen) {
        FakeCluster cluster = with_log(texts);
        cluster.observer.asked_read(10, {});
        cluster.observer.answered(1, Outcome::Done, answer_at(texts, 2));
        cluster.observer.asked_read(11, {});
        cluster.observer.answered(10, Outcome::Done, answer_at(texts, seen));
        EXPECT_EQ(cluster.found(), "") << cluster.details();
        cluster.observer.answered(11, Outcome::Done, answer_at(texts, seen));
        EXPECT_EQ(cluster.found(), seen < 2 ? "Linearizability (StaleRead) at Answer" : "") << seen;
    }
}

/// Goal: what one read saw, a later read does not forget.
/// Method: a read sees three texts; a read asked after its answer sees two.
TEST(Linearizability, ReadsDoNotGoBack) {
    FakeCluster cluster = with_log(texts);
    cluster.observer.asked_read(10, {});
    cluster.observer.answered(10, Outcome::Done, answer_at(texts, 3));
    cluster.observer.asked_read(11, {});
    cluster.observer.answered(11, Outcome::Done, answer_at(texts, 2));
    EXPECT_EQ(cluster.found(), "Linearizability (StaleRead) at Answer");
}

/// Goal: a read that saw more than there ever was, or other texts, is found.
/// Method: a fourth text; and three texts in another order.
TEST(Linearizability, PhantomsAreFound) {
    FakeCluster cluster = with_log(texts);
    cluster.observer.asked_read(10, {});
    FakeCluster other = cluster;
    cluster.observer.answered(10, Outcome::Done, answer_at({"a", "b", "c", "d"}, 4));
    EXPECT_EQ(cluster.found(), "Linearizability (Phantom) at Answer");
    other.observer.answered(10, Outcome::Done, answer_at({"b", "a", "c"}, 3));
    EXPECT_EQ(other.found(), "Linearizability (ReadAnswer) at Answer");
}

/// Goal: a command that takes effect before what was answered when it was asked is found, also if
/// nobody ever hears of its outcome.
/// Method: plain histories: a command at place 2 is answered; then the one at place 1 is asked. If
/// it was asked before that answer, all is well.
TEST(Linearizability, WholeHistoriesAreJudgedOffline) {
    const Placed second{.interval = {1, 3}, .first = 4, .last = 4, .operation = 0};
    Placed first{.interval = {4, 0}, .first = 2, .last = 2, .operation = 1};
    EXPECT_TRUE(linearizability(std::vector{second, first}).has_value());
    first.interval.invoked = 2;
    EXPECT_FALSE(linearizability(std::vector{second, first}).has_value());
    const Placed read{.interval = {5, 6}, .first = 5, .last = 7, .operation = 2};
    EXPECT_FALSE(linearizability(std::vector{second, first, read}).has_value());
    const Placed stale{.interval = {7, 8}, .first = 3, .last = 3, .operation = 3};
    EXPECT_TRUE(linearizability(std::vector{second, first, read, stale}).has_value());
}

/// Goal: two reads between the same commands may see the same in any order, before a later command.
/// Method: reads in a window of several points, then a command right behind the window.
TEST(Linearizability, AWindowHasRoomForManyReads) {
    const Placed a{.interval = {1, 2}, .first = 3, .last = 5, .operation = 0};
    const Placed b{.interval = {3, 4}, .first = 3, .last = 5, .operation = 1};
    const Placed c{.interval = {5, 6}, .first = 4, .last = 4, .operation = 2};
    const Placed d{.interval = {7, 8}, .first = 3, .last = 3, .operation = 3};
    EXPECT_FALSE(linearizability(std::vector{a, b, c}).has_value());
    EXPECT_TRUE(linearizability(std::vector{a, b, c, d}).has_value());
}

/// Goal: a retry is the same operation, and only its first answer counts.
/// Method: the same request asked twice and answered twice.
TEST(Linearizability, RetriesAreOneOperation) {
    FakeCluster cluster(3);
    const Command command = cluster.ask("a");
    cluster.observer.asked(0, command.id, command.payload);
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), FakeCluster::value_of({command}));
    cluster.observer.answered(0, Outcome::Done, answer_at({"a"}, 1));
    cluster.observer.answered(0, Outcome::Done, "something else, from an older try");
    cluster.observer.finish_history();
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    EXPECT_EQ(cluster.observer.sometimes().commands_answered, 1U);
}

}  // namespace
}  // namespace decree::props::test
