#include "traces/render/graphviz.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/file.hpp"
#include "traces/render/dot.hpp"

namespace decree::traces {
namespace {

constexpr double most_pixels = 32'767;
constexpr double pixels_per_point = 96.0 / 72.0;

ByteBuffer all_of(std::FILE* file) {
    ByteBuffer bytes;
    if (std::fseek(file, 0, SEEK_SET) != 0) return bytes;
    std::size_t got = 0;
    do {
        const std::size_t used = bytes.size();
        bytes.resize(used + 65536);
        got = std::fread(&bytes[used], 1, 65536, file);
        bytes.resize(used + got);
    } while (got > 0);
    return bytes;
}

std::string first_line(std::FILE* file) {
    const ByteBuffer bytes = all_of(file);
    const std::string_view text = as_text(bytes);
    return text.empty() ? "it said nothing" : std::string(text.substr(0, text.find('\n')));
}

// The program's exit status; -1 when it could not be started (errno says why).
int run(std::vector<std::string> words, std::FILE* input, std::FILE* output, std::FILE* errors) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(input), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(output), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(errors), STDERR_FILENO);
    pid_t child = 0;
    const int failed =
        posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        errno = failed;
        return -1;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// Whether the picture is there to its last byte, which a full disk cuts off.
bool is_whole(Bytes picture, std::string_view format) {
    const std::string_view end = format == "svg" ? "</svg>" : "IEND";
    const std::string_view text = as_text(picture);
    return text.substr(text.size() - std::min<std::size_t>(text.size(), 16)).find(end) !=
           std::string_view::npos;
}

std::unexpected<std::string> refuse(std::string why) { return std::unexpected(std::move(why)); }

}  // namespace

std::expected<ByteBuffer, std::string> draw(const std::string& dot, const std::string& format) {
    // Its output goes into a temporary file of ours, so that the real one can be anything.
    const File input(std::tmpfile());
    const File output(std::tmpfile());
    const File errors(std::tmpfile());
    if (!input || !output || !errors) {
        return refuse(fmt::format("no temporary file: {}", std::strerror(errno)));
    }
    const std::string_view no_room =
        "no room for temporary files: make room where they go (/tmp), or ask for dot";
    const bool written = std::fwrite(dot.data(), 1, dot.size(), input.get()) == dot.size() &&
                         std::fflush(input.get()) == 0 && std::fseek(input.get(), 0, SEEK_SET) == 0;
    if (!written) return refuse(std::string(no_room));
    const int status =
        run({"neato", "-n2", "-T" + format}, input.get(), output.get(), errors.get());
    if (status < 0) {
        return refuse(
            fmt::format("cannot run neato ({}): install Graphviz (apt-get install "
                        "graphviz), or ask for dot and draw it elsewhere",
                        std::strerror(errno)));
    }
    ByteBuffer picture = all_of(output.get());
    if (status == 0 && is_whole(picture, format)) return picture;
    const std::string said = first_line(errors.get());
    if (said.find("gvwrite") != std::string::npos) return refuse(std::string(no_room));
    return refuse(fmt::format("cannot draw: neato ended with status {}: {}", status, said));
}

std::expected<ByteBuffer, std::string> render_svg(const Trace& trace, const View& view) {
    const auto dot = render_dot(trace, view);
    if (!dot) return refuse(dot.error());
    return draw(*dot, "svg");
}

std::expected<ByteBuffer, std::string> render_png(const Trace& trace, const View& view) {
    const auto picture = take_picture(trace, view);
    if (!picture) return refuse(picture.error());
    const Layout layout = lay_out(*picture);
    const double side = std::max(layout.width, layout.height) * pixels_per_point;
    if (side > most_pixels) {
        return refuse(
            fmt::format("the picture would be {:.0f} pixels long, and PNG ends at {:.0f}: "
                        "ask for svg, or for less (--from, --to, --slots, --nodes)",
                        side, most_pixels));
    }
    return draw(write_dot(*picture, layout), "png");
}

std::expected<void, std::string> render_svg_file(const Trace& trace, const std::string& path,
                                                 const View& view) {
    const auto picture = render_svg(trace, view);
    if (!picture) return refuse(picture.error());
    return write_file(path, *picture);
}

}  // namespace decree::traces
