#include "props/history/online.hpp"

#include <gtest/gtest.h>

#include "core/contract.hpp"
#include "tests/history/little_history.hpp"

namespace decree::history::test {
namespace {

Operation write(int value) {
    return {.function = Function::Write, .key = "", .value = std::to_string(value), .expected = ""};
}
Response told(int value) { return {.status = Status::Ok, .told = std::to_string(value)}; }
const Operation reading{.function = Function::Read, .key = "", .value = "", .expected = ""};

/// Goal: memory is bounded by what is open: what nobody waits for is forgotten.
/// Method: ten thousand writes and reads, two at a time.
TEST(Online, ForgetsWhereNobodyIsOpen) {
    Online online(cas_register());
    for (int i = 0; i < 10'000; ++i) {
        const auto first = online.invoked(write(i));
        const auto second = online.invoked(reading);
        online.returned(second, i == 0 ? Response{.status = Status::Ok, .told = ""} : told(i - 1));
        online.returned(first, ok);
        ASSERT_EQ(online.calls_kept(), 0U);
        ASSERT_EQ(online.configurations_kept(), 1U);
    }
    EXPECT_EQ(online.verdict(), Verdict::Linearizable);
}

/// Goal: the same where calls overlap all the time.
/// Method: each write begins before the one before it ends.
TEST(Online, ForgetsWhereCallsOverlapAllTheTime) {
    Online online(cas_register());
    auto before = online.invoked(write(0));
    std::size_t most = 0;
    for (int i = 1; i < 10'000; ++i) {
        const auto now = online.invoked(write(i));
        online.returned(before, ok);
        before = now;
        most = std::max(most, online.calls_kept());
        ASSERT_LE(online.configurations_kept(), 4U);
    }
    EXPECT_LT(most, 200U);
    EXPECT_EQ(online.verdict(), Verdict::Linearizable);
}

/// Goal: calls of unknown outcome are kept, since they may take effect later, until they have.
/// Method: an unknown write among many others; then it is seen, and seen again after another write.
TEST(Online, KeepsUnknownCallsUntilTheyAreSpent) {
    Online online(cas_register());
    online.given_up(online.invoked(write(77)));
    for (int i = 0; i < 100; ++i) online.returned(online.invoked(write(i)), ok);
    EXPECT_EQ(online.calls_kept(), 1U);
    online.returned(online.invoked(reading), told(77));
    EXPECT_EQ(online.verdict(), Verdict::Linearizable);
    EXPECT_EQ(online.calls_kept(), 0U);
    online.returned(online.invoked(write(1)), ok);
    online.returned(online.invoked(reading), told(77));
    EXPECT_EQ(online.verdict(), Verdict::NotLinearizable);
    ASSERT_TRUE(online.violation());
    EXPECT_EQ(online.violation()->response, told(77));
}

/// Goal: a violation stays one.
/// Method: a read from nowhere, then calls that are fine.
TEST(Online, StaysWithItsVerdict) {
    Online online(cas_register());
    online.returned(online.invoked(reading), told(7));
    EXPECT_EQ(online.verdict(), Verdict::NotLinearizable);
    online.returned(online.invoked(write(7)), ok);
    online.returned(online.invoked(reading), told(7));
    EXPECT_EQ(online.verdict(), Verdict::NotLinearizable);
}

/// Goal: a call ends once.
/// Method: answer a call twice; give up what was answered; an answer that says nothing.
TEST(Online, EndsEachCallOnce) {
    Online online(cas_register());
    const auto call = online.invoked(write(1));
    EXPECT_THROW(online.returned(call, {}), ContractViolation);
    online.returned(call, ok);
    EXPECT_THROW(online.returned(call, ok), ContractViolation);
    EXPECT_THROW(online.given_up(call), ContractViolation);
}

/// Goal: too hard is said, not guessed.
/// Method: many writes at once under a small limit.
TEST(Online, SaysWhatIsTooHard) {
    Online online(cas_register(), {.states = 100});
    std::vector<Online::CallNumber> calls;
    for (int i = 0; i < 30; ++i) calls.push_back(online.invoked(write(i)));
    for (const auto call : calls) online.returned(call, ok);
    EXPECT_EQ(online.verdict(), Verdict::BeyondLimits);
}

}  // namespace
}  // namespace decree::history::test
