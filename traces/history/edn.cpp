/// Maps in Clojure's notation, as format 2 of README.md has them.

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "props/history/words.hpp"
#include "traces/history/formats.hpp"

namespace decree::traces::edn {

using history::Function;

namespace {

// What stands in a map: a keyword or number as it is, a text, or nil.
struct Value {
    std::string_view word;            // Not of a text.
    std::optional<std::string> text;  // Of a text.
    [[nodiscard]] bool is_nil() const { return !text && word == "nil"; }
};

struct Fields {
    std::optional<Value> process, type, f, key, value;
    // The place for the field of that name, or null.
    [[nodiscard]] std::optional<Value>* find(std::string_view name) {
        constexpr std::array<std::string_view, 5> names = {":process", ":type", ":f", ":key",
                                                           ":value"};
        const std::array<std::optional<Value>*, 5> places = {&process, &type, &f, &key, &value};
        const auto found = std::ranges::find(names, name);
        return found == names.end() ? nullptr
                                    : places.at(static_cast<std::size_t>(found - names.begin()));
    }
};

class Map {
public:
    explicit Map(std::string_view line) : rest_(line) {}

    std::expected<Fields, std::string> read() {
        Fields fields;
        if (!skip('{')) return bad_line("no map; write {:process 0, :type :ok, ...}");
        while (!skip('}')) {
            const std::string_view name = word();
            std::optional<Value>* place = fields.find(name);
            if (place == nullptr) {
                return bad_line(
                    fmt::format("no field \"{}\"; there are :process, :type, :f, :key and :value",
                                short_of(name)));
            }
            if (*place) return bad_line(fmt::format("{} stands here twice; leave one out", name));
            auto value = next();
            if (!value)
                return bad_line(fmt::format("{} has no value; write one, and }} at the end", name));
            *place = std::move(value);
        }
        if (!rest_.empty()) return bad_line("more behind the map; write one event a line");
        return fields;
    }

    static std::string_view short_of(std::string_view text) { return text.substr(0, 40); }

private:
    void skip_blanks() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t,"), rest_.size()));
    }
    bool skip(char c) {
        skip_blanks();
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string_view word() {
        skip_blanks();
        const std::size_t end = std::min(rest_.find_first_of(" \t,{}\""), rest_.size());
        return std::exchange(rest_, rest_.substr(end)).substr(0, end);
    }
    std::optional<Value> next() {
        if (skip('"')) return text();
        Value value{.word = word(), .text = std::nullopt};
        if (value.word.empty()) return std::nullopt;
        return value;
    }
    // Up to the closing quotation mark.
    std::optional<Value> text() {
        std::string out;
        while (!rest_.empty()) {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return Value{.word = {}, .text = std::move(out)};
            if (c == '\\') {
                const auto meant = escaped();
                if (!meant) return std::nullopt;
                c = *meant;
            }
            out += c;
        }
        return std::nullopt;
    }
    std::optional<char> escaped() {
        constexpr std::string_view letters = "\"\\ntr";
        constexpr std::string_view meanings = "\"\\\n\t\r";
        const std::size_t which = rest_.empty() ? std::string_view::npos : letters.find(rest_[0]);
        if (which == std::string_view::npos) return std::nullopt;
        rest_.remove_prefix(1);
        return meanings[which];
    }

    std::string_view rest_;
};

std::optional<Function> function_of(const std::optional<Value>& value) {
    if (!value || !value->word.starts_with(':')) return std::nullopt;
    return history::find_function(value->word.substr(1));
}

// `:value`, which is what is stored, or what a get was told.
std::expected<void, std::string> put_value(const Value& value, HistoryEvent& event) {
    const bool get = event.operation.function == Function::Get;
    if (get && event.type == EventType::Invoke) {
        if (value.is_nil()) return {};
        return bad_line("a get that is invoked asks for nothing; write :value nil");
    }
    if (!value.text) return bad_line("no :value; write a text, \"...\"");
    if (get) {
        event.told = value.text;
    } else {
        event.operation.value = *value.text;
    }
    return {};
}

}  // namespace

LineOf read_line(std::string_view line) {
    auto fields = Map(line).read();
    if (!fields) return bad_line(std::move(fields.error()));
    HistoryEvent event;
    const std::string_view process = fields->process ? fields->process->word : std::string_view{};
    const auto [end, error] =
        std::from_chars(process.data(), process.data() + process.size(), event.process);
    if (error != std::errc{} || end != process.data() + process.size()) {
        return bad_line("no :process; write its number");
    }
    const std::string_view type = fields->type ? fields->type->word : std::string_view{};
    if (type != ":invoke" && type != ":ok") return bad_line("no :type; write :invoke or :ok");
    event.type = type == ":ok" ? EventType::Ok : EventType::Invoke;
    const auto function = function_of(fields->f);
    if (!function) return bad_line("no :f; write :get, :put or :append");
    event.operation.function = *function;
    if (!fields->key || !fields->key->text) return bad_line("no :key; write a text, \"...\"");
    event.operation.key = *fields->key->text;
    if (!fields->value) return bad_line("no :value; write a text, or nil where a get is invoked");
    if (const auto put = put_value(*fields->value, event); !put) return bad_line(put.error());
    return event;
}

}  // namespace decree::traces::edn
