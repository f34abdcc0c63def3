#include "traces/history/jsonl.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "props/history/words.hpp"
#include "traces/history/formats.hpp"

namespace decree::traces::jsonl {

namespace json = boost::json;
using history::Call;
using history::Function;
using history::Operation;
using history::Status;

namespace {

constexpr std::array<std::string_view, 4> type_names = {"invoke", "ok", "fail", "info"};
constexpr std::array<std::string_view, 7> field_names = {"process", "type",  "f",       "key",
                                                         "value",   "after", "revision"};

bool is_register(Function function) {
    return function == Function::Read || function == Function::Write || function == Function::Cas;
}
bool only_reads(Function function) {
    return function == Function::Read || function == Function::Get;
}

std::optional<std::uint64_t> count(const json::value* value) {
    if (value == nullptr) return std::nullopt;
    if (value->is_uint64()) return value->get_uint64();
    if (value->is_int64() && value->get_int64() >= 0) {
        return static_cast<std::uint64_t>(value->get_int64());
    }
    return std::nullopt;
}

// What a register or a key can hold; nothing where that is no such value.
std::optional<std::string> content(const json::value& value, Function function) {
    if (!is_register(function)) {
        if (!value.is_string()) return std::nullopt;
        return std::string(value.get_string());
    }
    if (value.is_null()) return std::string{};
    if (!value.is_int64()) return std::nullopt;
    return std::to_string(value.get_int64());
}

std::string_view should_be(Function function) {
    return is_register(function) ? "a whole number" : "a text";
}

std::expected<void, std::string> put_value(const json::value& value, HistoryEvent& event) {
    const Function function = event.operation.function;
    if (only_reads(function)) {
        if (event.type != EventType::Ok) {
            if (value.is_null()) return {};
            return bad_line(
                "only an answer \"ok\" has read something; write \"value\":null, or none");
        }
        event.told = content(value, function);
        if (event.told) return {};
        return bad_line(fmt::format("\"value\" is not what a {} can be told; write {}{}",
                                    history::name_of(function), should_be(function),
                                    is_register(function) ? ", or null" : ""));
    }
    event.says_arguments = true;
    if (function == Function::Cas) {
        const json::array* pair = value.if_array();
        const bool two = pair != nullptr && pair->size() == 2;
        const auto expected = two ? content(pair->at(0), function) : std::nullopt;
        const auto stored = two ? content(pair->at(1), function) : std::nullopt;
        if (!expected || !stored || stored->empty()) {
            return bad_line("\"value\" of a cas; write [1,2], what to expect and what to store");
        }
        event.operation.expected = *expected;
        event.operation.value = *stored;
        return {};
    }
    const auto stored = value.is_null() ? std::nullopt : content(value, function);
    if (!stored) return bad_line(fmt::format("no such \"value\"; write {}", should_be(function)));
    event.operation.value = *stored;
    return {};
}

std::expected<void, std::string> put_after(const json::value& value, HistoryEvent& event) {
    const Function function = event.operation.function;
    if (event.type != EventType::Ok || is_register(function) || only_reads(function)) {
        return bad_line("only a put or append that is ok has an \"after\"; leave it out");
    }
    event.told = content(value, function);
    if (!event.told) return bad_line("no such \"after\"; write a text");
    return {};
}

// Who, what kind of event, and which function.
std::expected<HistoryEvent, std::string> head_of(const json::object& object) {
    HistoryEvent event;
    const auto process = count(object.if_contains("process"));
    if (!process) return bad_line("no \"process\"; write its number");
    event.process = *process;
    const auto text = [&](const char* name) -> std::string_view {
        const json::value* value = object.if_contains(name);
        return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                      : std::string_view{};
    };
    const auto type = std::ranges::find(type_names, text("type"));
    if (type == type_names.end()) {
        return bad_line("no \"type\"; write \"invoke\", \"ok\", \"fail\" or \"info\"");
    }
    event.type = static_cast<EventType>(type - type_names.begin());
    const auto function = history::find_function(text("f"));
    if (!function) {
        return bad_line(
            "no \"f\"; write \"read\", \"write\", \"cas\", \"get\", \"put\" or \"append\"");
    }
    event.operation.function = *function;
    return event;
}

std::expected<void, std::string> put_key(const json::object& object, HistoryEvent& event) {
    const json::value* key = object.if_contains("key");
    if (key != nullptr && key->is_string()) {
        event.operation.key = key->get_string();
        return {};
    }
    const bool needs_one =
        event.type == EventType::Invoke && !is_register(event.operation.function);
    if (key != nullptr || needs_one) return bad_line("no \"key\"; write a text");
    event.says_key = event.type == EventType::Invoke;
    return {};
}

std::string_view first_unknown_field(const json::object& object) {
    for (const auto& field : object) {
        const std::string_view name = field.key();
        if (std::ranges::find(field_names, name) == field_names.end()) return name;
    }
    return {};
}

}  // namespace

LineOf read_line(std::string_view line) {
    json::error_code error;
    const json::value whole = json::parse(line, error, {}, {.max_depth = 4});
    if (error || !whole.is_object()) {
        return bad_line(fmt::format("no JSON object ({}); write one event a line",
                                    error ? error.message() : "something else"));
    }
    const json::object& object = whole.get_object();
    auto event = head_of(object);
    if (!event) return event;
    if (const auto key = put_key(object, *event); !key) return bad_line(key.error());
    const json::value* value = object.if_contains("value");
    const Function function = event->operation.function;
    const bool must_say = event->type == EventType::Invoke
                              ? !only_reads(function)
                              : event->type == EventType::Ok && only_reads(function);
    if (value == nullptr && must_say) return bad_line("no \"value\"; write one");
    event->says_arguments = only_reads(function);
    if (value != nullptr) {
        if (const auto put = put_value(*value, *event); !put) return bad_line(put.error());
    }
    if (const json::value* after = object.if_contains("after"); after != nullptr) {
        if (const auto put = put_after(*after, *event); !put) return bad_line(put.error());
    }
    if (const json::value* revision = object.if_contains("revision"); revision != nullptr) {
        event->revision = count(revision);
        if (!event->revision || event->type == EventType::Invoke) {
            return bad_line("no such \"revision\"; give an answer a whole number, or leave it out");
        }
    }
    if (const std::string_view name = first_unknown_field(object); !name.empty()) {
        return bad_line(fmt::format("no field \"{}\"; leave it out", name.substr(0, 40)));
    }
    return event;
}

namespace {

json::value content_json(const std::string& value, Function function) {
    if (!is_register(function)) return json::value(value);
    if (value.empty()) return nullptr;
    return std::stoll(value);
}

// An event of `call`, its arguments included.
json::object event_json(const Call& call, std::string_view type) {
    const Operation& operation = call.operation;
    json::object object = {
        {"process", call.process}, {"type", type}, {"f", history::name_of(operation.function)}};
    if (!is_register(operation.function) || !operation.key.empty()) object["key"] = operation.key;
    if (operation.function == Function::Cas) {
        object["value"] = json::array{content_json(operation.expected, Function::Cas),
                                      content_json(operation.value, Function::Cas)};
    } else if (!only_reads(operation.function)) {
        object["value"] = content_json(operation.value, operation.function);
    }
    return object;
}

json::object answer_json(const Call& call) {
    const bool ok = call.response.status == Status::Ok;
    json::object object = event_json(call, ok ? "ok" : "fail");
    if (ok && call.response.told) {
        const Function function = call.operation.function;
        object[only_reads(function) ? "value" : "after"] =
            content_json(*call.response.told, function);
    }
    if (call.revision) object["revision"] = *call.revision;
    return object;
}

}  // namespace

std::string write(const history::History& history) {
    struct Event {
        history::Moment when{};
        const Call* call{};
        bool answer{};
    };
    std::vector<Event> events;
    for (const Call& call : history.calls) {
        events.push_back({call.interval.invoked, &call, false});
        if (call.interval.returned != 0) events.push_back({call.interval.returned, &call, true});
    }
    std::ranges::sort(events, {}, &Event::when);
    std::string out;
    for (const Event& event : events) {
        out += json::serialize(event.answer ? answer_json(*event.call)
                                            : event_json(*event.call, "invoke"));
        out += '\n';
    }
    return out;
}

}  // namespace decree::traces::jsonl
