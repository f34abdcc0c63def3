#include "sim/scenario/by_hand.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "sim/scenario/facts.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/mutant.hpp"
#include "sim/scenario/print.hpp"

namespace decree::sim::scenario {

namespace {

class HandRun {
public:
    HandRun(const Scenario& scenario, std::uint64_t seed, traces::Recorder* recorder)
        : scenario_(scenario), hand_(scenario.setup, seed, recorder) {
        const auto& mutant = scenario.setup.needs_mutant;
        report_.judged = !mutant || is_planted(*mutant);
        if (scenario.looks_at_rules()) hand_.listen();
    }

    Report run() {
        try {
            run_lines();
        } catch (const ContractViolation& broken) {
            hand_.broke(broken);
            look_for_violations();
        }
        report_.violations = hand_.violations();
        report_.digest = hand_.digest();
        return std::move(report_);
    }

private:
    void run_lines() {
        hand_.found();
        for (const Line& line : scenario_.lines) {
            report_.line = line.number;
            run_line(line);
            if (report_.ending == Ending::Passed) look_for_violations();
            if (report_.ending != Ending::Passed) return;
        }
        finish();
    }

    void stop(Ending ending, std::string why) {
        report_.ending = ending;
        report_.why = std::move(why);
    }

    // The trace says so, too: else its reader takes what was expected for what held.
    void fail(std::string why) {
        hand_.fail(why);
        stop(Ending::Failed, std::move(why));
    }

    void run_line(const Line& line) {
        hand_.begin_line(fmt::format("line {}: {}{}{}", line.number, to_text(line.what),
                                     line.comment.empty() ? "" : " // ", line.comment));
        std::visit(Overload{
                       [&](const Expect& expect) { look(expect.fact); },
                       [](const Added&) {},  // The parser takes it in timed scenarios only.
                       [&](const auto& action) { count(line, hand_.perform(action)); },
                   },
                   line.what);
    }

    void count(const Line& line, const Happened& happened) {
        if (happened) {
            ++report_.done;
        } else if (scenario_.setup.recorded || !report_.judged) {
            ++report_.skipped;
        } else {
            stop(Ending::Impossible, fmt::format("{}: {}", to_text(line.what), happened.error()));
        }
    }

    void look(const Fact& fact) {
        if (!report_.judged) return;
        const auto instead =
            contradiction(fact, {.witness = hand_.witness(),
                                 .mail = hand_.mail(),
                                 .clients = hand_.clients(),
                                 .violations = hand_.violations(),
                                 .node = [&](NodeId id) { return hand_.node(id); }});
        if (!instead) {
            ++report_.expected;
        } else {
            fail(fmt::format("expect {}: instead, {}", to_text(fact), *instead));
        }
    }

    void look_for_violations() {
        const bool meant = scenario_.setup.expect_violation && report_.judged;
        if (meant || hand_.violations().empty()) return;
        const props::Violation& first = hand_.violations().front();
        stop(Ending::Failed, fmt::format("VIOLATION of {}: {}", first.property, first.details));
    }

    void finish() {
        report_.line = 0;
        hand_.finish();
        look_for_violations();
        const bool meant = scenario_.setup.expect_violation && report_.judged;
        if (!meant || !hand_.violations().empty() || report_.ending != Ending::Passed) return;
        fail("expected a violation (option expect-violation), and none was found");
    }

    const Scenario& scenario_;
    Hand hand_;
    Report report_;
};

}  // namespace

Report run_by_hand(const Scenario& scenario, std::uint64_t seed, traces::Recorder* recorder) {
    return HandRun(scenario, seed, recorder).run();
}

}  // namespace decree::sim::scenario
