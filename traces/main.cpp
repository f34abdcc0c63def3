/// decree-trace: what happened in a run, told, drawn and checked.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "traces/arguments.hpp"
#include "traces/explain.hpp"
#include "traces/file.hpp"
#include "traces/format.hpp"
#include "traces/render/dot.hpp"
#include "traces/render/graphviz.hpp"
#include "traces/render/text.hpp"
#include "traces/replay.hpp"

namespace {

using namespace decree;
using namespace decree::traces;

constexpr int fine = 0;
constexpr int does_not_hold = 1;
constexpr int unusable = 2;

/// What the command line says.
struct Wanted {
    std::string file;
    std::string output;
    std::string slots;
    std::string nodes;
    std::string from;
    std::string to;
    std::optional<std::uint64_t> step;
};

int refuse(std::string_view why) {
    fmt::print(stderr, "decree-trace: {}\n", why);
    return unusable;
}

std::expected<Trace, std::string> open(const std::string& path) {
    auto bytes = read_file(path);
    if (!bytes) return std::unexpected(bytes.error());
    auto trace = Trace::read(std::move(*bytes));
    if (trace) return std::move(*trace);
    return std::unexpected(
        fmt::format("{}: at byte {}: {}", path, trace.error().offset, trace.error().what));
}

// Into the file asked for, or to standard output.
int give(const std::string& text, const std::string& output) {
    if (!output.empty() && output != "-") {
        const auto written = write_file(output, as_bytes(text));
        return written ? fine : refuse(written.error());
    }
    const bool told =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    return told ? fine : refuse("cannot write to standard output");
}

int check(const Trace& trace, const std::string& file) {
    if (const auto difference = replay_check(trace)) {
        fmt::print(stderr, "decree-trace: {}: {}\n", file, say(*difference));
        if (trace.program() != program_version) {
            fmt::print(stderr, "decree-trace: it was recorded by version {}, this is {}\n",
                       trace.program(), program_version);
        }
        return does_not_hold;
    }
    const std::string text =
        fmt::format("{}: replays bit for bit: {} steps, {} messages, digest {:016x}, {} bytes{}\n",
                    file, trace.end().steps, trace.end().messages, trace.end().digest,
                    trace.size_bytes(), trace.violation() ? "; it ends in a violation" : "");
    return give(text, "");
}

int give_picture(const Trace& trace, const View& view, const Wanted& wanted,
                 const std::string& format) {
    if (format == "dot") {
        const auto dot = render_dot(trace, view);
        return dot ? give(*dot, wanted.output) : refuse(dot.error());
    }
    if (wanted.output.empty()) return refuse("say where to put the picture: -o FILE");
    const auto drawn = format == "svg" ? render_svg_file(trace, wanted.output, view)
                                       : render_png_file(trace, wanted.output, view);
    return drawn ? fine : refuse(drawn.error());
}

int run(const std::string& command, const Wanted& wanted) {
    const auto view = read_view(wanted.slots, wanted.nodes, wanted.from, wanted.to);
    if (!view) return refuse(view.error());
    const auto trace = open(wanted.file);
    if (!trace) return refuse(trace.error());
    if (command == "check") return check(*trace, wanted.file);
    if (const auto difference = replay_check(*trace)) {
        fmt::print(stderr, "decree-trace: {}: {}\n", wanted.file, say(*difference));
        return does_not_hold;
    }
    if (command == "text") return give(render_text(*trace, *view), wanted.output);
    if (command == "explain") {
        const auto text = explain(*trace, wanted.step);
        return text ? give(*text, wanted.output) : refuse(text.error());
    }
    return give_picture(*trace, *view, wanted, command);
}

void add_view(CLI::App& command, Wanted& wanted) {
    command.add_option("-o", wanted.output, "The file to write (default: standard output)");
    command.add_option("--slots", wanted.slots, "Only what is about slots A..B (or about no slot)");
    command.add_option("--nodes", wanted.nodes, "Only these nodes: N1,N2");
    command.add_option("--from", wanted.from, "From this time on: 120ms, 3s, 500us");
    command.add_option("--to", wanted.to, "Up to this time");
}

void add_commands(CLI::App& app, Wanted& wanted) {
    const auto add = [&](const char* name, const char* about) {
        CLI::App* command = app.add_subcommand(name, about);
        command->add_option("TRACE", wanted.file, "The trace file")->required();
        return command;
    };
    add_view(*add("text", "Tell the run: a sentence for each event"), wanted);
    add_view(*add("dot", "Draw it: Graphviz source, for neato -n2"), wanted);
    add_view(*add("svg", "Draw it as SVG (needs Graphviz)"), wanted);
    add_view(*add("png", "Draw it as PNG (needs Graphviz)"), wanted);
    CLI::App* explain = add("explain", "Say how it came to an event, and what the event changed");
    explain->add_option("--step", wanted.step,
                        "The event's number, as text prints it "
                        "(default: the violation's, or the last)");
    explain->add_option("-o", wanted.output, "The file to write (default: standard output)");
    add("check", "Replay the run, and say whether it comes out bit for bit");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"What happened in a run: told, drawn and checked.", "decree-trace"};
    app.set_version_flag("--version", std::string(program_version));
    app.require_subcommand(1);
    Wanted wanted;
    add_commands(app, wanted);
    try {
        app.parse(argc, argv);
        return run(app.get_subcommands().front()->get_name(), wanted);
    } catch (const CLI::Success& asked) {
        return app.exit(asked);
    } catch (const CLI::ParseError& error) {
        return refuse(fmt::format("{}; see decree-trace --help", error.what()));
    } catch (const std::exception& error) {
        return refuse(error.what());
    }
}
