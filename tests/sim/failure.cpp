#include "sim/failure.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sim/output.hpp"
#include "sim/report.hpp"

namespace decree::sim {
namespace {

// Draws up to 500 choices on each of four links, and fails at the third high one, or (another bug)
// when five in a row are low.
RunResult planted_run(Choices& choices, const RunOptions&) {
    RunResult result;
    result.statistics.runs = 1;
    std::uint32_t high = 0;
    std::uint32_t low = 0;
    for (std::uint32_t i = 0; i < 2'000; ++i) {
        const std::uint32_t drawn = choices.draw(Site::Fate, 65 + i % 4, 1'000);
        result.digest = result.digest * 31 + drawn;
        ++result.statistics.events;
        high += drawn >= 990 ? 1U : 0U;
        low = drawn > 0 && drawn < 300 ? low + 1 : 0;
        if (high == 3) {
            result.violation = props::Violation{"Agreement", "three high", "Agreement: high"};
        } else if (low == 5) {
            result.violation = props::Violation{"Validity", "five low", "Validity: low"};
        }
        if (result.violation) break;
    }
    return result;
}

std::uint64_t seed_that_fails_with(const std::string& signature) {
    for (std::uint64_t seed = 1;; ++seed) {
        Choices choices = Choices::from_seed(seed);
        const RunResult result = planted_run(choices, {});
        if (result.violation && result.violation->signature == signature) return seed;
    }
}

// A folder of this test's own, gone at its end.
class Folder {
public:
    Folder() {
        static std::atomic<int> number = 0;
        path_ = std::filesystem::temp_directory_path() /
                ("decree-test-" + std::to_string(::getpid()) + "-" + std::to_string(++number));
        std::filesystem::create_directories(path_);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string operator/(const std::string& name) const {
        return (path_ / name).string();
    }
    [[nodiscard]] std::size_t files() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
            count += entry.is_regular_file() ? 1U : 0U;
        }
        return count;
    }

private:
    std::filesystem::path path_;
};

/// Goal: a failing seed becomes the least record that fails in the same way, not in another.
/// Method: a run with two planted bugs; shrink a seed of each.
TEST(Failure, ShrinksToTheSameBug) {
    const Profile profile;
    const std::uint64_t high_seed = seed_that_fails_with("Agreement: high");
    const auto high = shrink_seed(planted_run, profile, high_seed, {});
    ASSERT_TRUE(high.has_value());
    EXPECT_EQ(high->violation.signature, "Agreement: high");
    EXPECT_EQ(high->size_after, (RecordSize{3, 3, 3 * 990}));
    EXPECT_GT(high->size_before.choices, 10U);
    EXPECT_LE(high->events_after, high->events_before);
    EXPECT_TRUE(high->complete);

    const std::uint64_t low_seed = seed_that_fails_with("Validity: low");
    const auto low = shrink_seed(planted_run, profile, low_seed, {});
    ASSERT_TRUE(low.has_value());
    EXPECT_EQ(low->violation.signature, "Validity: low");
    EXPECT_EQ(low->size_after.not_calm, 5U);
    EXPECT_EQ(low->size_after.sum, 5U);
    EXPECT_LE(low->events_after, 8U) << "what came before on all four links is gone";
}

/// Goal: a seed that passes has nothing to shrink.
/// Method: a run that never fails.
TEST(Failure, NothingToShrinkInAPassingRun) {
    const Runner passes = [](Choices&, const RunOptions&) { return RunResult{}; };
    EXPECT_FALSE(shrink_seed(passes, {}, 1, {}).has_value());
}

/// Goal: a run that differs the second time is shrunk, too.
/// Method: the digest depends on a counter once a choice is high.
TEST(Failure, ShrinksRunsThatAreNotDetermined) {
    std::uint64_t count = 0;
    const Runner runner = [&count](Choices& choices, const RunOptions&) {
        RunResult result;
        for (std::uint32_t i = 0; i < 50; ++i) {
            if (choices.draw(Site::Crash, 1, 100) >= 40) result.digest = ++count;
        }
        return result;
    };
    const auto failure = shrink_seed(runner, {}, 1, {});
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->violation.signature, determinism);
    EXPECT_EQ(failure->size_after, (RecordSize{1, 1, 40}));
}

/// Goal: what is written makes the run again, and says how.
/// Method: write a failure; read its choices; run them.
TEST(Failure, IsWrittenDownToBeMadeAgain) {
    const Folder folder;
    const Profile profile;
    const std::uint64_t seed = seed_that_fails_with("Agreement: high");
    const auto failure = shrink_seed(planted_run, profile, seed, {});
    ASSERT_TRUE(failure.has_value());
    const std::string name = name_in(folder / "new/below", "default", seed);
    const auto files =
        write_failure(planted_run, profile, *failure, {.choices = name, .scenario = ""});
    ASSERT_TRUE(files.has_value()) << files.error();
    EXPECT_EQ(files->reproduce, "decree-sim replay " + name);
    EXPECT_EQ(files->paths.size(), folder.files());
    for (const std::string& path : files->paths) EXPECT_TRUE(std::filesystem::exists(path)) << path;
    const auto file = read_choices(read_file(name).value_or(""));
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(*file, failure->choices);
    const RunResult again = run_choices(planted_run, profile, *file, nullptr);
    EXPECT_EQ(again.violation, failure->violation);
}

/// Goal: the scenario goes beside the choices, or where it is told to; where there is none, no
/// file. Method: the same failure, with and without, written under both kinds of names.
TEST(Failure, IsWrittenAsAScenario) {
    const Folder folder;
    const Profile profile;
    const std::uint64_t seed = seed_that_fails_with("Agreement: high");
    auto failure = shrink_seed(planted_run, profile, seed, {});
    ASSERT_TRUE(failure.has_value());
    EXPECT_NE(say(*failure).find("none was found"), std::string::npos);
    ASSERT_TRUE(write_failure(planted_run, profile, *failure,
                              {.choices = folder / "none.choices", .scenario = ""}));
    EXPECT_FALSE(std::filesystem::exists(folder / "none.scn"));

    failure->scenario = "nodes N1\nat 1ms crash N1\n";
    failure->scenario_lines = 2;
    failure->scenario_property = "Validity";
    failure->scenario_timed = true;
    failure->scenario_runs = 1'234;
    EXPECT_NE(say(*failure).find("in 1,234 runs; it breaks Validity instead"), std::string::npos);
    ASSERT_TRUE(write_failure(planted_run, profile, *failure,
                              {.choices = folder / "x.choices", .scenario = ""}));
    EXPECT_EQ(read_file(folder / "x.scn"), failure->scenario);
    const auto files = write_failure(planted_run, profile, *failure,
                                     {.choices = folder / "y.choices", .scenario = folder / "z"});
    ASSERT_TRUE(files.has_value());
    EXPECT_EQ(read_file(folder / "z"), failure->scenario);
    EXPECT_NE(std::ranges::find(files->paths, folder / "z"), files->paths.end());
}

/// Goal: of the files of a failure there are all or none.
/// Method: a folder stands where the last of them should go.
TEST(Failure, LeavesNothingHalfWritten) {
    const Folder folder;
    const Profile profile;
    const std::uint64_t seed = seed_that_fails_with("Validity: low");
    const auto failure = shrink_seed(planted_run, profile, seed, {});
    ASSERT_TRUE(failure.has_value());
    std::filesystem::create_directories(folder / "x.txt");
    const auto files = write_failure(planted_run, profile, *failure,
                                     {.choices = folder / "x.choices", .scenario = ""});
    ASSERT_FALSE(files.has_value());
    EXPECT_NE(files.error().find("x.txt"), std::string::npos);
    EXPECT_EQ(folder.files(), 0U);
}

/// Goal: a file is replaced as a whole, and a trial leaves nothing behind.
/// Method: by hand.
TEST(Output, IsWholeOrNotThere) {
    const Folder folder;
    ASSERT_TRUE(write_file(folder / "a", "first").has_value());
    ASSERT_TRUE(write_file(folder / "a", "second").has_value());
    EXPECT_EQ(read_file(folder / "a"), "second");
    EXPECT_EQ(folder.files(), 1U);
    EXPECT_TRUE(check_folder(folder / "b/c/d").has_value());
    EXPECT_FALSE(std::filesystem::exists(folder / "b"));
    EXPECT_FALSE(check_folder(folder / "a").has_value());
    EXPECT_FALSE(check_folder(folder / "a/b").has_value());
    EXPECT_FALSE(write_file(folder / "absent/x", "x").has_value());
    EXPECT_FALSE(read_file(folder / "absent").has_value());
    EXPECT_EQ(folder.files(), 1U);
}

/// Goal: a file that is not there is nothing, and one that cannot be read is an error.
/// Method: no file, a file, a folder.
TEST(Output, TellsAbsentFromUnreadable) {
    const Folder folder;
    EXPECT_EQ(read_file_if_any(folder / "absent").value(), std::nullopt);
    ASSERT_TRUE(write_file(folder / "a", "bytes").has_value());
    EXPECT_EQ(read_file_if_any(folder / "a").value().value_or(""), "bytes");
    std::filesystem::create_directories(folder / "b");
    EXPECT_FALSE(read_file_if_any(folder / "b").has_value());
}

/// Goal: a command that is printed can be typed.
/// Method: paths that a shell, or the program, would take for something else.
TEST(Output, QuotesPathsThatNeedIt) {
    EXPECT_EQ(shell_word("out/default-17.choices"), "out/default-17.choices");
    EXPECT_EQ(shell_word("my runs/a$b"), "'my runs/a$b'");
    EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_word("-o/x"), "./-o/x");
    EXPECT_EQ(shell_word("~/x"), "'~/x'");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(how_to_replay("a b"), "decree-sim replay 'a b'");
}

/// Goal: what earlier calls did is told apart, and with no new failure the last line still makes an
/// earlier one again.
/// Method: reports of calls that went on; one that had nothing left to do.
TEST(Report, TellsEarlierCallsApart) {
    FuzzReport report;
    report.plan.profile = *find_profile("network");
    report.seeds_before = 64;
    report.campaign.statistics.runs = 16;
    EXPECT_NE(to_text(report).find("64 more by earlier calls"), std::string::npos);
    EXPECT_NE(to_text(report).find("never"), std::string::npos);
    report.campaign.statistics.runs = 0;
    EXPECT_EQ(to_text(report).find("never"), std::string::npos);
    add_failure(report.failures, 7, {"Agreement", "slot 3", "Agreement: VoteCast"});
    add_failure(report.failures, 7, {"Agreement", "slot 3", "Agreement: VoteCast"});
    report.reproduce = "decree-sim replay x/b";
    EXPECT_TRUE(to_text(report).ends_with("\ndecree-sim replay x/b\n"));
    EXPECT_NE(to_text(report).find("1 times, first with seed 7"), std::string::npos);
    report.seeds_before = 0;
    EXPECT_NE(to_text(report).find("those of all calls"), std::string::npos);
    EXPECT_NE(to_json(report).find("\"reproduce\":\"decree-sim replay x/b\""), std::string::npos);
}

/// Goal: the report of a failure ends with the command that makes it again, and tells what was
/// never exercised. Method: a campaign with a planted failure, and one without.
TEST(Report, EndsWithTheCommandThatMakesItAgain) {
    FuzzReport report;
    report.plan.profile = *find_profile("network");
    report.campaign.statistics.count(FaultKind::Partition);
    report.campaign.elapsed_ms = 1'000;
    report.campaign.statistics.runs = 1;
    const std::string fine = to_text(report);
    EXPECT_NE(fine.find("no violation"), std::string::npos);
    EXPECT_NE(fine.find("DeafNode"), std::string::npos);
    EXPECT_EQ(fine.find("BitRot"), std::string::npos) << "not a fault of this profile";

    add_failure(report.failures, 7, {"Agreement", "slot 3", "Agreement: VoteCast"});
    report.resume = "the same command again";
    report.written.push_back({.small = {}, .files = {{"x/a.choices"}, "decree-sim replay x/a"}});
    const std::string text = to_text(report);
    EXPECT_TRUE(text.ends_with("\ndecree-sim replay x/a\n")) << text;
    EXPECT_NE(text.find("VIOLATION of Agreement: 1 times, first with seed 7"), std::string::npos);
    const std::string json = to_json(report);
    EXPECT_NE(json.find("\"signature\":\"Agreement: VoteCast\""), std::string::npos);
    EXPECT_NE(json.find("\"Partition\":1"), std::string::npos);
}

}  // namespace
}  // namespace decree::sim
