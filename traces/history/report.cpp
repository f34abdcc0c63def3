#include "traces/history/report.hpp"

#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "props/history/words.hpp"

namespace decree::traces {

namespace json = boost::json;
using history::Call;
using history::Contradiction;
using history::History;
using history::Report;
using history::Verdict;

namespace {

std::uint32_t line_of(const History& history, history::Moment event) {
    const auto place = static_cast<std::size_t>(event - 1);
    return place < history.lines.size() ? history.lines[place] : 0;
}

std::size_t processes(const History& history) {
    std::set<std::uint64_t> all;
    for (const Call& call : history.calls) all.insert(call.process);
    return all.size();
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "  lines 4 to 7: process 1: write 3, done"
std::string call_line(const History& history, const Call& call) {
    return fmt::format(
        "  lines {} to {}: process {}: {}\n", line_of(history, call.interval.invoked),
        line_of(history, call.interval.returned), call.process, history::words(call));
}

std::string_view relation(const Contradiction& found) {
    if (history::precedes(found.first->interval, found.second->interval)) {
        return "the first had returned before the second was called";
    }
    if (history::precedes(found.second->interval, found.first->interval)) {
        return "the second had returned before the first was called";
    }
    return "they overlap, so either may have come first";
}

std::string reason(const Contradiction& found) {
    using Kind = Contradiction::Kind;
    if (found.first == nullptr) return "That call alone cannot be explained.\n";
    if (found.kind == Kind::Lonely) {
        return "The second cannot be explained, whatever other calls did; the first is the last "
               "that changed\nsomething before it.\n";
    }
    if (found.kind == Kind::Nearest) {
        return "The second cannot be explained; with which call it collides is too hard to say. "
               "The first is\nthe last that changed something before it.\n";
    }
    return fmt::format(
        "These two contradict each other: {}, and\nno order of the calls explains both answers, "
        "even if all that was answered between\nthem is forgotten; with the first forgotten as "
        "well there is one.\n",
        relation(found));
}

std::string possible_words(const Contradiction& found) {
    if (found.possible.empty()) return "";
    const bool is_register = found.second->operation.function <= history::Function::Cas;
    std::string values;
    for (const history::State& state : found.possible) {
        if (!values.empty()) values += &state == &found.possible.back() ? " or " : ", ";
        values += is_register && state.empty() ? "nil"
                  : is_register                ? state
                                               : history::quoted(state);
    }
    return fmt::format("When the second returned, what could be there was {}.\n", values);
}

json::object place_json(const History& history, history::Moment event) {
    return {{"event", event}, {"line", line_of(history, event)}};
}

json::object call_json(const History& history, const Call& call) {
    return {{"process", call.process},
            {"call", history::words(call)},
            {"invoked", place_json(history, call.interval.invoked)},
            {"returned", place_json(history, call.interval.returned)}};
}

json::object contradiction_json(const History& history, const Contradiction& found) {
    constexpr std::string_view kinds[] = {"pair", "lonely", "nearest"};
    json::array calls;
    if (found.first != nullptr) calls.push_back(call_json(history, *found.first));
    calls.push_back(call_json(history, *found.second));
    json::array possible(found.possible.begin(), found.possible.end());
    return {
        {"prefix_events", found.prefix},      {"line", line_of(history, found.prefix)},
        {"key", found.second->operation.key}, {"kind", kinds[static_cast<std::size_t>(found.kind)]},
        {"calls", std::move(calls)},          {"possible", std::move(possible)}};
}

}  // namespace

std::string to_text(const JudgedHistory& judged, const Report& report) {
    const History& history = *judged.history;
    if (report.verdict == Verdict::Linearizable) {
        return fmt::format("{}: linearizable: {} by {}, {}, {} visited\n", *judged.file,
                           plural(history.calls.size(), "call", "calls"),
                           plural(processes(history), "process", "processes"),
                           plural(report.keys, "object", "objects"),
                           plural(report.states, "state", "states"));
    }
    const Contradiction& found = *report.contradiction;
    std::string out = fmt::format(
        "{}: not linearizable: the first {} of {} events, up to line {}, have no order that "
        "explains\nevery answer; {}\n",
        *judged.file, found.prefix, history.events, line_of(history, found.prefix),
        found.shortest ? "without the last of them there is one" : "fewer were too hard to judge");
    if (found.first != nullptr) out += call_line(history, *found.first);
    out += call_line(history, *found.second);
    out += reason(found) + possible_words(found);
    if (report.unjudged) {
        fmt::format_to(std::back_inserter(out),
                       "The calls of {} were too hard to judge: they may fail sooner.\n",
                       history::quoted(*report.unjudged));
    }
    return out;
}

std::string to_json(const JudgedHistory& judged, const Report& report) {
    const History& history = *judged.history;
    json::object all = {{"file", *judged.file},          {"model", judged.model->name()},
                        {"linearizable", nullptr},       {"events", history.events},
                        {"calls", history.calls.size()}, {"processes", processes(history)},
                        {"objects", report.keys},        {"witnessed", report.witnessed},
                        {"states", report.states},       {"contradiction", nullptr}};
    if (report.verdict == Verdict::Linearizable) all["linearizable"] = true;
    if (report.verdict == Verdict::NotLinearizable) {
        all["linearizable"] = false;
        all["contradiction"] = contradiction_json(history, *report.contradiction);
    }
    if (report.unjudged) all["unjudged"] = *report.unjudged;
    return json::serialize(all) + "\n";
}

std::string why_no_verdict(const JudgedHistory& judged, const Report& report,
                           const history::Limits& limits) {
    if (report.verdict == Verdict::Stopped) {
        return fmt::format("{}: interrupted after {} states, without a verdict", *judged.file,
                           report.states);
    }
    const std::string what =
        report.unjudged->empty() ? "" : " of " + history::quoted(*report.unjudged);
    return fmt::format(
        "{}: the calls{} are too hard to judge: more than {} states or {} MiB; check a beginning "
        "of the history, or one with fewer calls that overlap or whose outcome is unknown",
        *judged.file, what, limits.states, limits.bytes >> 20U);
}

}  // namespace decree::traces
