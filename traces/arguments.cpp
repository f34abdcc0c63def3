#include "traces/arguments.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/node_name.hpp"
#include "traces/render/words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// "120ms", "3s", "500us".
std::optional<Time> time(std::string_view text) {
    std::uint64_t unit = 0;
    for (const auto& [name, microseconds] :
         {std::pair<std::string_view, std::uint64_t>{"us", 1}, {"ms", 1'000}, {"s", 1'000'000}}) {
        if (unit != 0 || !text.ends_with(name)) continue;
        unit = microseconds;
        text.remove_suffix(name.size());
    }
    const auto value = number(text);
    if (unit == 0 || !value || *value > ~std::uint64_t{0} / unit) return std::nullopt;
    return Time{*value * unit};
}

std::optional<SlotRange> slot_range(std::string_view text) {
    const std::size_t dots = text.find("..");
    const auto first = number(text.substr(0, dots));
    const auto last = dots == std::string_view::npos ? first : number(text.substr(dots + 2));
    if (!first || !last || *first > *last) return std::nullopt;
    return SlotRange{Slot{*first}, Slot{*last}};
}

std::optional<NodeId> named_node(std::string_view name, const std::vector<NodeId>& known) {
    if (name.starts_with('N')) {
        const auto value = number(name.substr(1));
        return value ? std::optional(NodeId{*value}) : std::nullopt;
    }
    const auto begins = [&](NodeId node) { return node_name(node).starts_with(name); };
    const auto found = std::ranges::find_if(known, begins);
    const bool one = !name.empty() && std::ranges::count_if(known, begins) == 1;
    return one ? std::optional(*found) : std::nullopt;
}

std::optional<std::vector<NodeId>> node_list(std::string_view text,
                                             const std::vector<NodeId>& known) {
    std::vector<NodeId> nodes;
    while (true) {
        const std::size_t comma = text.find(',');
        const auto node = named_node(text.substr(0, comma), known);
        if (!node) return std::nullopt;
        nodes.push_back(*node);
        if (comma == std::string_view::npos) return nodes;
        text.remove_prefix(comma + 1);
    }
}

std::unexpected<std::string> wrong(std::string_view option, std::string_view text,
                                   std::string_view should_be) {
    return std::unexpected(fmt::format("{} {}: write it as {}", option, text, should_be));
}

}  // namespace

std::expected<View, std::string> read_view(std::string_view slots, std::string_view nodes,
                                           std::string_view from, std::string_view to,
                                           const std::vector<NodeId>& known) {
    View view;
    if (!slots.empty()) {
        view.slots = slot_range(slots);
        if (!view.slots) return wrong("--slots", slots, "3 or 3..7, the smaller first");
    }
    if (!nodes.empty()) {
        auto list = node_list(nodes, known);
        if (!list) return wrong("--nodes", nodes, "N1,N2, or as the names of real nodes begin");
        view.nodes = std::move(*list);
    }
    if (!from.empty()) {
        view.from = time(from);
        if (!view.from) return wrong("--from", from, "120ms, 3s or 5us");
    }
    if (!to.empty()) {
        view.to = time(to);
        if (!view.to) return wrong("--to", to, "120ms, 3s or 5us");
    }
    if (view.from && view.to && *view.to < *view.from) {
        return std::unexpected(
            fmt::format("--from {} --to {}: write the earlier time first", from, to));
    }
    return view;
}

std::expected<Scale, std::string> read_scale(std::string_view text) {
    if (text.empty() || text == "events") return Scale::Events;
    if (text == "time") return Scale::Time;
    return wrong("--scale", text, "events or time");
}

std::optional<std::string> check_view(const View& view, const Trace& trace, Slot last) {
    std::vector<NodeId> nodes = trace.nodes();
    std::ranges::sort(nodes);
    for (const NodeId node : view.nodes) {
        if (std::ranges::find(nodes, node) != nodes.end()) continue;
        if (nodes.empty()) return "no node ever starts in this run";
        return fmt::format("--nodes: there is no {}: the node{} {}", node_words(node),
                           nodes.size() == 1 ? " is" : "s are", list_words(nodes));
    }
    if (view.slots && view.slots->first > last) {
        return fmt::format("--slots: there is no slot {}: {}", view.slots->first.value,
                           last == Slot{} ? "nobody proposes anything in this run"
                                          : fmt::format("the last is {}", last.value));
    }
    if (trace.by_hand() && (view.from || view.to || view.scale == Scale::Time)) {
        return "time stands still in a run by hand: leave out --from, --to and --scale time, and "
               "narrow it with --nodes and --slots";
    }
    if (view.from && *view.from > trace.end_time()) {
        return fmt::format("--from: the run ends at {}", time_words(trace.end_time()));
    }
    return std::nullopt;
}

std::expected<std::uint64_t, std::string> read_event_number(std::string_view text) {
    const auto value = number(text);
    if (value && *value > 0) return *value;
    return wrong("--step", text, "the number of an event, as text prints it: 120");
}

}  // namespace decree::traces
