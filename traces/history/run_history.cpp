#include "traces/history/run_history.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "core/store/command_log.hpp"
#include "traces/note.hpp"

namespace decree::traces {

using history::Call;
using history::Function;
using history::Status;

namespace {

constexpr std::size_t longest_text = 24;

// A text as it stands in the history: printable, and no other text's.
std::string short_text(std::string_view text) {
    bool plain = text.size() <= longest_text;
    std::string out;
    for (const char c : text.substr(0, longest_text)) {
        const bool printable = c >= ' ' && c < '\x7f' && c != ';' && c != '~';
        plain = plain && printable;
        out += printable ? c : '?';
    }
    if (!plain) out += fmt::format("~{:016x}", hash_bytes(as_bytes(text)));
    return out + ";";
}

/// What the log held at each length, by the first node that came so far.
class Contents {
public:
    void look_at(const CommandLog& log) {
        while (log_.length() < log.length()) append(log.text(log_.length()));
    }
    // What whoever was told `answer` has seen.
    [[nodiscard]] std::string seen(const LogAnswer& answer) const {
        const auto length = static_cast<std::size_t>(answer.length);
        if (length < ends_.size() && digests_[length] == answer.digest) {
            return all_.substr(0, ends_[length]);
        }
        return fmt::format("no log of any node: {} texts with digest {:016x}", answer.length,
                           answer.digest);
    }

private:
    void append(std::string_view text) {
        const Value payload = encode_command(AppendText{std::string(text)});
        const CommandView command{.id = {}, .payload = payload.bytes()};
        result_.clear();
        log_.apply({.slot = Slot{log_.length() + 1}, .stamp = {}}, {&command, 1}, result_);
        all_ += short_text(text);
        ends_.push_back(all_.size());
        digests_.push_back(decode_answer(log_.query({}))->digest);
    }

    CommandLog log_{Settings{}};
    SlotResult result_;
    std::string all_;
    // By length.
    std::vector<std::size_t> ends_ = {0};
    std::vector<std::uint64_t> digests_ = {decode_answer(log_.query({}))->digest};
};

class Clients final : public Visitor {
public:
    void started(const Moment&, const Recovered&, const Node& node) override { look_at(node); }
    void stepped(const Moment&, const Step&, const Event&, const Node& after, const Effects&,
                 MessageId) override {
        look_at(after);
    }
    void noted(const Moment&, const Note& note) override {
        if (const auto* asked = std::get_if<ClientAsked>(&note)) ask(*asked);
        if (const auto* answered = std::get_if<ClientAnswered>(&note)) answer(*answered);
        if (const auto* gave_up = std::get_if<ClientGaveUp>(&note)) open_.erase(gave_up->tag);
    }

    // What was told is known for sure only when all logs have been seen.
    [[nodiscard]] history::History history() && {
        for (const auto& [call, told] : told_) {
            history_.calls[call].response.told = contents_.seen(told);
        }
        return std::move(history_);
    }

private:
    struct Open {
        std::size_t call{};
        std::uint64_t client{};
        bool repeated = false;
    };

    void look_at(const Node& node) {
        const auto* log = dynamic_cast<const CommandLog*>(&node.machine());
        if (log != nullptr) contents_.look_at(*log);
    }

    void ask(const ClientAsked& asked) {
        if (const auto known = open_.find(asked.tag); known != open_.end()) {
            known->second.repeated = true;
            return;
        }
        open_[asked.tag] = {.call = history_.calls.size(), .client = asked.client};
        Call& call = history_.calls.emplace_back();
        call.process = free_process(asked.client);
        call.interval.invoked = ++history_.events;
        call.operation = {.function = Function::Get, .key = "log", .value = {}, .expected = {}};
        const auto command = asked.reads ? std::nullopt : decoded(asked.payload);
        if (!command) return;
        call.operation.function = Function::Append;
        call.operation.value = short_text(command->text);
    }

    static std::optional<AppendText> decoded(const Value& payload) {
        const auto command = decode<LogCommand>(payload.bytes());
        const auto* append = command ? std::get_if<AppendText>(&*command) : nullptr;
        return append == nullptr ? std::nullopt : std::optional(*append);
    }

    void answer(const ClientAnswered& answered) {
        const auto place = open_.find(answered.tag);
        if (place == open_.end()) return;
        const Open open = place->second;
        open_.erase(place);
        // Superseded: executed or not, or refused this time, but not when asked before.
        const bool done = answered.outcome == Outcome::Done;
        if (!done && (answered.outcome == Outcome::Stale || open.repeated)) return;
        Call& call = history_.calls[open.call];
        call.interval.returned = ++history_.events;
        call.response.status = done ? Status::Ok : Status::Failed;
        free_[open.client].insert(call.process);
        const auto told = done ? decode_answer(answered.answer) : std::nullopt;
        if (!told) return;
        if (told->refused && call.operation.function == Function::Append) {
            call.response.status = Status::Failed;
            return;
        }
        told_[open.call] = *told;
        call.revision = told->length;
    }

    std::uint64_t free_process(std::uint64_t client) {
        std::set<std::uint64_t>& free = free_[client];
        if (free.empty()) return processes_++;
        return free.extract(free.begin()).value();
    }

    history::History history_;
    Contents contents_;
    std::map<std::uint64_t, Open> open_;  // By tag.
    std::map<std::size_t, LogAnswer> told_;
    std::map<std::uint64_t, std::set<std::uint64_t>> free_;  // By client.
    std::uint64_t processes_ = 0;
};

}  // namespace

std::expected<history::History, Difference> run_history(const Trace& trace) {
    Clients clients;
    const auto replayed = replay(trace, clients);
    if (!replayed) return std::unexpected(replayed.error());
    return std::move(clients).history();
}

}  // namespace decree::traces
