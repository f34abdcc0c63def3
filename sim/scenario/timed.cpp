#include "sim/scenario/timed.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "sim/runner.hpp"
#include "sim/scenario/clients.hpp"
#include "sim/scenario/facts.hpp"
#include "sim/scenario/mail.hpp"
#include "sim/scenario/mutant.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/timed_lines.hpp"
#include "sim/scenario/timed_plan.hpp"
#include "sim/scenario/values.hpp"
#include "sim/scenario/witness.hpp"

namespace decree::sim::scenario {

namespace {

class TimedRun final : public Director {
public:
    TimedRun(const Scenario& scenario, std::uint64_t seed, traces::Recorder* recorder)
        : scenario_(scenario),
          recorder_(recorder),
          judged_(!scenario.setup.needs_mutant || is_planted(*scenario.setup.needs_mutant)),
          meant_(scenario.setup.expect_violation && judged_),
          plan_(plan_of(scenario, seed, meant_)),
          lines_(clients_),
          witness_(plan_.shape.settings) {
        report_.judged = judged_;
    }

    [[nodiscard]] const Plan& plan() const override { return plan_; }

    void cue(std::size_t number, Hands& hands) override {
        if (number == 0) {
            for (const NodeId node : scenario_.setup.forgetful) hands.make_forgetful(node);
        }
        const Line& line = scenario_.lines[number];
        report_.line = line.number;
        hands.remark(fmt::format("line {}: {}{}{}", line.number, to_text(line.what),
                                 line.comment.empty() ? "" : " // ", line.comment));
        if (const auto* const expect = std::get_if<Expect>(&line.what)) {
            look(line, expect->fact, hands);
        } else {
            count(line, lines_.obey(line.what, hands));
        }
        if (report_.ending != Ending::Passed) hands.end();
    }

    void started(const Node& node, const Recovered& disk) override {
        witness_.started(node.id(), disk);
    }

    void stepped(const Node& after, const Event& event, const Effects& effects) override {
        witness_.stepped(after, event, effects);
        for (const Parcel& parcel : pack(effects.envelopes, 0)) mail_.leave(parcel, false);
        for (const Reply& reply : effects.replies) {
            if (!is_ours(reply)) continue;
            const bool reads = reply.outcome == Outcome::Done && clients_.at(reply.tag).reads;
            if (reads) seen_[reply.tag] = commands_read(after, reply.answer);
        }
        look_for_conflict();
    }

    void crashed(NodeId node) override {
        witness_.crashed(node);
        const std::vector<NodeId>& forgetful = scenario_.setup.forgetful;
        if (std::ranges::binary_search(forgetful, node)) witness_.forgot(node);
    }

    void answered(const Reply& reply) override {
        if (!is_ours(reply)) return;
        Question& question = clients_.at(reply.tag);
        question.told = reply.outcome;
        if (reply.outcome != Outcome::Done) return;
        question.answered = true;
        if (question.reads) question.seen = seen_[reply.tag];
    }

    void broken(std::uint64_t at_us, const props::Violation& violation) override {
        if (violations_.empty()) broke_at_ = Duration{at_us};
        add(violation);
    }

    Report finish(const RunResult& result) {
        if (report_.ending == Ending::Passed) judge();
        report_.violations = std::move(violations_);
        report_.digest = result.digest;
        return std::move(report_);
    }

private:
    // Where progress is demanded, the world asks, too.
    [[nodiscard]] bool is_ours(const Reply& reply) const {
        return reply.tag < clients_.all().size();
    }

    void stop(Ending ending, std::string why) {
        report_.ending = ending;
        report_.why = std::move(why);
    }

    // The trace says so, too: else its reader takes what was expected for what held.
    void fail(std::string why) {
        if (recorder_ != nullptr) {
            const traces::Remark remark{std::string(traces::expectation_failed) + why};
            recorder_->note(recorder_->last_time(), remark);
        }
        stop(Ending::Failed, std::move(why));
    }

    void count(const Line& line, const Done& done) {
        if (done) {
            ++report_.done;
        } else if (scenario_.setup.recorded || !judged_) {
            ++report_.skipped;
        } else {
            stop(Ending::Impossible, fmt::format("{}: {}", to_text(line.what), done.error()));
        }
    }

    void look(const Line& line, const Fact& fact, Hands& hands) {
        if (!judged_) return;
        const auto instead =
            contradiction(fact, {.witness = witness_,
                                 .mail = mail_,
                                 .clients = clients_,
                                 .violations = violations_,
                                 .node = [&](NodeId id) { return hands.node(id); }});
        if (!instead) {
            ++report_.expected;
        } else {
            fail(fmt::format("at {} expect {}: instead, {}", to_text(*line.at), to_text(fact),
                             *instead));
        }
    }

    // The checker looks at nothing more after what it found first, and that may come before this.
    void look_for_conflict() {
        const std::optional<Slot> slot = witness_.conflict();
        if (!slot || !meant_) return;
        std::string values;
        for (const Value& value : witness_.chosen(*slot)) {
            values += (values.empty() ? "" : " and ") + value_to_text(text_of(value));
        }
        add({.property = "Agreement",
             .details = fmt::format("in slot {} {} are chosen", slot->value, values),
             .signature = "Agreement: two values chosen in a slot"});
    }

    void add(const props::Violation& violation) {
        const bool known = std::ranges::find(violations_, violation.property,
                                             &props::Violation::property) != violations_.end();
        if (known) return;
        if (recorder_ != nullptr) recorder_->violated(violation);
        violations_.push_back(violation);
    }

    void judge() {
        if (!violations_.empty() && !meant_) {
            const props::Violation& first = violations_.front();
            return stop(Ending::Failed, fmt::format("VIOLATION of {} at {}: {}", first.property,
                                                    to_text(broke_at_), first.details));
        }
        report_.line = 0;
        if (!meant_ || !violations_.empty()) return;
        fail("expected a violation (option expect-violation), and none was found");
    }

    const Scenario& scenario_;
    traces::Recorder* recorder_;  // nullptr: nobody listens.
    bool judged_;                 // Expectations count.
    bool meant_;                  // It is to break something.
    Plan plan_;
    Clients clients_;
    TimedLines lines_;
    Witness witness_;
    Mail mail_;
    std::map<std::uint64_t, std::vector<CommandText>> seen_;  // By reads, as they were answered.
    std::vector<props::Violation> violations_;
    Duration broke_at_;  // The first of them.
    Report report_;
};

}  // namespace

Report run_timed(const Scenario& scenario, std::uint64_t seed, traces::Recorder* recorder) {
    TimedRun timed(scenario, seed, recorder);
    RunOptions options;
    options.profile.name = "scenario";
    options.recorder = recorder;
    options.count_rules = scenario.looks_at_rules();
    options.director = &timed;
    Choices choices = Choices::from_seed(seed);
    return timed.finish(run(choices, options));
}

}  // namespace decree::sim::scenario
