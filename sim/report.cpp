#include "sim/report.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "core/reflect.hpp"
#include "sim/progress.hpp"

namespace decree::sim {

namespace {

namespace json = boost::json;

// A name and how often.
struct Count {
    std::string_view name;
    std::uint64_t count{};
};

std::vector<Count> rule_counts(const Statistics& statistics) {
    std::vector<Count> counts;
    for (std::size_t i = 0; i < rule_kinds; ++i) {
        counts.push_back({reflect::enumerator_names<Rule>[i], statistics.rules[i]});
    }
    return counts;
}

// Only those kinds that the profile allows.
std::vector<Count> fault_counts(const FuzzPlan& plan, const Statistics& statistics) {
    const FaultSet allowed = plan.profile.may | plan.profile.must;
    std::vector<Count> counts;
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        if (!allowed.has(static_cast<FaultKind>(i)) && statistics.faults[i] == 0) continue;
        counts.push_back({reflect::enumerator_names<FaultKind>[i], statistics.faults[i]});
    }
    return counts;
}

std::vector<std::string_view> never_counted(const std::vector<Count>& counts) {
    std::vector<std::string_view> names;
    for (const Count& each : counts) {
        if (each.count == 0) names.push_back(each.name);
    }
    return names;
}

std::uint64_t times_real(const Campaign& campaign) {
    return campaign.statistics.simulated_us / 1'000 /
           std::max<std::uint64_t>(campaign.elapsed_ms, 1);
}

std::string reproduce_of(const FuzzReport& report) {
    return report.written.empty() ? report.reproduce : report.written.front().files.reproduce;
}

// --- Text ----------------------------------------------------------------------------------------

class TextReport {
public:
    explicit TextReport(const FuzzReport& report) : report_(report) {}

    std::string write() {
        totals();
        const Statistics& statistics = report_.campaign.statistics;
        if (statistics.runs == 0) {  // What struck never, and was never taken, nobody can say.
            failures();
            return std::move(out_);
        }
        const auto faults = fault_counts(report_.plan, statistics);
        table("faults injected", faults);
        list("faults never injected", never_counted(faults));
        const auto rules = rule_counts(statistics);
        table("rules taken", rules);
        list("rules never taken", never_counted(rules));
        failures();
        return std::move(out_);
    }

private:
    template <class... Arguments>
    void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
        out_ += '\n';
    }

    void store_totals() {
        const Statistics& sum = report_.campaign.statistics;
        line("store      {} runs; {} commands refused, {} sessions expired, {} locks acquired",
             with_commas(sum.stores), with_commas(sum.store_refusals),
             with_commas(sum.sessions_expired), with_commas(sum.locks_acquired));
        line("           {} reads by single nodes; watchers were told {} times, {} too late",
             with_commas(sum.local_reads), with_commas(sum.watches_told),
             with_commas(sum.watches_too_late));
        line("           {} former holders of locks were fenced off", with_commas(sum.fenced_off));
    }

    void totals() {
        const Campaign& campaign = report_.campaign;
        const Statistics& sum = campaign.statistics;
        line("profile {}: {}", report_.plan.profile.name, report_.plan.profile.about);
        line("seeds      {} in {}, on {} {}", with_commas(sum.runs),
             duration_text(campaign.elapsed_ms), report_.plan.jobs,
             report_.plan.jobs == 1 ? "thread" : "threads");
        if (report_.seeds_before > 0) {
            line("           {} more by earlier calls: only the violations are those of all calls",
                 with_commas(report_.seeds_before));
        }
        if (report_.seeds_before == 0 &&
            seeds_of(report_.failures) != seeds_of(campaign.failures)) {
            line("           only the violations are those of all calls");
        }
        if (sum.runs == 0) return;
        line("events     {}, {} a second", with_commas(sum.events),
             with_commas(per_second(sum.events, campaign.elapsed_ms)));
        line("simulated  {}, {} times real time", duration_text(sum.simulated_us / 1'000),
             with_commas(times_real(campaign)));
        line("checked    {} runs made twice, and their digests compared",
             with_commas(campaign.made_twice));
        line("           {} runs had a core that must make progress; {} of these were excused",
             with_commas(sum.liveness_checked), with_commas(sum.stuck_allowed));
        line("           {} had to stay calm after that; {} had lost too much for a core",
             with_commas(sum.calm_checked), with_commas(sum.without_core));
        if (report_.plan.profile.founds_percent > 0) {
            line(
                "founded    {} clusters; {} founders had another list, {} disks were wiped to mend",
                with_commas(sum.clusters_founded), with_commas(sum.wrong_lists),
                with_commas(sum.wiped_to_mend));
        }
        if (sum.stores > 0) store_totals();
        line(
            "a run has  {} messages delivered, {} operations acknowledged, {} changes of leader, "
            "{} faults (medians)",
            with_commas(campaign.per_run.deliveries.median()),
            with_commas(campaign.per_run.acknowledged.median()),
            with_commas(campaign.per_run.leader_changes.median()),
            with_commas(campaign.per_run.faults.median()));
    }

    void table(std::string_view title, const std::vector<Count>& counts) {
        line("\n{}", title);
        std::size_t column = 0;
        for (const Count& each : counts) {
            if (each.count == 0) continue;
            fmt::format_to(std::back_inserter(out_), "  {:<30} {:>14}", each.name,
                           with_commas(each.count));
            out_ += ++column % 2 == 0 ? "\n" : "  ";
        }
        if (column % 2 != 0) out_ += '\n';
        if (column == 0) out_ += "  none\n";
    }

    void list(std::string_view title, const std::vector<std::string_view>& names) {
        if (names.empty()) return line("{}: none", title);
        line("{}:", title);
        std::string row = " ";
        for (const std::string_view name : names) {
            if (row.size() + name.size() + 1 > 98) {
                line("{}", row);
                row = " ";
            }
            row += " ";
            row += name;
        }
        line("{}", row);
    }

    void failures() {
        line("");
        if (report_.failures.empty()) line("no violation");
        if (!report_.untried.empty()) {
            list("NOT TRIED, though so many runs of this profile should have", report_.untried);
        }
        for (const auto& [signature, group] : report_.failures) {
            line("VIOLATION of {}: {} times, first with seed {}\n  {}\n  same bugs have: {}",
                 group.violation.property, with_commas(group.seeds.size()), group.first_seed(),
                 group.violation.details, signature);
        }
        for (const ReportedFailure& each : report_.written) {
            line("\n{}  files:", say(each.small));
            for (const std::string& path : each.files.paths) line("    {}", path);
        }
        if (!report_.resume.empty()) line("\nto go on: {}", report_.resume);
        if (const std::string last = reproduce_of(report_); !last.empty()) line("{}", last);
    }

    const FuzzReport& report_;
    std::string out_;
};

// --- JSON ----------------------------------------------------------------------------------------

json::object counts_json(const std::vector<Count>& counts) {
    json::object all;
    for (const Count& each : counts) {
        if (each.count > 0) all[each.name] = each.count;
    }
    return all;
}

json::array names_json(const std::vector<std::string_view>& names) {
    json::array all;
    for (const std::string_view name : names) all.emplace_back(name);
    return all;
}

json::object size_json(const RecordSize& size, std::uint64_t events) {
    return {{"choices", size.choices}, {"not_calm", size.not_calm}, {"events", events}};
}

json::value scenario_json(const SmallFailure& small) {
    if (small.scenario.empty()) return nullptr;
    return json::object{{"property", small.scenario_property},
                        {"lines", small.scenario_lines},
                        {"timed", small.scenario_timed},
                        {"runs", small.scenario_runs}};
}

json::object small_json(const ReportedFailure& failure) {
    const SmallFailure& small = failure.small;
    json::array files;
    for (const std::string& path : failure.files.paths) files.emplace_back(path);
    return {{"details", small.violation.details},
            {"before", size_json(small.size_before, small.events_before)},
            {"after", size_json(small.size_after, small.events_after)},
            {"runs", small.runs},
            {"complete", small.complete},
            {"scenario", scenario_json(small)},
            {"files", std::move(files)},
            {"reproduce", failure.files.reproduce}};
}

json::array failures_json(const FuzzReport& report) {
    json::array all;
    for (const auto& [signature, group] : report.failures) {
        json::object each = {{"signature", signature},
                             {"property", group.violation.property},
                             {"details", group.violation.details},
                             {"first_seed", group.first_seed()},
                             {"count", group.seeds.size()}};
        for (const ReportedFailure& written : report.written) {
            if (written.small.violation.signature == signature) each["small"] = small_json(written);
        }
        all.push_back(std::move(each));
    }
    return all;
}

json::object store_json(const Statistics& sum) {
    return {{"stores", sum.stores},
            {"store_refusals", sum.store_refusals},
            {"voterless_refused", sum.voterless_refused},
            {"doubled_refused", sum.doubled_refused},
            {"unknown_refused", sum.unknown_refused},
            {"hasty_refused", sum.hasty_refused},
            {"sessions_expired", sum.sessions_expired},
            {"locks_acquired", sum.locks_acquired},
            {"fenced_off", sum.fenced_off},
            {"local_reads", sum.local_reads},
            {"watches_told", sum.watches_told},
            {"watches_too_late", sum.watches_too_late},
            {"connections_full", sum.connections_full}};
}

}  // namespace

std::string to_text(const FuzzReport& report) { return TextReport(report).write(); }

std::string to_json(const FuzzReport& report) {
    const Campaign& campaign = report.campaign;
    const Statistics& sum = campaign.statistics;
    const auto faults = fault_counts(report.plan, sum);
    const auto rules = rule_counts(sum);
    const PerRun& per_run = campaign.per_run;
    json::object all = {{"profile", report.plan.profile.name},
                        {"first_seed", report.plan.seeds.first},
                        {"last_seed", report.plan.seeds.last},
                        {"shard", json::array{report.plan.shard.index, report.plan.shard.count}},
                        {"jobs", report.plan.jobs},
                        {"seeds", sum.runs},
                        {"seeds_before", report.seeds_before},
                        {"elapsed_ms", campaign.elapsed_ms},
                        {"events", sum.events},
                        {"events_per_second", per_second(sum.events, campaign.elapsed_ms)},
                        {"simulated_ms", sum.simulated_us / 1'000},
                        {"simulated_per_wall", times_real(campaign)},
                        {"made_twice", campaign.made_twice},
                        {"liveness_checked", sum.liveness_checked},
                        {"stuck_allowed", sum.stuck_allowed},
                        {"calm_checked", sum.calm_checked},
                        {"without_core", sum.without_core},
                        {"outcasts", sum.outcasts},
                        {"scrubbed", sum.scrubbed},
                        {"interrupted", campaign.interrupted},
                        {"median_deliveries", per_run.deliveries.median()},
                        {"median_acknowledged", per_run.acknowledged.median()},
                        {"median_leader_changes", per_run.leader_changes.median()},
                        {"median_faults", per_run.faults.median()}};
    for (auto& [name, count] : store_json(sum)) all.insert_or_assign(name, count);
    all["faults"] = counts_json(faults);
    all["faults_never"] = names_json(never_counted(faults));
    all["rules"] = counts_json(rules);
    all["rules_never"] = names_json(never_counted(rules));
    all["failures"] = failures_json(report);
    all["untried"] = names_json(report.untried);
    if (!report.resume.empty()) all["resume"] = report.resume;
    if (const std::string last = reproduce_of(report); !last.empty()) all["reproduce"] = last;
    return json::serialize(all) + "\n";
}

}  // namespace decree::sim
