#include "props/history/model.hpp"

#include <gtest/gtest.h>

#include "tests/history/little_history.hpp"

namespace decree::history::test {
namespace {

constexpr Response refused{.status = Status::Failed, .told = std::nullopt};
constexpr Response no_answer{};

Response told(const std::string& state) { return {.status = Status::Ok, .told = state}; }

Operation operation(Function function, const std::string& value = "",
                    const std::string& expected = "") {
    return {.function = function, .key = "", .value = value, .expected = expected};
}

/// Goal: a register holds what was written last, and nothing at first; a read tells just that.
/// Method: reads and writes in both states.
TEST(CasRegister, HoldsWhatWasWrittenLast) {
    const Model& model = cas_register();
    EXPECT_EQ(model.apply("", operation(Function::Write, "3"), ok), "3");
    EXPECT_EQ(model.apply("1", operation(Function::Write, "3"), ok), "3");
    EXPECT_EQ(model.apply("3", operation(Function::Read), told("3")), "3");
    EXPECT_EQ(model.apply("3", operation(Function::Read), told("")), std::nullopt);
    EXPECT_EQ(model.apply("", operation(Function::Read), told("")), "");
}

/// Goal: compare-and-set stores where the expected value is, and tells whether it did.
/// Method: each answer in each state; from a value to itself.
TEST(CasRegister, ComparesAndSets) {
    const Model& model = cas_register();
    const Operation cas = operation(Function::Cas, "2", "1");
    EXPECT_EQ(model.apply("1", cas, ok), "2");
    EXPECT_EQ(model.apply("3", cas, ok), std::nullopt);
    EXPECT_EQ(model.apply("", cas, ok), std::nullopt);
    EXPECT_EQ(model.apply("1", cas, refused), std::nullopt);
    EXPECT_EQ(model.apply("3", cas, refused), "3");
    EXPECT_EQ(model.apply("1", cas, no_answer), "2");
    EXPECT_EQ(model.apply("3", cas, no_answer), "3");
    EXPECT_EQ(model.apply("1", operation(Function::Cas, "1", "1"), ok), "1");
}

/// Goal: put replaces, append adds at the end, and both may tell what is there then.
/// Method: with an answer that fits, one that does not, and none.
TEST(Kv, PutsAndAppends) {
    const Model& model = kv();
    EXPECT_EQ(model.apply("a", operation(Function::Put, "b"), ok), "b");
    EXPECT_EQ(model.apply("a", operation(Function::Append, "b"), ok), "ab");
    EXPECT_EQ(model.apply("a", operation(Function::Append, "b"), told("ab")), "ab");
    EXPECT_EQ(model.apply("a", operation(Function::Append, "b"), told("b")), std::nullopt);
    EXPECT_EQ(model.apply("a", operation(Function::Put, "b"), told("ab")), std::nullopt);
    EXPECT_EQ(model.apply("ab", operation(Function::Get), told("ab")), "ab");
    EXPECT_EQ(model.apply("ab", operation(Function::Get), told("a")), std::nullopt);
}

/// Goal: what changes nothing is known as such, and what says nothing as that.
/// Method: each function with each kind of answer.
TEST(Models, KnowWhatObservesAndWhatSaysNothing) {
    const Model& reg = cas_register();
    EXPECT_TRUE(reg.only_observes(operation(Function::Read), ok));
    EXPECT_FALSE(reg.only_observes(operation(Function::Write, "1"), ok));
    EXPECT_FALSE(reg.only_observes(operation(Function::Cas, "2", "1"), ok));
    EXPECT_TRUE(reg.only_observes(operation(Function::Cas, "2", "1"), refused));
    EXPECT_TRUE(reg.only_observes(operation(Function::Cas, "1", "1"), ok));
    EXPECT_TRUE(kv().only_observes(operation(Function::Append, ""), ok));
    EXPECT_FALSE(kv().only_observes(operation(Function::Put, ""), ok));

    EXPECT_TRUE(reg.says_nothing(operation(Function::Read), no_answer));
    EXPECT_TRUE(reg.says_nothing(operation(Function::Read), refused));
    EXPECT_FALSE(reg.says_nothing(operation(Function::Read), told("")));
    EXPECT_TRUE(reg.says_nothing(operation(Function::Write, "1"), refused));
    EXPECT_FALSE(reg.says_nothing(operation(Function::Write, "1"), no_answer));
    EXPECT_FALSE(reg.says_nothing(operation(Function::Cas, "2", "1"), refused));
    EXPECT_FALSE(reg.says_nothing(operation(Function::Cas, "1", "1"), ok));
    EXPECT_TRUE(reg.says_nothing(operation(Function::Cas, "1", "1"), no_answer));
    EXPECT_TRUE(kv().says_nothing(operation(Function::Append, "b"), refused));
}

/// Goal: models are found by the names that the command line uses, and have functions of their own.
/// Method: both names, and one that there is not.
TEST(Models, AreFoundByName) {
    EXPECT_EQ(find_model("cas-register"), &cas_register());
    EXPECT_EQ(find_model("kv"), &kv());
    EXPECT_EQ(find_model("store"), nullptr);
    for (const Function each : {Function::Read, Function::Write, Function::Cas}) {
        EXPECT_TRUE(cas_register().has(each));
        EXPECT_FALSE(kv().has(each));
    }
    for (const Function each : {Function::Get, Function::Put, Function::Append}) {
        EXPECT_FALSE(cas_register().has(each));
        EXPECT_TRUE(kv().has(each));
    }
}

}  // namespace
}  // namespace decree::history::test
