#include "props/history/check.hpp"

#include <map>
#include <string_view>
#include <vector>

#include "props/history/timeline.hpp"
#include "props/history/witness.hpp"

namespace decree::history {

namespace {

using Calls = std::vector<const Call*>;

std::map<std::string_view, Calls> by_key(const History& history) {
    std::map<std::string_view, Calls> objects;
    for (const Call& call : history.calls) objects[call.operation.key].push_back(&call);
    return objects;
}

// Remembers that somebody wanted an end.
class Remembering final : public Watcher {
public:
    explicit Remembering(Watcher* watcher) : watcher_(watcher) {}
    [[nodiscard]] bool go_on(std::uint64_t states, Moment at) override {
        stopped_ = stopped_ || (watcher_ != nullptr && !watcher_->go_on(states, at));
        return !stopped_;
    }
    [[nodiscard]] bool stopped() const { return stopped_; }

private:
    Watcher* watcher_;
    bool stopped_ = false;
};

class Judge {
public:
    Judge(const Model& model, const Limits& limits, Watcher* watcher)
        : model_(&model), limits_(limits), watcher_(watcher) {}

    // Only what is known before the shortest failing prefix that was found so far can make it
    // shorter.
    void judge(std::string_view key, const Calls& calls) {
        ++report_.keys;
        if (witnessed(calls, *model_)) {
            ++report_.witnessed;
            return;
        }
        const Moment until = prefix_.end - 1;
        const Timeline timeline(calls, *model_, {.until = until});
        Search search(timeline, *model_, limits_, &watcher_);
        const Verdict verdict = search.run();
        report_.states += search.states();
        if (verdict == Verdict::BeyondLimits) report_.unjudged = std::string(key);
        if (verdict != Verdict::NotLinearizable) return;
        failed_ = calls;
        prefix_ =
            shortest_failing_prefix(calls, *model_, search.furthest(), until, limits_, &watcher_);
    }

    [[nodiscard]] bool stopped() const { return watcher_.stopped(); }

    [[nodiscard]] Report report() {
        report_.verdict = Verdict::Linearizable;
        if (report_.unjudged) report_.verdict = Verdict::BeyondLimits;
        if (!failed_.empty()) {
            report_.verdict = Verdict::NotLinearizable;
            report_.contradiction = blame(failed_, *model_, prefix_, &watcher_);
        }
        if (stopped()) report_.verdict = Verdict::Stopped;
        return report_;
    }

private:
    const Model* model_;
    Limits limits_;
    Remembering watcher_;
    Report report_;
    FailingPrefix prefix_ = {.end = ~Moment{0}};
    Calls failed_;
};

}  // namespace

Report check(const History& history, const Model& model, const Limits& limits, Watcher* watcher) {
    Judge judge(model, limits, watcher);
    for (const auto& [key, calls] : by_key(history)) {
        judge.judge(key, calls);
        if (judge.stopped()) break;
    }
    return judge.report();
}

}  // namespace decree::history
