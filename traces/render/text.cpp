#include "traces/render/text.hpp"

#include <set>

#include <fmt/format.h>

#include "traces/render/narrator.hpp"
#include "traces/render/type.hpp"
#include "traces/render/words.hpp"

namespace decree::traces {
namespace {

/// What one run's events come to on paper.
class TextWriter {
public:
    TextWriter(const Trace& trace, const View& view) : view_(view), by_hand_(trace.by_hand()) {
        text_ = headline(trace) + "\n\n";
    }

    void tell(const Told& told) {
        const bool shown = (told.node == NodeId{} || view_.shows(told.node)) &&
                           view_.shows(told.moment.at) && !told.elsewhere;
        if (!shown) return;
        if (told.line) return begin_line(*told.line);
        if (told.quiet && !view_.all) {
            if (by_hand_ && !begun_) first_.insert(told.node);
            ++left_out_;
            return;
        }
        text_ += fmt::format("{}{} {}\n", begun_ ? "  " : "", event_head(told.moment, by_hand_),
                             told.sentence);
    }

    std::string finish() {
        if (left_out_ > 0) {
            text_ += fmt::format(
                "\nLeft out: {} event{} in which nothing happened that any node "
                "could ever notice (--all tells them, too).\n",
                left_out_, left_out_ == 1 ? "" : "s");
        }
        return std::move(text_);
    }

private:
    void begin_line(const HandLine& line) {
        if (!begun_ && !first_.empty()) {
            text_ += fmt::format("{} start{} with nothing on disk.\n",
                                 list_words({first_.begin(), first_.end()}),
                                 first_.size() == 1 ? "s" : "");
        }
        begun_ = true;
        text_ += fmt::format("{}{}{}{}\n", line.expects ? "  " : "\n", printable(line.words, false),
                             line.comment.empty() ? "" : "  // ", printable(line.comment, false));
    }

    const View& view_;
    const bool by_hand_;
    std::string text_;
    bool begun_ = false;      // By hand: the first line.
    std::set<NodeId> first_;  // What had started before it.
    std::size_t left_out_ = 0;
};

}  // namespace

std::string headline(const Trace& trace) {
    const RunHeader& header = trace.header();
    const std::string voters = fmt::format("voters {}, {}", list_words(header.settings.voters),
                                           quorum_words(header.settings));
    if (trace.by_hand()) {
        return printable(fmt::format("{}: {}; by hand, so time stands still; {} steps",
                                     header.title, voters, trace.end().steps),
                         false);
    }
    if (header.live()) {
        return printable(
            fmt::format("{} {}; {} steps in {}", header.title, full_names(trace.nodes()),
                        trace.end().steps, time_words(trace.end_time())),
            false);
    }
    const std::string text =
        fmt::format("{}{}seed {}, profile {}, {}; {} steps in {}", header.title,
                    header.title.empty() ? "" : ": ", header.seed,
                    header.profile.empty() ? "none" : header.profile, voters, trace.end().steps,
                    time_words(trace.end_time()));
    return printable(text, false);
}

std::string event_head(const Moment& moment, bool by_hand) {
    if (by_hand) return fmt::format("#{}", moment.number);
    return fmt::format("#{} t={}", moment.number, time_words(moment.at));
}

std::string render_text(const Trace& trace, const View& view) {
    TextWriter writer(trace, view);
    Narrator narrator(trace, [&](const Told& told) { writer.tell(told); }, view.slots);
    const auto replayed = replay(trace, narrator);
    std::string text = writer.finish();
    if (!replayed) text += "\nThis account is not to be trusted: " + say(replayed.error()) + "\n";
    return text;
}

}  // namespace decree::traces
