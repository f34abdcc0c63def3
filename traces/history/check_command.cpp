#include "traces/history/check_command.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "core/codec.hpp"
#include "traces/file.hpp"
#include "traces/history/read.hpp"
#include "traces/history/report.hpp"
#include "traces/interrupt.hpp"

namespace decree::traces {

namespace {

/// Tells a person who waits at a terminal how the search gets on, and ends it when asked to.
class Waiting final : public history::Watcher {
public:
    explicit Waiting(const history::History& history) : events_(history.events) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() override { clear(); }

    [[nodiscard]] bool go_on(std::uint64_t states, history::Moment at) override {
        using namespace std::chrono_literals;
        const auto now = Clock::now();
        if (terminal_ && now >= next_) {
            next_ = now + 500ms;
            fmt::print(stderr, "\r\033[Klooking for an order: {} states, at event {} of {}", states,
                       at, events_);
            std::fflush(stderr);
            shown_ = true;
        }
        return !interrupted();
    }
    void clear() {
        if (std::exchange(shown_, false)) fmt::print(stderr, "\r\033[K");
    }

private:
    using Clock = std::chrono::steady_clock;
    history::Moment events_;
    bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    bool shown_ = false;
    Clock::time_point next_ = Clock::now() + std::chrono::seconds(1);
};

CommandEnd refused(std::string why) { return {.status = 2, .out = {}, .error = std::move(why)}; }

}  // namespace

CommandEnd check_history_command(const std::string& file, const std::string& model, bool json) {
    const history::Model* known = history::find_model(model);
    if (known == nullptr) {
        return refused(fmt::format("--model {}: write it as cas-register or kv", model));
    }
    // Any other beginning is refused, without reading all of it.
    const auto bytes = read_file(file, {"INFO", "{", " ", "\t", "\r", "\n"});
    if (!bytes) return refused(bytes.error());
    const auto history = read_history(as_text(*bytes), *known);
    if (!history) {
        return refused(fmt::format("{}:{}: {}", file, history.error().line, history.error().what));
    }
    watch_for_interrupts();
    const history::Limits limits;
    Waiting waiting(*history);
    const history::Report report = history::check(*history, *known, limits, &waiting);
    waiting.clear();
    const JudgedHistory judged{.file = &file, .model = known, .history = &*history};
    using history::Verdict;
    const bool told =
        report.verdict == Verdict::Linearizable || report.verdict == Verdict::NotLinearizable;
    CommandEnd answer;
    answer.status = report.verdict == Verdict::Linearizable ? 0 : told ? 1 : 2;
    if (json) answer.out = to_json(judged, report);
    if (!json && told) answer.out = to_text(judged, report);
    if (!told) answer.error = why_no_verdict(judged, report, limits);
    return answer;
}

}  // namespace decree::traces
