#include "sim/fuzz.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/contract.hpp"
#include "sim/expected.hpp"
#include "sim/progress.hpp"
#include "sim/report.hpp"

namespace decree::sim {
namespace {

// Stands in for the world: a run that draws one choice, and whose digest is what it drew.
RunResult toy_run(Choices& choices, const RunOptions&) {
    RunResult result;
    result.digest = choices.draw(Site::Fate, 0, 1'000'000);
    result.statistics.runs = 1;
    result.statistics.events = 10;
    result.statistics.deliveries = result.digest % 100;
    return result;
}

// Fails, with one of two signatures, whenever the choice is divisible by 50.
RunResult failing_run(Choices& choices, const RunOptions& options) {
    RunResult result = toy_run(choices, options);
    if (result.digest % 50 != 0) return result;
    const bool even = result.digest % 100 == 0;
    result.violation = props::Violation{"Agreement", "drew a bad number",
                                        even ? "Agreement: even" : "Agreement: odd"};
    return result;
}

std::uint64_t digest_of_seed(std::uint64_t seed) {
    Choices choices = Choices::from_seed(seed);
    return toy_run(choices, {}).digest;
}

FuzzPlan plan_of(std::uint64_t first, std::uint64_t last, std::uint64_t jobs) {
    FuzzPlan plan;
    plan.seeds = {first, last};
    plan.jobs = jobs;
    return plan;
}

// Which seeds are run, found by their digests.
std::multiset<std::uint64_t> digests_run(const FuzzPlan& plan) {
    std::mutex mutex;
    std::multiset<std::uint64_t> digests;
    const Runner runner = [&](Choices& choices, const RunOptions& options) {
        RunResult result = toy_run(choices, options);
        const std::lock_guard lock(mutex);
        digests.insert(result.digest);
        return result;
    };
    const Campaign campaign = fuzz(plan, runner, {});
    EXPECT_EQ(digests.size(), campaign.statistics.runs + campaign.made_twice);
    return digests;
}

/// Goal: each seed of the range is run, on any number of threads, and counted once.
/// Method: note what runs draw; one in twenty is made twice.
TEST(Fuzz, RunsEachSeedOnce) {
    for (const std::uint64_t jobs : {1U, 2U, 5U}) {
        const FuzzPlan plan = plan_of(7, 1'000, jobs);
        const auto digests = digests_run(plan);
        std::set<std::uint64_t> wanted;
        for (std::uint64_t seed = 7; seed <= 1'000; ++seed) wanted.insert(digest_of_seed(seed));
        EXPECT_EQ(std::set<std::uint64_t>(digests.begin(), digests.end()), wanted);
        const Campaign campaign = fuzz(plan, toy_run, {});
        EXPECT_EQ(campaign.statistics.runs, 994U);
        EXPECT_EQ(campaign.statistics.events, 9'940U);
        EXPECT_GT(campaign.made_twice, 20U);
        EXPECT_LT(campaign.made_twice, 90U);
        EXPECT_TRUE(campaign.failures.empty());
    }
}

/// Goal: shards share out the seeds: none is left out, none is run by two.
/// Method: all shards of five, beside the whole.
TEST(Fuzz, ShardsAreAPartition) {
    std::multiset<std::uint64_t> together;
    for (std::uint64_t index = 1; index <= 5; ++index) {
        FuzzPlan plan = plan_of(3, 777, 1);
        plan.shard = {index, 5};
        together.merge(digests_run(plan));
    }
    EXPECT_EQ(together, digests_run(plan_of(3, 777, 2)));
}

/// Goal: a failure ends the campaign, and is told with its seed.
/// Method: a planted failure of one seed in fifty; on one thread it is the first of them.
TEST(Fuzz, StopsAtAFailure) {
    const Campaign campaign = fuzz(plan_of(1, 100'000, 1), failing_run, {});
    ASSERT_EQ(campaign.failures.size(), 1U);
    const FailureGroup& group = campaign.failures.begin()->second;
    std::uint64_t first = 1;
    while (digest_of_seed(first) % 50 != 0) ++first;
    EXPECT_EQ(group.seeds, (std::set<std::uint64_t>{first}));
    EXPECT_EQ(campaign.statistics.runs, first);
    EXPECT_FALSE(campaign.done.contains((first - 1) / chunk_seeds));
}

/// Goal: with keep_going all failures are counted, by signature, each with its lowest seed.
/// Method: count them with a loop; compare, for several numbers of threads.
TEST(Fuzz, KeepsGoingAndGroupsBySignature) {
    FailureGroups wanted;
    for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
        Choices choices = Choices::from_seed(seed);
        const RunResult result = failing_run(choices, {});
        if (result.violation) add_failure(wanted, seed, *result.violation);
    }
    ASSERT_EQ(wanted.size(), 2U);
    for (const std::uint64_t jobs : {1U, 3U}) {
        FuzzPlan plan = plan_of(1, 5'000, jobs);
        plan.keep_going = true;
        const Campaign campaign = fuzz(plan, failing_run, {});
        EXPECT_EQ(campaign.failures, wanted);
        EXPECT_EQ(campaign.statistics.runs, 5'000U);
        EXPECT_EQ(campaign.done.size(), 313U);
    }
}

/// Goal: a run that is not determined by its choices is found.
/// Method: a run whose digest counts how often it was made.
TEST(Fuzz, FindsRunsThatDifferTheSecondTime) {
    std::atomic<std::uint64_t> count = 0;
    const Runner runner = [&](Choices& choices, const RunOptions& options) {
        RunResult result = toy_run(choices, options);
        result.digest = ++count;
        return result;
    };
    const Campaign campaign = fuzz(plan_of(1, 1'000, 2), runner, {});
    ASSERT_TRUE(campaign.failures.contains(determinism));
    EXPECT_EQ(campaign.failures.at(determinism).violation.property, determinism);
}

/// Goal: what a run throws is a violation of its own, with the same signature each time.
/// Method: broken contracts that name a number, and another exception.
TEST(Fuzz, TakesExceptionsForViolations) {
    const Runner runner = [](Choices& choices, const RunOptions& options) {
        const RunResult result = toy_run(choices, options);
        if (result.digest % 2 == 0) throw std::out_of_range("no such node");
        ENSURE(result.digest % 2 == 0, "the number is even");
        return result;
    };
    FuzzPlan plan = plan_of(1, 100, 1);
    plan.keep_going = true;
    const Campaign campaign = fuzz(plan, runner, {});
    ASSERT_EQ(campaign.failures.size(), 2U);
    std::set<std::string> properties;
    for (const auto& [signature, group] : campaign.failures) {
        properties.insert(group.violation.property);
        EXPECT_EQ(signature.find_first_of("0123456789"),
                  group.violation.property == "Contract" ? std::string::npos
                                                         : signature.find_first_of("0123456789"));
    }
    EXPECT_EQ(properties, (std::set<std::string>{"Contract", "NoException"}));
}

/// Goal: a campaign that was stopped goes on where it was, and runs nothing twice.
/// Method: stop after a while, again and again, with what was saved as the next plan.
TEST(Fuzz, GoesOnWhereItWasStopped) {
    FuzzPlan plan = plan_of(1, 2'000, 2);
    std::uint64_t calls = 0;
    while (plan.done.size() < 125) {
        ASSERT_LT(++calls, 1'000U);
        const std::uint64_t before = plan.done.size();
        std::atomic<std::uint64_t> runs = 0;
        const Runner runner = [&](Choices& choices, const RunOptions& options) {
            if (++runs > 150) throw std::runtime_error("enough");
            return toy_run(choices, options);
        };
        FuzzWatch watch;
        watch.save = [&](const ChunkSet& done, const FailureGroups&) { plan.done = done; };
        const FuzzPlan now = plan;
        const Campaign campaign = fuzz(now, runner, watch);
        EXPECT_EQ(campaign.done, plan.done);
        EXPECT_LE(plan.done.size() - before, 10U);
        EXPECT_GT(plan.done.size(), before);
    }
    EXPECT_EQ(plan.done.intervals(), (std::map<std::uint64_t, std::uint64_t>{{0, 124}}));
}

/// Goal: a campaign goes on behind each seed that failed, and counts none of them twice.
/// Method: call it with what was saved until all is done, without keep_going; compare with one call
/// that keeps going.
TEST(Fuzz, GoesOnBehindFailures) {
    FuzzPlan whole = plan_of(1, 500, 1);
    whole.keep_going = true;
    const FailureGroups wanted = fuzz(whole, failing_run, {}).failures;
    ASSERT_GT(seeds_of(wanted).size(), 3U);
    for (const std::uint64_t jobs : {1U, 3U}) {
        FuzzPlan plan = plan_of(1, 500, jobs);
        FailureGroups failures;
        std::uint64_t calls = 0;
        while (plan.done.size() < 32) {
            ASSERT_LE(++calls, seeds_of(wanted).size() + 1);
            const Campaign campaign = fuzz(plan, failing_run, {});
            add_failures(failures, campaign.failures);
            plan.done = campaign.done;
            plan.failed = seeds_of(failures);
        }
        EXPECT_EQ(failures, wanted);
    }
}

/// Goal: a list of seeds is run, and nothing else.
/// Method: note what runs draw.
TEST(Fuzz, RunsAListOfSeeds) {
    FuzzPlan plan = plan_of(1, last_seed, 2);
    plan.only = {3, 77, 5'000};
    const auto digests = digests_run(plan);
    EXPECT_EQ(
        std::set<std::uint64_t>(digests.begin(), digests.end()),
        (std::set<std::uint64_t>{digest_of_seed(3), digest_of_seed(77), digest_of_seed(5'000)}));
}

/// Goal: it ends when somebody wants it to, or when its time is over.
/// Method: no end of seeds; a watch that soon says stop, and a limit of time.
TEST(Fuzz, EndsWhenAsked) {
    FuzzWatch watch;
    int asked = 0;
    watch.stop = [&] { return ++asked > 2; };
    const Campaign stopped = fuzz(plan_of(1, last_seed, 2), toy_run, watch);
    EXPECT_TRUE(stopped.interrupted);
    FuzzPlan plan = plan_of(1, last_seed, 2);
    plan.time_ms = 120;
    std::uint64_t told = 0;
    FuzzWatch listener;
    listener.tell = [&](const FuzzProgress& progress) {
        EXPECT_GE(progress.seeds, told);
        EXPECT_EQ(progress.seeds_wanted, 0U);
        told = progress.seeds;
    };
    const Campaign timed = fuzz(plan, toy_run, listener);
    EXPECT_FALSE(timed.interrupted);
    EXPECT_GE(timed.elapsed_ms, 120U);
    EXPECT_GT(told, 0U);
    EXPECT_GE(timed.statistics.runs, told);
}

/// Goal: many runs that left out a rule or a fault of their profile prove nothing of it, and say
/// so; few runs, and other profiles, may leave out any. Method: statistics in which all came up but
/// one rule and one fault.
TEST(Fuzz, TellsOfWhatWasNeverTried) {
    const Profile profile = find_profile("membership").value();
    Statistics statistics;
    statistics.runs = runs_that_suffice;
    statistics.rules.fill(1);
    statistics.faults.fill(1);
    EXPECT_TRUE(untried(profile, statistics).empty());
    statistics.rules[static_cast<std::size_t>(Rule::ChangeRefused)] = 0;
    statistics.faults[static_cast<std::size_t>(FaultKind::DiskLost)] = 0;
    EXPECT_EQ(untried(profile, statistics),
              (std::vector<std::string_view>{"ChangeRefused", "DiskLost"}));
    EXPECT_TRUE(untried(find_profile("calm").value(), statistics).empty());
    FuzzReport report;
    EXPECT_TRUE(report.passes());
    report.untried = untried(profile, statistics);
    EXPECT_FALSE(report.passes());
    report.campaign.statistics = statistics;
    EXPECT_NE(to_text(report).find("NOT TRIED"), std::string::npos);
    --statistics.runs;
    EXPECT_TRUE(untried(profile, statistics).empty());
}

/// Goal: the set of chunks is a set of intervals, each as long as can be.
/// Method: add numbers in several orders; compare with a std::set.
TEST(ChunkSet, JoinsNeighbours) {
    for (const std::uint64_t step : {1U, 3U, 7U, 9U}) {
        ChunkSet chunks;
        std::set<std::uint64_t> twin;
        for (std::uint64_t i = 0; i < 10; ++i) {
            const std::uint64_t chunk = i * step % 10;
            chunks.add(chunk);
            twin.insert(chunk);
            EXPECT_EQ(chunks.size(), twin.size());
            std::uint64_t missing = 0;
            while (twin.contains(missing)) ++missing;
            EXPECT_EQ(chunks.first_missing(), missing);
            for (std::uint64_t k = 0; k < 12; ++k) {
                EXPECT_EQ(chunks.contains(k), twin.contains(k));
            }
        }
        EXPECT_EQ(chunks.intervals().size(), 1U);
    }
}

/// Goal: the median is the middle one.
/// Method: by hand.
TEST(Spread, MedianIsInTheMiddle) {
    Spread spread;
    EXPECT_EQ(spread.median(), 0U);
    for (const std::uint64_t value : {5U, 1U, 9U}) spread.add(value);
    EXPECT_EQ(spread.median(), 5U);
    spread.add(100);
    EXPECT_EQ(spread.median(), 5U);
    spread.add(100);
    EXPECT_EQ(spread.median(), 9U);
}

/// Goal: saved progress is read back, and nothing else is.
/// Method: there and back; then cut off at each byte, and in another version.
TEST(SavedProgress, ReadsWhatItWroteAndNothingElse) {
    SavedProgress saved;
    saved.profile = "crash";
    saved.nodes = 5;
    saved.build = 0xFEDC'BA98'7654'3210U;
    saved.seeds = {3, last_seed};
    saved.shard = {2, 7};
    saved.done.add(0, 12);
    saved.done.add(14);
    saved.failures["Agreement: x"] = {{"Agreement", "slot 7: \"a\" and \"b\"", "Agreement: x"},
                                      {9, 20}};
    const std::string text = to_json(saved);
    EXPECT_EQ(read_progress(text), saved);
    for (std::size_t size = 0; size + 2 < text.size(); ++size) {
        EXPECT_FALSE(read_progress(text.substr(0, size)).has_value());
    }
    std::string other = text;
    other.replace(other.find(":2,"), 3, ":3,");
    EXPECT_FALSE(read_progress(other).has_value());
    EXPECT_FALSE(read_progress("[]").has_value());
}

/// Goal: a person reads numbers and times at a glance.
/// Method: by hand.
TEST(ProgressLine, IsReadable) {
    EXPECT_EQ(with_commas(0), "0");
    EXPECT_EQ(with_commas(999), "999");
    EXPECT_EQ(with_commas(1'000), "1,000");
    EXPECT_EQ(with_commas(1'234'567), "1,234,567");
    EXPECT_EQ(short_number(999), "999");
    EXPECT_EQ(short_number(1'234), "1.23 k");
    EXPECT_EQ(short_number(12'345), "12.3 k");
    EXPECT_EQ(short_number(123'456), "123.4 k");
    EXPECT_EQ(short_number(1'234'567), "1.23 M");
    EXPECT_EQ(short_number(999'999), "999.9 k");
    EXPECT_EQ(short_number(18'446'744'073'709'551'615U), "18.4 E");
    EXPECT_EQ(duration_text(850), "850 ms");
    EXPECT_EQ(duration_text(12'300), "12 s");
    EXPECT_EQ(duration_text(185'000), "3 min 05 s");
    EXPECT_EQ(duration_text(7'500'000), "2 h 05 min");
    EXPECT_EQ(duration_text(266'400'000), "3 d 02 h");
    FuzzProgress progress{.elapsed_ms = 2'000,
                          .seeds = 1'500,
                          .seeds_wanted = 10'000,
                          .events = 3'000'000,
                          .simulated_us = 90'000'000,
                          .faults = 4'321};
    EXPECT_EQ(progress_line(progress),
              "2 s: 1,500 of 10,000 seeds, 1.50 M events/s, 1 min 30 s simulated, 4.32 k faults "
              "injected, no violation");
}

}  // namespace
}  // namespace decree::sim
