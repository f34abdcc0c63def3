#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "sim/command_parts.hpp"
#include "sim/commands.hpp"
#include "sim/failure.hpp"
#include "sim/fuzz.hpp"
#include "sim/interrupt.hpp"
#include "sim/output.hpp"
#include "sim/progress.hpp"
#include "sim/report.hpp"

namespace decree::sim {

namespace {

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
    order.saved = {.profile = plan.profile.name,
                   .nodes = plan.profile.nodes.value_or(0),
                   .seeds = plan.seeds,
                   .shard = plan.shard,
                   .done = {},
                   .failures = {}};
    return order;
}

// Takes over what earlier calls did with the same arguments.
Written take_progress(Order& order) {
    const auto text = read_file(order.progress_file());
    if (!text) return {};  // None yet: that the folder can be used was seen before.
    auto earlier = read_progress(*text);
    const std::string mend = "choose another --out, or remove that file to begin anew";
    if (!earlier) {
        return std::unexpected(fmt::format("cannot go on from {}: {}; {}", order.progress_file(),
                                           earlier.error(), mend));
    }
    SavedProgress same = *earlier;
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
    order.saved = std::move(*earlier);
    order.plan.done = order.saved.done;
    return {};
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

// The seeds that are not done, as arguments; empty when all are.
std::string how_to_resume(const Order& order, const Campaign& campaign) {
    const SeedList seeds(order.plan.seeds, order.plan.shard);
    const std::uint64_t next = campaign.done.first_missing();
    if (next * chunk_seeds >= seeds.size()) return "";
    if (order.open_ended && !campaign.interrupted && campaign.failures.empty()) return "";
    if (order.remembered) return "the same command again";
    return fmt::format("the same command with --seeds {}..{}", seeds[next * chunk_seeds],
                       order.plan.seeds.last);
}

// Makes the failures small; all signatures when it was to keep going, else the lowest seed's.
Written write_failures(const Order& order, FuzzReport& report) {
    std::vector<std::uint64_t> seeds;
    for (const auto& [signature, group] : report.campaign.failures) {
        seeds.push_back(group.first_seed);
    }
    std::sort(seeds.begin(), seeds.end());
    if (!order.plan.keep_going && seeds.size() > 1) seeds.resize(1);
    for (const std::uint64_t seed : seeds) {
        fmt::print(stderr, "seed {} fails; making the run small (Ctrl-C: small enough) ...\n",
                   seed);
        const auto budget = shrink_budget(most_shrink_runs, shrink_ms);
        auto small = shrink_seed(run, order.plan.profile, seed, budget);
        if (!small) continue;  // It failed once and never again: the report says so.
        auto files = write_failure(run, order.plan.profile, *small, name_in(order.folder, *small));
        if (!files) return std::unexpected(files.error());
        report.written.push_back({std::move(*small), std::move(*files)});
    }
    return {};
}

int report_of(const Order& order, Campaign campaign, bool json) {
    FuzzReport report;
    report.plan = order.plan;
    report.campaign = std::move(campaign);
    const std::uint64_t before = order.saved.done.size() * chunk_seeds;
    report.seeds_before = std::min(before, SeedList(order.plan.seeds, order.plan.shard).size());
    report.failures = order.saved.failures;
    add_failures(report.failures, report.campaign.failures);
    report.resume = how_to_resume(order, report.campaign);
    const Written written = write_failures(order, report);
    fmt::print("{}", json ? to_json(report) : to_text(report));
    if (!written) return refuse(written.error());
    return report.failures.empty() ? fine : does_not_hold;
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
    ProgressFile file(*order);
    FuzzWatch watch;
    watch.tell = [&line](const FuzzProgress& progress) { line.show(progress); };
    watch.save = [&file](const ChunkSet& done, const FailureGroups& failures) {
        file.save(done, failures);
    };
    watch.stop = interrupted;
    Campaign campaign = fuzz(order->plan, run, watch);
    line.clear();
    const int status = report_of(*order, std::move(campaign), arguments.json);
    return file.failed() ? wrong_usage : status;
}

}  // namespace decree::sim
