/// decree-trace: what happened in a run, told, drawn and checked.

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "traces/arguments.hpp"
#include "traces/explain.hpp"
#include "traces/file.hpp"
#include "traces/format.hpp"
#include "traces/history/check_command.hpp"
#include "traces/history/jsonl.hpp"
#include "traces/history/run_history.hpp"
#include "traces/join.hpp"
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
    std::vector<std::string> files;  // Of join.
    std::string output;
    std::string slots;
    std::string nodes;
    std::string from;
    std::string to;
    std::string step;
    std::string scale;
    std::string model;
    bool all = false;
    bool json = false;
};

int refuse(std::string_view why) {
    fmt::print(stderr, "decree-trace: {}\n", why);
    return unusable;
}

std::expected<Trace, std::string> open(const std::string& path) {
    auto bytes = read_file(path, {trace_magic});
    if (!bytes) return std::unexpected(bytes.error());
    auto trace = Trace::read(std::move(*bytes));
    if (!trace) {
        return std::unexpected(
            fmt::format("{}: at byte {}: {}", path, trace.error().offset, trace.error().what));
    }
    if (const auto& end = trace->broken_off()) {
        fmt::print(
            stderr,
            "decree-trace: {}: the recording has no end: the node was killed, still records, "
            "or gave it up (its log says why), or the file is damaged; what stands before byte {} "
            "is told\n",
            path, end->offset);
    }
    return *std::move(trace);
}

// Into the file asked for, or to standard output.
int give(Bytes bytes, const std::string& output) {
    if (!output.empty() && output != "-") {
        const auto written = write_file(output, bytes);
        return written ? fine : refuse(written.error());
    }
    const bool told = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() &&
                      std::fflush(stdout) == 0;
    return told ? fine : refuse(file_failure("write to", "standard output", errno));
}

int give(const std::string& text, const std::string& output) {
    return give(as_bytes(text), output);
}

/// How far a run goes.
class Extent final : public Visitor {
public:
    void started(const Moment& moment, const Recovered&, const Node& node) override {
        take(moment, node);
    }
    void stepped(const Moment& moment, const Step&, const Event&, const Node& after, const Effects&,
                 MessageId) override {
        take(moment, after);
    }
    void broke(const Moment& moment, const Step&, const Event&, const std::string&) override {
        events_ = moment.number;
    }
    void noted(const Moment& moment, const Note&) override { events_ = moment.number; }
    void crashed(const Moment& moment, NodeId) override { events_ = moment.number; }
    void violated(const Moment& moment, const props::Violation&) override {
        events_ = moment.number;
    }

    [[nodiscard]] Slot last_slot() const { return last_slot_; }
    [[nodiscard]] std::uint64_t events() const { return events_; }

private:
    void take(const Moment& moment, const Node& node) {
        events_ = moment.number;
        last_slot_ = std::max(last_slot_, node.log().end());
    }

    Slot last_slot_;
    std::uint64_t events_ = 0;
};

boost::json::object as_json(const props::Violation& violation) {
    return {{"property", violation.property},
            {"details", violation.details},
            {"signature", violation.signature}};
}

int differs(const Trace& trace, const Wanted& wanted, const Difference& difference) {
    if (wanted.json) {
        const boost::json::object all = {{"file", wanted.file},
                                         {"replays", false},
                                         {"after_event", difference.after_event},
                                         {"before_event", difference.before_event},
                                         {"what", difference.what}};
        static_cast<void>(give(boost::json::serialize(all) + "\n", ""));
    }
    fmt::print(stderr, "decree-trace: {}: {}\n", wanted.file, say(difference));
    if (trace.program() != program_version) {
        fmt::print(stderr, "decree-trace: it was recorded by version {}, this is {}\n",
                   trace.program(), program_version);
    }
    return does_not_hold;
}

int check(const Trace& trace, const Wanted& wanted, const Extent& extent) {
    const std::string digest = fmt::format("{:016x}", trace.end().digest);
    if (wanted.json) {
        boost::json::object all = {{"file", wanted.file},
                                   {"replays", true},
                                   {"events", extent.events()},
                                   {"steps", trace.end().steps},
                                   {"messages", trace.end().messages},
                                   {"digest", digest},
                                   {"bytes", trace.size_bytes()},
                                   {"whole", !trace.broken_off().has_value()},
                                   {"violation", nullptr}};
        if (trace.violation()) all["violation"] = as_json(*trace.violation());
        return give(boost::json::serialize(all) + "\n", "");
    }
    return give(
        fmt::format("{}: replays bit for bit: {} events, {} of them steps, {} messages, "
                    "digest {}, {} bytes{}\n",
                    wanted.file, extent.events(), trace.end().steps, trace.end().messages, digest,
                    trace.size_bytes(), trace.violation() ? "; it holds a violation" : ""),
        "");
}

int give_picture(const Trace& trace, const View& view, const Wanted& wanted,
                 const std::string& format) {
    if (format == "dot") {
        const auto dot = render_dot(trace, view);
        return dot ? give(*dot, wanted.output) : refuse(dot.error());
    }
    if (format == "png" && wanted.output.empty()) {
        return refuse("say where to put the picture: -o FILE, or -o - for standard output");
    }
    const auto picture = format == "svg" ? render_svg(trace, view) : render_png(trace, view);
    return picture ? give(Bytes(*picture), wanted.output) : refuse(picture.error());
}

int give_explanation(const Trace& trace, const Wanted& wanted) {
    std::optional<std::uint64_t> event;
    if (!wanted.step.empty()) {
        const auto number = read_event_number(wanted.step);
        if (!number) return refuse(number.error());
        event = *number;
    }
    const auto explanation = explain(trace, event);
    if (!explanation) return refuse(explanation.error());
    return give(wanted.json ? to_json(*explanation) : to_text(*explanation), wanted.output);
}

int give_history(const Trace& trace, const Wanted& wanted) {
    const auto history = run_history(trace);
    if (!history) return differs(trace, wanted, history.error());
    return give(jsonl::write(*history), wanted.output);
}

int check_history(const Wanted& wanted) {
    const CommandEnd told = check_history_command(wanted.file, wanted.model, wanted.json);
    const int given = told.out.empty() ? fine : give(told.out, "");
    if (!told.error.empty()) return refuse(told.error);
    return given == fine ? told.status : given;
}

int join_traces(const Wanted& wanted) {
    std::vector<Trace> traces;
    for (const std::string& file : wanted.files) {
        auto trace = open(file);
        if (!trace) return refuse(trace.error());
        if (!trace->header().live()) {
            return refuse(file + ": a simulated run is whole; only what nodes recorded is joined");
        }
        traces.push_back(*std::move(trace));
    }
    const auto joined = join(traces);
    if (joined) return give(Bytes(*joined), wanted.output);
    return refuse(wanted.files[joined.error().trace] + ": " + joined.error().why);
}

int run(const std::string& command, const Wanted& wanted) {
    if (command == "check-history") return check_history(wanted);
    if (command == "join") return join_traces(wanted);
    const auto scale = read_scale(wanted.scale);
    if (!scale) return refuse(scale.error());
    const auto trace = open(wanted.file);
    if (!trace) return refuse(trace.error());
    auto view = read_view(wanted.slots, wanted.nodes, wanted.from, wanted.to, trace->nodes());
    if (!view) return refuse(view.error());
    view->scale = *scale;
    view->all = wanted.all;
    Extent extent;
    const auto replayed = replay(*trace, extent);
    if (!replayed) return differs(*trace, wanted, replayed.error());
    if (const auto wrong = check_view(*view, *trace, extent.last_slot())) return refuse(*wrong);
    if (command == "check") return check(*trace, wanted, extent);
    if (command == "history" && trace->header().live()) {
        return refuse(wanted.file +
                      ": real nodes do not record what their clients were told; of a simulated run "
                      "a history can be written");
    }
    if (command == "history") return give_history(*trace, wanted);
    if (command == "text") return give(render_text(*trace, *view), wanted.output);
    if (command == "explain") return give_explanation(*trace, wanted);
    return give_picture(*trace, *view, wanted, command);
}

void add_view(CLI::App& command, Wanted& wanted, const char* output) {
    command.add_option("-o", wanted.output, output);
    const auto some = [](const std::string& given) {
        return given.empty() ? "expected some, and nothing is given" : "";
    };
    command.add_option("--slots", wanted.slots, "Only what is about slots A..B (or about no slot)")
        ->check(some, "");
    command.add_option("--nodes", wanted.nodes, "Only these nodes: N1,N2")->check(some, "");
    command.add_option("--from", wanted.from, "From this time on: 120ms, 3s, 500us");
    command.add_option("--to", wanted.to, "Up to this time");
    command.add_flag("--all", wanted.all, "Also the events in which nothing happened");
}

void add_picture(CLI::App& command, Wanted& wanted, const char* output) {
    add_view(command, wanted, output);
    command.add_option("--scale", wanted.scale,
                       "Down the page: events (default), or time, with long silence folded");
}

void add_commands(CLI::App& app, Wanted& wanted) {
    const auto add = [&](const char* name, const char* about) {
        CLI::App* command = app.add_subcommand(name, about);
        command->add_option("TRACE", wanted.file, "The trace file")->required();
        return command;
    };
    const char* const somewhere = "The file to write (default: - for standard output)";
    add_view(*add("text", "Tell the run: a sentence for each event"), wanted, somewhere);
    add_picture(*add("dot", "Draw it: Graphviz source, for neato -n2"), wanted, somewhere);
    add_picture(*add("svg", "Draw it as SVG (needs Graphviz)"), wanted, somewhere);
    add_picture(*add("png", "Draw it as PNG (needs Graphviz)"), wanted,
                "The file to write (no default; - for standard output)");
    CLI::App* explain = add("explain", "Say how it came to an event, and what the event changed");
    explain->add_option("--step", wanted.step,
                        "The event's number, as text prints it "
                        "(default: the violation's, or the last)");
    explain->add_option("-o", wanted.output, somewhere);
    explain->add_flag("--json", wanted.json, "Print it as JSON");
    CLI::App* check = add("check", "Replay the run, and say whether it comes out bit for bit");
    check->add_flag("--json", wanted.json, "Print it as JSON");
    CLI::App* join = app.add_subcommand(
        "join", "Make one trace of those that nodes of a cluster recorded (decree serve --record)");
    join->add_option("TRACE", wanted.files, "The trace files")->required();
    join->add_option("-o", wanted.output, somewhere);
    add("history", "Write what the clients called and were told, for check-history --model kv")
        ->add_option("-o", wanted.output, somewhere);
    CLI::App* history =
        app.add_subcommand("check-history", "Say whether a history of calls is linearizable");
    history->add_option("FILE", wanted.file, "A Jepsen log, a log of a kv, or our own JSON lines")
        ->required();
    history->add_option("--model", wanted.model, "What is called: cas-register or kv")->required();
    history->add_flag("--json", wanted.json, "Print it as JSON");
}

// What is wrong with the word that should be a command, if anything.
std::optional<std::string> wrong_command(const CLI::App& app, int argc, char** argv) {
    if (argc < 2 || argv[1][0] == '-') return std::nullopt;
    std::string names;
    for (const CLI::App* command : app.get_subcommands({})) {
        if (command->get_name() == argv[1]) return std::nullopt;
        names += (names.empty() ? "" : ", ") + command->get_name();
    }
    return fmt::format("there is no command \"{}\"; there are {}", argv[1], names);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"What happened in a run: told, drawn and checked.", "decree-trace"};
    app.set_version_flag("--version", std::string(program_version));
    app.require_subcommand(1);
    Wanted wanted;
    add_commands(app, wanted);
    if (const auto wrong = wrong_command(app, argc, argv)) return refuse(*wrong);
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
