#include "traces/render/picture.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "traces/render/painter.hpp"
#include "traces/render/words.hpp"

namespace decree::traces {

std::expected<Picture, std::string> take_picture(const Trace& trace, const View& view) {
    const auto here = [&](NodeId node) { return view.shows(node); };
    if (std::ranges::none_of(trace.nodes(), here)) {
        return std::unexpected("nothing to draw: none of these nodes ever starts");
    }
    auto window = choose_window(trace, view);
    if (!window) return std::unexpected(window.error());
    Painter painter(trace, view, std::move(*window));
    const auto replayed = replay(trace, painter);
    Picture picture = painter.finish();
    const RunHeader& header = trace.header();
    if (!replayed) picture.warning = "Not to be trusted: " + say(replayed.error());
    if (trace.by_hand()) {
        picture.title = header.title;
        picture.subtitle = fmt::format("the voters: {}; {}", list_words(header.settings.voters),
                                       quorum_words(header.settings));
        return picture;
    }
    const std::string events = fmt::format("events #{} to #{}", picture.rows.front().moment.number,
                                           picture.rows.back().moment.number);
    if (header.live()) {
        picture.title = header.title;
        picture.subtitle = full_names(trace.nodes()) + "; " + events;
        return picture;
    }
    const std::string run = fmt::format("seed {}, profile {}", header.seed,
                                        header.profile.empty() ? "none" : header.profile);
    picture.title = header.title.empty() ? run : header.title + ": " + run;
    picture.subtitle =
        fmt::format("{}; the first voters: {}; {}", events, list_words(header.settings.voters),
                    quorum_words(header.settings));
    return picture;
}

}  // namespace decree::traces
