#include "sim/scenario/retell.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "sim/random.hpp"
#include "sim/scenario/by_hand.hpp"
#include "sim/scenario/from_trace.hpp"
#include "sim/scenario/parse.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/shorten.hpp"
#include "sim/scenario/timed.hpp"
#include "sim/scenario/walk.hpp"

namespace decree::sim::scenario {

namespace {

// So many different walks are shortened: the shortest of them is told.
constexpr int walks_wanted = 6;
// Where neither way has been found yet, each gets its turn: so many walks, so many timed runs.
constexpr std::uint64_t walks_in_turn = 2'000;
constexpr std::uint64_t timed_in_turn = 64;
// While a timed scenario becomes shorter, so many other seeds are tried: any change may need one.
constexpr std::uint64_t seeds_tried = 8;
constexpr std::uint64_t most_timed_runs = 4'000;

// From this turn on walks look for whatever breaks, too: better that than nothing.
constexpr std::uint64_t turns_before_others = 3;
constexpr std::uint32_t losses[] = {0, 10'000, 30'000, 100'000, 200'000};

// What no scenario judges.
constexpr std::string_view never_judged[] = {"Determinism", "NoException"};
// What takes time, or disks that go bad.
constexpr std::string_view only_in_time[] = {"Liveness", "Convergence", "Recovery", "Storm",
                                             "Spinning"};

bool is_one_of(const std::string& property, std::span<const std::string_view> names) {
    return std::ranges::find(names, property) != names.end();
}

bool broke(const Report& report, const std::string& property) {
    return report.ending == Ending::Failed && !report.violations.empty() &&
           report.violations.front().property == property;
}

// Lines behind the one that broke it say nothing.
Scenario cut_behind(Scenario scenario, std::size_t line) {
    if (line == 0) return scenario;
    std::erase_if(scenario.lines, [line](const Line& each) { return each.number > line; });
    return scenario;
}

Report run_either(const Scenario& scenario) {
    if (!scenario.is_timed()) return run_by_hand(scenario, 0, nullptr);
    return run_timed(scenario, scenario.setup.timed.seed.value_or(0), nullptr);
}

Shows shows_by_hand(const std::string& property) {
    return [&property](const Scenario& scenario) -> std::optional<Scenario> {
        const Report report = run_either(scenario);
        if (!broke(report, property)) return std::nullopt;
        return cut_behind(scenario, report.line);
    };
}

// With the seed that it has, or with another one of `seeds`.
Shows shows_timed(const std::string& property, std::uint64_t seeds) {
    return [&property, seeds](Scenario scenario) -> std::optional<Scenario> {
        if (check_timed(scenario)) return std::nullopt;
        const std::uint64_t own = scenario.setup.timed.seed.value_or(0);
        for (std::uint64_t i = 0; i <= seeds; ++i) {
            if (i > 0 && i == own) continue;
            scenario.setup.timed.seed = i == 0 ? own : i;
            const Report report = run_either(scenario);
            if (broke(report, property)) return cut_behind(scenario, report.line);
        }
        return std::nullopt;
    };
}

class Retelling {
public:
    Retelling(const Failing& failing, const RetellBudget& budget)
        : failing_(failing),
          budget_(budget),
          timed_(timed_from_trace(failing.trace, failing.network)),
          walks_(surroundings_of(timed_, failing.violation.signature), failing.violation.property),
          other_walks_(surroundings_of(timed_, failing.violation.signature), "") {}

    Retold tell() {
        if (is_one_of(failing_.violation.property, never_judged)) return std::move(retold_);
        const bool may_walk = !is_one_of(failing_.violation.property, only_in_time);
        std::optional<Scenario> walked;
        std::optional<Scenario> timed;
        std::optional<Scenario> other;
        for (std::uint64_t turn = 0; !walked && !timed && !search_spent(); ++turn) {
            timed = try_timed(turn);
            if (may_walk) walked = walk(walks_);
            if (turn >= turns_before_others && !other) other = walk(other_walks_);
        }
        retold_.property = failing_.violation.property;
        const Shows by_hand = shows_by_hand(failing_.violation.property);
        for (int i = 0; i < walks_wanted && walked; ++i) {
            offer(*walked, by_hand, budget_.whole.runs);
            walked = walk(walks_);
        }
        const Shows by_time = shows_timed(failing_.violation.property, seeds_tried);
        if (timed) offer(*timed, by_time, retold_.runs + most_timed_runs);
        if (!retold_.scenario && other) offer_other(*other);
        if (retold_.scenario) explain(*retold_.scenario);
        return std::move(retold_);
    }

private:
    [[nodiscard]] static bool is_spent(const ShrinkBudget& budget, std::uint64_t runs) {
        return runs >= budget.runs || budget.spent();
    }
    [[nodiscard]] bool search_spent() const { return is_spent(budget_.search, retold_.runs); }
    [[nodiscard]] static ShrinkBudget up_to(std::uint64_t runs, const ShrinkBudget& budget) {
        return {.runs = std::min(budget.runs, runs), .spent = budget.spent};
    }

    std::optional<Scenario> walk(Walks& walks) {
        return walks.next(up_to(retold_.runs + walks_in_turn, budget_.search), retold_.runs);
    }

    // The run itself as a timed scenario; and, the more often it was tried, the more changed.
    std::optional<Scenario> try_timed(std::uint64_t turn) {
        if (timed_.lines.empty()) return std::nullopt;
        for (std::uint64_t i = 1; i <= timed_in_turn && !search_spent(); ++i) {
            Scenario scenario = turn == 0 ? timed_ : changed(turn * timed_in_turn + i);
            scenario.setup.timed.seed = i;
            const auto read = parse(to_text(scenario));
            ++retold_.runs;
            if (!read || check_timed(*read)) continue;
            const Report report = run_either(*read);
            if (broke(report, failing_.violation.property)) return cut_behind(*read, report.line);
        }
        return std::nullopt;
    }

    // Without some lines, mostly without those that open ballots, the others a little earlier or
    // later; and with other losses, since that of one message is none of them.
    [[nodiscard]] Scenario changed(std::uint64_t seed) const {
        Choices choices = Choices::from_seed(seed);
        Dice draw(choices, Site::Episode, 0);
        Scenario scenario = timed_;
        const std::uint32_t dropped = draw.below(4);
        const bool opens = draw.chance(1, 4);
        std::erase_if(scenario.lines, [&](const Line& line) {
            if (!opens && std::holds_alternative<OpenBallot>(line.what)) return true;
            return !demands_progress(line.what) && draw.chance(dropped, 16);
        });
        for (Line& line : scenario.lines) {
            const std::uint64_t least = line.at->us - line.at->us / 8;
            line.at->us = draw.between(least, line.at->us + line.at->us / 8);
            rot_elsewhere(line.what, draw);
        }
        sort_by_time(scenario.lines);
        if (draw.chance(1, 2)) scenario.setup.timed.loss = Share{draw.one_of(losses)};
        if (draw.chance(1, 4)) scenario.setup.timed.dup = Share{draw.one_of(losses)};
        if (scenario.lines.empty()) return timed_;
        return scenario;
    }

    static bool demands_progress(const Action& action) {
        const auto* const added = std::get_if<Added>(&action);
        return added != nullptr && added->verb == "progress";
    }

    // Lines of one instant stay in their order; what demands progress comes last. (What
    // std::stable_sort of libstdc++ 12 calls is deprecated, and clang says so.)
    static void sort_by_time(std::vector<Line>& lines) {
        const auto place = [](const Line& line) {
            return std::pair(demands_progress(line.what), line.at->us);
        };
        const auto earlier = [&](const Line& a, const Line& b) { return place(a) < place(b); };
        for (auto line = lines.begin(); line != lines.end(); ++line) {
            std::rotate(std::upper_bound(lines.begin(), line, *line, earlier), line,
                        std::next(line));
        }
    }

    // A trace does not tell what it was that rotted.
    static void rot_elsewhere(Action& action, Dice& draw) {
        static constexpr std::string_view what[] = {"", "snapshot", "unsealed"};
        auto* const added = std::get_if<Added>(&action);
        if (added == nullptr || added->verb != "rot") return;
        const std::string_view keyword = draw.one_of(what);
        added->arguments.resize(1);
        if (!keyword.empty()) added->arguments.emplace_back(std::string(keyword));
    }

    void offer(const Scenario& scenario, const Shows& shows, std::uint64_t runs) {
        const auto read = parse(to_text(scenario));
        if (!read || is_spent(budget_.whole, retold_.runs)) return;
        ++retold_.runs;
        const auto shown = shows(*read);
        if (!shown) return;
        const ShrinkBudget budget = up_to(runs, budget_.whole);
        Scenario shorter = shorten(*shown, shows, budget, retold_.runs);
        const bool better = !retold_.scenario || lines_of(shorter) < lines_of(*retold_.scenario);
        if (better) retold_.scenario = std::move(shorter);
    }

    void offer_other(const Scenario& scenario) {
        const auto read = parse(to_text(scenario));
        if (!read) return;
        const Report report = run_either(*read);
        if (report.violations.empty()) return;
        retold_.property = report.violations.front().property;
        offer(*read, shows_by_hand(retold_.property), budget_.whole.runs);
    }

    // What it is about, and where it breaks.
    void explain(Scenario& scenario) {
        ++retold_.runs;
        const Report report = run_either(scenario);
        const bool same = retold_.property == failing_.violation.property;
        scenario.title =
            same ? fmt::format("{}: {}, made short", failing_.violation.property, failing_.name)
                 : fmt::format("{}: by the program whose {} broke {}", retold_.property,
                               failing_.name, failing_.violation.property);
        std::string details = report.violations.front().details;
        std::ranges::replace_if(details, [](char c) { return c >= 0 && c < ' '; }, ' ');
        scenario.lines.back().comment = details;
    }

    const Failing& failing_;
    const RetellBudget& budget_;
    Scenario timed_;
    Walks walks_;
    Walks other_walks_;  // For anything that breaks.
    Retold retold_;
};

}  // namespace

Retold retell(const Failing& failing, const RetellBudget& budget) {
    return Retelling(failing, budget).tell();
}

}  // namespace decree::sim::scenario
