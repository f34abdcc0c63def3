#include "traces/render/picture.hpp"

#include <fmt/format.h>

#include "traces/render/painter.hpp"
#include "traces/render/text.hpp"

namespace decree::traces {

std::expected<Picture, std::string> take_picture(const Trace& trace, const View& view) {
    auto window = choose_window(trace, view);
    if (!window) return std::unexpected(window.error());
    Painter painter(trace, view, std::move(*window));
    const auto replayed = replay(trace, painter);
    Picture picture = painter.finish();
    picture.title = trace.header().title.empty() ? "Decree" : trace.header().title;
    picture.subtitle =
        fmt::format("seed {}, profile {}; events #{} to #{}", trace.header().seed,
                    trace.header().profile.empty() ? "none" : trace.header().profile,
                    picture.rows.front().moment.number, picture.rows.back().moment.number);
    if (!replayed) picture.warning = "Not to be trusted: " + say(replayed.error());
    return picture;
}

}  // namespace decree::traces
