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

std::string first_line(std::FILE* file) {
    if (std::fseek(file, 0, SEEK_SET) != 0) return "what it said is lost";
    char line[240] = {};
    if (std::fgets(line, sizeof line, file) == nullptr) return "it said nothing";
    std::string text(line);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

// The program's exit status; -1 when it could not be started (errno says why).
int run(std::vector<std::string> words, std::FILE* input, std::FILE* errors) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(input), STDIN_FILENO);
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

// Whether the file is there to its last byte, which a full disk cuts off.
bool is_whole(const std::string& path, const std::string& format) {
    const auto bytes = read_file(path);
    if (!bytes) return false;
    const std::string_view end = format == "svg" ? "</svg>" : "IEND";
    const std::string_view text = as_text(*bytes);
    return text.substr(text.size() - std::min<std::size_t>(text.size(), 16)).find(end) !=
           std::string_view::npos;
}

std::unexpected<std::string> refuse(std::string why) { return std::unexpected(std::move(why)); }

}  // namespace

std::expected<void, std::string> draw(const std::string& dot, const std::string& format,
                                      const std::string& path) {
    const File input(std::tmpfile());
    const File errors(std::tmpfile());
    if (!input || !errors) return refuse(fmt::format("no temporary file: {}", strerror(errno)));
    const bool written = std::fwrite(dot.data(), 1, dot.size(), input.get()) == dot.size() &&
                         std::fflush(input.get()) == 0 && std::fseek(input.get(), 0, SEEK_SET) == 0;
    if (!written) return refuse(fmt::format("no room for a temporary file: {}", strerror(errno)));
    const std::string temporary = temporary_name(path);
    const int status =
        run({"neato", "-n2", "-T" + format, "-o", temporary}, input.get(), errors.get());
    if (status == 0 && is_whole(temporary, format)) return put_in_place(temporary, path);
    const int error = errno;
    static_cast<void>(std::remove(temporary.c_str()));
    if (status < 0) {
        return refuse(
            fmt::format("cannot run neato ({}): install Graphviz (apt-get install "
                        "graphviz), or ask for dot and draw it elsewhere",
                        strerror(error)));
    }
    return refuse(fmt::format("cannot draw {}: neato ended with status {}: {}", path, status,
                              first_line(errors.get())));
}

std::expected<void, std::string> render_svg_file(const Trace& trace, const std::string& path,
                                                 const View& view) {
    const auto dot = render_dot(trace, view);
    if (!dot) return refuse(dot.error());
    return draw(*dot, "svg", path);
}

std::expected<void, std::string> render_png_file(const Trace& trace, const std::string& path,
                                                 const View& view) {
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
    return draw(write_dot(*picture, layout), "png", path);
}

}  // namespace decree::traces
