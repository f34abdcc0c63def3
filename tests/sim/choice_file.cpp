#include "sim/choice_file.hpp"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace decree::sim {
namespace {

ChoiceFile example() {
    ChoiceFile file;
    file.profile = "network";
    file.nodes = 5;
    file.seed = 42;
    file.record[{Site::Swarm, 0}] = {{2, 1}, {2, 0}, {2, 0}, {2, 0}};
    file.record[{Site::Fate, 66}] = {{100, 0}, {100, 0}, {100, 3}};
    return file;
}

constexpr std::string_view example_text =
    "decree-choices 1\n"
    "profile network\n"
    "nodes 5\n"
    "seed 42\n"
    "Swarm 0 1/2 0/2x3\n"
    "Fate 66 0/100x2 3/100\n";

/// Goal: the text is the documented one.
/// Method: compare with it, all but the check sum.
TEST(ChoiceFile, IsTheDocumentedText) {
    const std::string text = to_text(example());
    EXPECT_EQ(text.substr(0, example_text.size()), example_text);
    EXPECT_EQ(text.substr(example_text.size(), 6), "check ");
    EXPECT_EQ(text.size(), example_text.size() + 6 + 16 + 1);
    EXPECT_TRUE(looks_like_choices(text));
}

/// Goal: what was written is read.
/// Method: any record, there and back.
RC_GTEST_PROP(ChoiceFileProperty, ReadsWhatItWrote, ()) {
    ChoiceFile file = example();
    file.seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto streams = *rc::gen::inRange(0, 6);
    for (int i = 0; i < streams; ++i) {
        const StreamKey key{static_cast<Site>(*rc::gen::inRange(0, 12)),
                            *rc::gen::arbitrary<std::uint32_t>()};
        const auto count = *rc::gen::inRange(1, 30);
        for (int k = 0; k < count; ++k) {
            const auto value = *rc::gen::inRange<std::uint32_t>(0, 3);
            file.record[key].push_back({value + *rc::gen::inRange<std::uint32_t>(1, 3), value});
        }
    }
    const auto read = read_choices(to_text(file));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == file);
}

/// Goal: no damage goes unnoticed.
/// Method: flip a bit of each byte of a file, and cut it at each byte.
TEST(ChoiceFile, NoticesEveryDamage) {
    const std::string text = to_text(example());
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string damaged = text;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        EXPECT_FALSE(read_choices(damaged).has_value()) << "byte " << i;
        if (i + 1 < text.size()) {
            EXPECT_FALSE(read_choices(text.substr(0, i)).has_value()) << "cut at " << i;
        }
    }
}

/// Goal: a person may edit it.
/// Method: another value, and `check edited`.
TEST(ChoiceFile, TakesWhatIsMarkedAsEdited) {
    std::string text(example_text);
    text.replace(text.find("3/100"), 5, "4/100");
    const auto read = read_choices(text + "check edited\n");
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->record.at({Site::Fate, 66})[2].value, 4U);
}

/// Goal: an error says what was expected, and in which line.
/// Method: files with one mistake each.
TEST(ChoiceFile, SaysWhatIsWrongAndWhere) {
    const std::string head = "decree-choices 1\nprofile calm\nnodes 0\nseed 1\n";
    const auto offset_of = [](const std::string& text) -> std::uint64_t {
        const auto read = read_choices(text);
        return read ? 0 : read.error().offset;
    };
    for (const char* line :
         {"Nowhere 0 1/2", "Fate x 1/2", "Fate 0", "Fate 0 2/2", "Fate 0 1/0", "Fate 0 1/2x0",
          "Fate 0 1/2x", "Fate 0 -1/2", "Fate 0 1/2x9999999999", "Fate 0  1/2"}) {
        EXPECT_EQ(offset_of(head + line + "\ncheck edited\n"), head.size()) << line;
    }
    EXPECT_EQ(offset_of(head + "Fate 0 1/2\nFate 0 1/2\ncheck edited\n"), head.size() + 11);
    EXPECT_EQ(offset_of(head + "Fate 1 1/2\nFate 0 1/2\ncheck edited\n"), head.size() + 11);
    EXPECT_EQ(offset_of(head + "check edited\nmore\n"), head.size());
    const auto other = read_choices("decree-choices 2\n");
    ASSERT_FALSE(other.has_value());
    EXPECT_NE(other.error().what.find("decree-choices 1"), std::string::npos);
}

}  // namespace
}  // namespace decree::sim
