#include "traces/history/builder.hpp"

#include <utility>

#include <fmt/format.h>

#include "props/history/words.hpp"
#include "traces/history/formats.hpp"

namespace decree::traces {

using history::Call;
using history::Operation;
using history::Status;

namespace {

// Whether a completion can be that of `called`.
bool fits(const HistoryEvent& event, const Operation& called) {
    const Operation& operation = event.operation;
    if (operation.function != called.function) return false;
    if (event.says_key && operation.key != called.key) return false;
    return !event.says_arguments ||
           (operation.value == called.value && operation.expected == called.expected);
}

}  // namespace

std::expected<void, std::string> HistoryBuilder::add(HistoryEvent event, std::uint32_t line) {
    if (history_.events == most_history_events) {
        return bad_line(
            fmt::format("more than {} events; check a beginning of it, or the calls of some keys",
                        most_history_events));
    }
    if (!model_->has(event.operation.function)) {
        return bad_line(fmt::format("the model {} has no {}; say another --model", model_->name(),
                                    history::name_of(event.operation.function)));
    }
    ++history_.events;
    history_.lines.push_back(line);
    return event.type == EventType::Invoke ? invoke(std::move(event)) : complete(std::move(event));
}

std::expected<void, std::string> HistoryBuilder::invoke(HistoryEvent&& event) {
    const auto [place, free] = open_.try_emplace(event.process, history_.calls.size());
    if (!free) {
        return bad_line(fmt::format(
            "process {} has not been answered since it called in line {}; give calls that overlap "
            "processes of their own",
            event.process, line_of(history_.calls[place->second])));
    }
    Call& call = history_.calls.emplace_back();
    call.process = event.process;
    call.interval.invoked = history_.events;
    call.operation = std::move(event.operation);
    return {};
}

std::expected<void, std::string> HistoryBuilder::complete(HistoryEvent&& event) {
    const auto place = open_.find(event.process);
    if (place == open_.end()) {
        return bad_line(fmt::format(
            "process {} is answered, and has no call open; put the :invoke before its answer",
            event.process));
    }
    Call& call = history_.calls[place->second];
    if (!fits(event, call.operation)) {
        return bad_line(fmt::format(
            "process {} is answered for {}, and called {} in line {}; they must be the same",
            event.process,
            event.says_key && event.says_arguments
                ? history::words(event.operation)
                : std::string(history::name_of(event.operation.function)),
            history::words(call.operation), line_of(call)));
    }
    open_.erase(place);
    if (event.type == EventType::Info) return {};
    call.interval.returned = history_.events;
    const bool failed = event.type == EventType::Fail;
    call.response = {.status = failed ? Status::Failed : Status::Ok, .told = std::move(event.told)};
    call.revision = event.revision;
    return {};
}

std::uint32_t HistoryBuilder::line_of(const Call& call) const {
    return history_.lines[static_cast<std::size_t>(call.interval.invoked - 1)];
}

}  // namespace decree::traces
