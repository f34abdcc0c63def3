#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "sim/command_parts.hpp"
#include "sim/commands.hpp"
#include "sim/crash.hpp"
#include "sim/expected.hpp"
#include "sim/failure.hpp"
#include "sim/fuzz.hpp"
#include "sim/output.hpp"
#include "sim/progress.hpp"
#include "sim/report.hpp"
#include "traces/interrupt.hpp"

namespace decree::sim {

namespace {

using traces::interrupted;
using traces::watch_for_interrupts;

constexpr std::uint64_t default_time_ms = 60'000;
constexpr std::uint64_t shrink_ms = 60'000;
constexpr std::uint64_t most_shrink_runs = 10'000'000;
constexpr std::uint64_t most_jobs = 1'024;

// What the arguments mean.
struct Order {
    FuzzPlan plan;
    std::string folder;
    bool remembered = false;  // Progress is kept in the folder.
    bool open_ended = false;  // No --seeds were given.
    SavedProgress saved;      // As of earlier calls; all but `done` and `failures` as of now.
    // As the files of its failures: nothing that earlier calls wrote is about this program.
    bool other_build = false;

    [[nodiscard]] std::string progress_file() const { return folder + "/progress.json"; }
};

std::uint64_t default_jobs() {
    return std::clamp<std::uint64_t>(std::thread::hardware_concurrency(), 1, most_jobs);
}

Parsed<Order> read_order(const FuzzArguments& arguments) {
    Order order;
    FuzzPlan& plan = order.plan;
    auto profile = read_profile(arguments.run);
    if (!profile) return std::unexpected(profile.error());
    plan.profile = std::move(*profile);
    if (arguments.seeds) {
        const auto seeds = parse_seeds(*arguments.seeds);
        if (!seeds) return std::unexpected(seeds.error());
        plan.seeds = *seeds;
    }
    if (arguments.time) {
        const auto time = parse_duration("--time", *arguments.time);
        if (!time) return std::unexpected(time.error());
        plan.time_ms = *time;
    }
    order.open_ended = !arguments.seeds;
    if (order.open_ended && !arguments.time) plan.time_ms = default_time_ms;
    plan.jobs = default_jobs();
    if (arguments.jobs) {
        const auto jobs = parse_number("--jobs", *arguments.jobs, 1, most_jobs);
        if (!jobs) return std::unexpected(jobs.error());
        plan.jobs = *jobs;
    }
    if (arguments.shard) {
        const auto shard = parse_shard(*arguments.shard);
        if (!shard) return std::unexpected(shard.error());
        plan.shard = *shard;
    }
    plan.keep_going = arguments.keep_going;
    order.folder = arguments.out.value_or(default_out);
    order.remembered = arguments.out.has_value();
    if (order.folder.empty()) return std::unexpected("--out: name a folder, not nothing");
    order.saved = {.profile = plan.profile.name,
                   .nodes = plan.profile.nodes.value_or(0),
                   .build = 0,
                   .seeds = plan.seeds,
                   .shard = plan.shard,
                   .done = {},
                   .failures = {}};
    return order;
}

// Takes over what earlier calls did with the same arguments.
Written take_progress(Order& order) {
    const auto program = read_file("/proc/self/exe");
    if (!program) return std::unexpected(program.error());
    order.saved.build = hash_bytes(as_bytes(*program));
    const auto text = read_file_if_any(order.progress_file());
    if (!text) return std::unexpected(text.error());
    if (!*text) return {};
    auto earlier = read_progress(**text);
    const std::string mend = "choose another --out, or remove that file to begin anew";
    if (!earlier) {
        return std::unexpected(fmt::format("cannot go on from {}: {}; {}", order.progress_file(),
                                           earlier.error(), mend));
    }
    SavedProgress same = *earlier;
    same.build = order.saved.build;
    same.done = {};
    same.failures = {};
    if (same != order.saved) {
        return std::unexpected(
            fmt::format("cannot go on from {}: it is about profile {}, {} nodes, --seeds {}..{}, "
                        "--shard {}/{}; "
                        "{}",
                        order.progress_file(), same.profile,
                        same.nodes == 0 ? "any" : std::to_string(same.nodes), same.seeds.first,
                        same.seeds.last, same.shard.index, same.shard.count, mend));
    }
    order.other_build = earlier->build != order.saved.build;
    order.saved.done = std::move(earlier->done);
    order.saved.failures = std::move(earlier->failures);
    order.plan.done = order.saved.done;
    order.plan.failed = seeds_of(order.saved.failures);
    return {};
}

// What another build did says nothing about this one: its failing seeds come first, and all others
// are begun anew. False if it was stopped before all those were run: nothing is changed then.
bool begin_anew(Order& order, const std::function<void(const FuzzProgress&)>& tell) {
    FuzzPlan again = order.plan;
    again.keep_going = true;
    again.done = {};
    again.failed = {};
    again.only.assign(order.plan.failed.begin(), order.plan.failed.end());
    Campaign campaign;
    if (!again.only.empty()) {
        FuzzWatch watch;
        watch.tell = tell;
        watch.stop = interrupted;
        campaign = fuzz(again, run, watch);
    }
    const std::string begin = order.progress_file() + " is by another build of this program";
    if (campaign.done.size() * chunk_seeds < again.only.size()) {
        fmt::print(stderr,
                   "decree-sim: {}, and there was no time to run its {} failing seeds again; it "
                   "stays as it is\n",
                   begin, again.only.size());
        return false;
    }
    order.saved.done = {};
    order.saved.failures = std::move(campaign.failures);
    order.plan.done = {};
    order.plan.failed = seeds_of(order.saved.failures);
    const std::uint64_t spent = campaign.elapsed_ms;
    std::uint64_t& time = order.plan.time_ms;
    if (time != 0) time = time > spent ? time - spent : 1;
    fmt::print(stderr,
               "decree-sim: {}: of its {} failing seeds, run again, {} pass now; all other seeds "
               "are begun anew\n",
               begin, again.only.size(), again.only.size() - order.plan.failed.size());
    return true;
}

// Says so once: a full disk must not end a campaign, and not fill the screen.
class ProgressFile {
public:
    explicit ProgressFile(const Order& order) : order_(order) {}

    void save(const ChunkSet& done, const FailureGroups& failures) {
        if (!order_.remembered || failed_) return;
        SavedProgress now = order_.saved;
        now.done = done;
        add_failures(now.failures, failures);
        Written written = make_folder(order_.folder);
        if (written) written = write_file(order_.progress_file(), to_json(now));
        if (!written) {
            failed_ = true;
            refuse(written.error());
        }
    }
    [[nodiscard]] bool failed() const { return failed_; }

private:
    const Order& order_;
    bool failed_ = false;
};

// The first seed, by its number in the list, that a call without a memory should begin with. Of a
// chunk that is not done, one thread runs all seeds up to the one that fails.
std::uint64_t first_to_do(const SeedList& seeds, const Campaign& campaign) {
    const std::uint64_t begin = campaign.done.first_missing() * chunk_seeds;
    if (begin >= seeds.size()) return seeds.size();
    const std::set<std::uint64_t> failed = seeds_of(campaign.failures);
    std::uint64_t next = begin;
    for (std::uint64_t i = begin; i < std::min(begin + chunk_seeds, seeds.size()); ++i) {
        if (failed.contains(seeds[i])) next = i + 1;
    }
    return next;
}

// The seeds that are not done, as arguments; empty when all are.
std::string how_to_resume(const Order& order, const Campaign& campaign) {
    const SeedList seeds(order.plan.seeds, order.plan.shard);
    const std::uint64_t next = first_to_do(seeds, campaign);
    if (next >= seeds.size()) return "";
    if (order.open_ended && !campaign.interrupted && campaign.failures.empty()) return "";
    if (order.remembered) return "the same command again";
    return fmt::format("the same command with --seeds {}..{}", seeds[next], order.plan.seeds.last);
}

// Which failures are to be made small: of all signatures when it was to keep going, else the lowest
// seed. What earlier calls found stands in the folder, unless they were stopped before that, or
// were of another build. What stands there is told when there is nothing else to tell.
std::vector<std::uint64_t> seeds_to_shrink(const Order& order, FuzzReport& report) {
    const std::string& profile = order.plan.profile.name;
    std::vector<std::uint64_t> fresh;
    std::vector<std::uint64_t> missing;
    for (const auto& [signature, group] : report.failures) {
        const auto found = report.campaign.failures.find(signature);
        const std::uint64_t seed = group.first_seed();
        const std::string name = name_in(order.folder, profile, seed);
        std::error_code ignored;
        if (found != report.campaign.failures.end() && found->second.first_seed() == seed) {
            fresh.push_back(seed);
        } else if (order.other_build || !std::filesystem::exists(name, ignored)) {
            missing.push_back(seed);
        } else if (report.reproduce.empty()) {
            report.reproduce = how_to_replay(name);
        }
    }
    std::sort(fresh.begin(), fresh.end());
    std::sort(missing.begin(), missing.end());
    if (order.plan.keep_going || (fresh.empty() && report.reproduce.empty())) {
        fresh.insert(fresh.end(), missing.begin(), missing.end());
    }
    if (!order.plan.keep_going && fresh.size() > 1) fresh.resize(1);
    return fresh;
}

Written write_failures(const Order& order, FuzzReport& report) {
    const std::string& profile = order.plan.profile.name;
    for (const std::uint64_t seed : seeds_to_shrink(order, report)) {
        fmt::print(stderr, "seed {} fails; making the run small (Ctrl-C: small enough) ...\n",
                   seed);
        const FailureBudget budget = failure_budget(most_shrink_runs, shrink_ms);
        auto small = shrink_seed(run, order.plan.profile, seed, budget.choices);
        if (!small) {  // It failed once and never again: the report says so.
            report.reproduce = fmt::format("decree-sim shrink {} --seed {}",
                                           run_arguments(order.plan.profile), seed);
            continue;
        }
        retell(run, order.plan.profile, *small, budget.scenario);
        auto files =
            write_failure(run, order.plan.profile, *small,
                          {.choices = name_in(order.folder, profile, seed), .scenario = ""});
        if (!files) return std::unexpected(files.error());
        report.written.push_back({std::move(*small), std::move(*files)});
    }
    return {};
}

// With `disk_fails` somebody was told already.
int report_of(const Order& order, Campaign campaign, bool json, bool disk_fails) {
    FuzzReport report;
    report.plan = order.plan;
    report.campaign = std::move(campaign);
    const std::uint64_t before = order.saved.done.size() * chunk_seeds;
    report.seeds_before = std::min(before, SeedList(order.plan.seeds, order.plan.shard).size());
    report.failures = order.saved.failures;
    add_failures(report.failures, report.campaign.failures);
    report.resume = how_to_resume(order, report.campaign);
    // What time cut short may have left something out.
    const bool whole = !order.open_ended && report.resume.empty();
    if (whole) report.untried = untried(report.plan.profile, report.campaign.statistics);
    const Written written = write_failures(order, report);
    fmt::print("{}", json ? to_json(report) : to_text(report));
    if (disk_fails) return wrong_usage;
    if (!written) return refuse(written.error());
    return after_telling(report.passes() ? fine : does_not_hold);
}

}  // namespace

int fuzz_command(const FuzzArguments& arguments) {
    auto order = read_order(arguments);
    if (!order) return refuse(order.error());
    if (const Written checked = check_folder(order->folder); !checked) {
        return refuse(checked.error());
    }
    if (order->remembered) {
        if (const Written taken = take_progress(*order); !taken) return refuse(taken.error());
    }
    watch_for_interrupts();
    ProgressLine line;
    FuzzWatch watch;
    watch.tell = [&line](const FuzzProgress& progress) { line.show(progress); };
    if (order->other_build && !begin_anew(*order, watch.tell)) return does_not_hold;
    ProgressFile file(*order);
    watch.save = [&file](const ChunkSet& done, const FailureGroups& failures) {
        file.save(done, failures);
    };
    watch.stop = interrupted;
    Campaign campaign = fuzz(order->plan, run, watch);
    line.clear();
    return report_of(*order, std::move(campaign), arguments.json, file.failed());
}

}  // namespace decree::sim
