#include "traces/render/text.hpp"

#include <fmt/format.h>

#include "traces/render/narrator.hpp"
#include "traces/render/type.hpp"

namespace decree::traces {

std::string headline(const Trace& trace) {
    const RunHeader& header = trace.header();
    const std::string text = fmt::format(
        "{}{}seed {}, profile {}, voters {}, {}; {} steps in {}", header.title,
        header.title.empty() ? "" : ": ", header.seed,
        header.profile.empty() ? "none" : header.profile, list_words(header.settings.voters),
        quorum_words(header.settings), trace.end().steps, time_words(trace.end_time()));
    return printable(text, false);
}

std::string render_text(const Trace& trace, const View& view) {
    std::string text = headline(trace) + "\n\n";
    const auto tell = [&](const Told& told) {
        const bool shown = (told.node == NodeId{} || view.shows(told.node)) &&
                           view.shows(told.moment.at) && view.shows(told.about);
        if (!shown) return;
        text += fmt::format("#{} t={} {}\n", told.moment.number, time_words(told.moment.at),
                            told.sentence);
    };
    Narrator narrator(trace, tell);
    const auto replayed = replay(trace, narrator);
    if (!replayed) text += "\nThis account is not to be trusted: " + say(replayed.error()) + "\n";
    return text;
}

}  // namespace decree::traces
