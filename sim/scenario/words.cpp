#include "sim/scenario/words.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace decree::sim::scenario {

namespace {

constexpr std::uint64_t most_nodes_number = 9'999;
constexpr std::uint64_t most_rounds = 1'000'000'000;
constexpr std::uint64_t most_slots = 1'000'000'000;
constexpr std::size_t most_command_bytes = 60'000;  // What a cluster takes, but for a little.
constexpr std::string_view blanks = " \t\r";

// Words that mean something else where a command stands.
constexpr std::string_view reserved_words[] = {"no-op", "none", "nothing", "read"};

bool is_reserved(std::string_view word) {
    return std::ranges::find(reserved_words, word) != std::end(reserved_words);
}

// Marks that take lists apart cannot stand in a command.
bool is_plain_command(std::string_view word) {
    return !word.empty() && word.size() <= most_command_bytes &&
           word.find_first_of(",+|>*#") == std::string_view::npos &&
           std::ranges::all_of(word, [](char c) { return static_cast<unsigned char>(c) > 0x20; });
}

constexpr std::string_view members_mark = "members=";

// A command in its canonical form, or nothing.
std::optional<CommandText> as_command(std::string_view word) {
    if (!word.starts_with(members_mark)) {
        if (!is_plain_command(word) || is_reserved(word)) return std::nullopt;
        return CommandText(word);
    }
    const auto nodes = Words::as_nodes(word.substr(members_mark.size()));
    if (!nodes) return std::nullopt;
    CommandText text(members_mark);
    for (const NodeId node : *nodes) {
        if (text.size() > members_mark.size()) text += ',';
        text += fmt::format("N{}", node.value);
    }
    return text;
}

// A command may hold commas itself: nodes behind `members=` belong to it.
std::vector<std::string> command_list(std::string_view word) {
    std::vector<std::string> list;
    bool open = false;
    for (const std::string_view piece : split(word, ',')) {
        if (open && Words::as_node(piece)) {
            list.back() += fmt::format(",{}", piece);
            continue;
        }
        open = piece.starts_with(members_mark);
        list.emplace_back(piece);
    }
    return list;
}

}  // namespace

std::optional<std::uint64_t> plain_number(std::string_view text, std::uint64_t most) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    const bool plain = error == std::errc{} && stop == end && !text.empty() &&
                       (text.size() == 1 || text.front() != '0');
    if (!plain || number > most) return std::nullopt;
    return number;
}

std::vector<std::string_view> split(std::string_view text, char mark) {
    std::vector<std::string_view> pieces;
    for (;;) {
        const std::size_t end = text.find(mark);
        pieces.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return pieces;
        text.remove_prefix(end + 1);
    }
}

std::string one_of_names(std::span<const std::string_view> names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
        text += names[i];
    }
    return text;
}

SplitLine split_comment(std::string_view line) {
    const auto trimmed = [](std::string_view text) {
        const std::size_t first = text.find_first_not_of(blanks);
        if (first == std::string_view::npos) return std::string_view{};
        return text.substr(first, text.find_last_not_of(blanks) - first + 1);
    };
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool slashes = line.substr(i, 2) == "//";
        const bool hash = line[i] == '#' && (i + 1 == line.size() ||
                                             blanks.find(line[i + 1]) != std::string_view::npos);
        if (!slashes && !hash) continue;
        return {.code = trimmed(line.substr(0, i)),
                .comment = trimmed(line.substr(i + (slashes ? 2 : 1)))};
    }
    return {.code = trimmed(line), .comment = std::nullopt};
}

Words::Words(std::string_view code) {
    while (true) {
        const std::size_t begin = code.find_first_not_of(blanks);
        if (begin == std::string_view::npos) return;
        code.remove_prefix(begin);
        words_.push_back(code.substr(0, code.find_first_of(blanks)));
        code.remove_prefix(words_.back().size());
    }
}

void Words::fail(std::string what) {
    if (!error_) error_ = std::move(what);
}

void Words::take_over(const Words& part) {
    if (part.error_) fail(*part.error_);
    named_.insert(named_.end(), part.named_.begin(), part.named_.end());
}

void Words::expected(std::string_view what) {
    if (!ok()) return;
    constexpr std::size_t shown = 80;
    const std::string_view word = words_[next_ - 1];
    const std::string_view rest = word.size() > shown ? "..." : "";
    fail(fmt::format("expected {}, not \"{}{}\"", what, word.substr(0, shown), rest));
}

void Words::note_members(const CommandText& command) {
    if (!command.starts_with(members_mark)) return;
    const auto nodes = as_nodes(std::string_view(command).substr(members_mark.size()));
    if (nodes) named_.insert(named_.end(), nodes->begin(), nodes->end());
}

bool Words::skip(std::string_view word) {
    if (peek() != word || at_end()) return false;
    ++next_;
    return true;
}

void Words::end() {
    if (!at_end()) fail(fmt::format("expected nothing more, not \"{}\"", peek()));
}

std::string_view Words::word(std::string_view what) {
    if (!ok()) return {};
    if (at_end()) {
        fail(fmt::format("expected {}, but the line ends", what));
        return {};
    }
    return words_[next_++];
}

NodeId Words::node() {
    constexpr std::string_view what = "a node, as N1";
    const auto read = as_node(word(what));
    if (read) {
        named_.push_back(*read);
    } else {
        expected(what);
    }
    return read.value_or(NodeId{});
}

std::vector<NodeId> Words::nodes(std::string_view what) {
    const auto read = as_nodes(word(what));
    if (!read) {
        expected(what);
        return {};
    }
    named_.insert(named_.end(), read->begin(), read->end());
    return *read;
}

ClientNumber Words::client() {
    constexpr std::string_view what = "a client, as C1";
    const auto read = as_client(word(what));
    if (!read) expected(what);
    return read.value_or(0);
}

Asking Words::asking() {
    constexpr std::string_view what = "a client and the node that it asks, as C1>N1";
    const auto pieces = split(word(what), '>');
    const auto from = as_client(pieces.front());
    const auto to = as_node(pieces.back());
    if (pieces.size() != 2 || !from || !to) {
        expected(what);
    } else {
        named_.push_back(*to);
    }
    return {.client = from.value_or(0), .node = to.value_or(NodeId{})};
}

Words::Ends Words::ends(bool star) {
    const std::string_view what = star ? "two nodes, as N1>N2, or N1>*" : "two nodes, as N1>N2";
    const auto pieces = split(word(what), '>');
    const auto from = as_node(pieces.front());
    const auto to = as_node(pieces.back());
    const bool all = star && pieces.back() == "*";
    if (pieces.size() != 2 || !from || (!to && !all)) {
        expected(what);
    } else if (from == to) {
        fail(fmt::format("N{} sends nothing to itself: expected another node behind the >",
                         from->value));
    } else {
        named_.push_back(*from);
        if (to) named_.push_back(*to);
    }
    return {.from = from.value_or(NodeId{}), .to = to};
}

Slot Words::slot() {
    constexpr std::string_view what = "a slot, as #3, up to #1000000000";
    const auto read = as_slot(word(what));
    if (!read) expected(what);
    return read.value_or(Slot{});
}

Ballot Words::ballot() {
    constexpr std::string_view what = "a ballot, as 2.1 (round 2, node 1), up to round 1000000000";
    const auto read = as_ballot(word(what));
    if (!read) expected(what);
    if (read && *read != Ballot{}) named_.push_back(read->node);
    return read.value_or(Ballot{});
}

std::uint64_t Words::number(std::string_view what, std::uint64_t least, std::uint64_t most) {
    const std::string whole = fmt::format("{} from {} to {}", what, least, most);
    const auto read = plain_number(word(whole), most);
    if (!read || *read < least) expected(whole);
    return read.value_or(least);
}

Duration Words::duration() {
    constexpr std::string_view what = "a time up to an hour, as 120ms (or us, s)";
    const auto read = as_duration(word(what));
    if (!read) expected(what);
    return read.value_or(Duration{});
}

Share Words::share() {
    constexpr std::string_view what = "a share, as 2%";
    const auto read = as_share(word(what));
    if (!read) expected(what);
    return read.value_or(Share{});
}

Drift Words::drift() {
    constexpr std::string_view what = "how much faster or slower, from -50% to +50%, as +2%";
    constexpr std::uint32_t most_ppm = 500'000;
    std::string_view text = word(what);
    const bool slower = text.starts_with('-');
    const bool sign = slower || text.starts_with('+');
    if (sign) text.remove_prefix(1);
    const auto size = as_share(text);
    if (!sign || !size || size->ppm > most_ppm) expected(what);
    const std::int64_t ppm = size.value_or(Share{}).ppm;
    return Drift{slower ? -ppm : ppm};
}

Kind Words::kind() {
    const std::string what = "a kind of message (" + one_of_names(kind_names) + ")";
    const auto at = std::ranges::find(kind_names, word(what));
    if (at == std::end(kind_names)) {
        expected(what);
        return {};
    }
    return static_cast<Kind>(at - std::begin(kind_names));
}

CommandText Words::command() {
    constexpr std::string_view what =
        "a command: a word as X, of at most 60000 bytes, without the marks ,+|>*# and none of "
        "no-op, none, nothing, read; "
        "or members=N1,N2";
    const auto read = as_command(word(what));
    if (!read) {
        expected(what);
        return {};
    }
    note_members(*read);
    return *read;
}

std::optional<ValueText> Words::read_value(std::string_view text) {
    ValueText value;
    if (text == "no-op") return value;
    for (const std::string_view piece : split(text, '+')) {
        const auto command = as_command(piece);
        if (!command) return std::nullopt;
        note_members(*command);
        value.push_back(*command);
    }
    return value;
}

ValueText Words::value() {
    constexpr std::string_view what = "a value: a command, several as X+Y, or no-op";
    auto value = read_value(word(what));
    if (!value) expected(what);
    return std::move(value).value_or(ValueText{});
}

std::vector<ValueText> Words::values() {
    constexpr std::string_view what = "values, as X,Y";
    std::vector<ValueText> values;
    for (const std::string& piece : command_list(word(what))) {
        auto value = read_value(piece);
        if (!value) {
            expected(what);
            return {};
        }
        values.push_back(*std::move(value));
    }
    return values;
}

std::vector<CommandText> Words::commands() {
    constexpr std::string_view what = "commands, as X,Y, or nothing";
    const std::string_view text = word(what);
    std::vector<CommandText> commands;
    if (text == "nothing") return commands;
    for (const std::string& piece : command_list(text)) {
        const auto command = as_command(piece);
        if (!command) {
            expected(what);
            return {};
        }
        note_members(*command);
        commands.push_back(*command);
    }
    return commands;
}

std::optional<NodeId> Words::as_node(std::string_view word) {
    if (!word.starts_with('N')) return std::nullopt;
    const auto number = plain_number(word.substr(1), most_nodes_number);
    if (!number || *number == 0) return std::nullopt;
    return NodeId{*number};
}

std::optional<ClientNumber> Words::as_client(std::string_view word) {
    if (!word.starts_with('C')) return std::nullopt;
    const auto number = plain_number(word.substr(1), most_nodes_number);
    if (!number || *number == 0) return std::nullopt;
    return number;
}

std::optional<Slot> Words::as_slot(std::string_view word) {
    if (!word.starts_with('#')) return std::nullopt;
    const auto number = plain_number(word.substr(1), most_slots);
    if (!number || *number == 0) return std::nullopt;
    return Slot{*number};
}

std::optional<Ballot> Words::as_ballot(std::string_view word) {
    const std::size_t dot = word.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto round = plain_number(word.substr(0, dot), most_rounds);
    const auto node = plain_number(word.substr(dot + 1), most_nodes_number);
    // Of nobody's ballots there is only the one below all others.
    if (!round || !node || (*round == 0) != (*node == 0)) return std::nullopt;
    return Ballot{.round = *round, .node = NodeId{*node}};
}

std::optional<Duration> Words::as_duration(std::string_view word) {
    struct Unit {
        std::string_view name;
        std::uint64_t us;
    };
    constexpr Unit units[] = {{"us", 1}, {"ms", 1'000}, {"s", 1'000'000}};
    constexpr std::uint64_t most_us = 3'600'000'000;
    const std::size_t digits = word.find_first_not_of("0123456789");
    if (digits == std::string_view::npos) return std::nullopt;
    for (const Unit& unit : units) {
        if (word.substr(digits) != unit.name) continue;
        const auto number = plain_number(word.substr(0, digits), most_us / unit.us);
        if (!number) return std::nullopt;
        return Duration{*number * unit.us};
    }
    return std::nullopt;
}

std::optional<Share> Words::as_share(std::string_view word) {
    constexpr std::uint32_t percent = 10'000;
    constexpr std::size_t places = 4;
    if (!word.ends_with('%')) return std::nullopt;
    word.remove_suffix(1);
    const std::size_t dot = word.find('.');
    const auto whole = plain_number(word.substr(0, dot), 100);
    if (!whole) return std::nullopt;
    std::uint32_t ppm = static_cast<std::uint32_t>(*whole) * percent;
    if (dot != std::string_view::npos) {
        const std::string_view digits = word.substr(dot + 1);
        const bool plain = !digits.empty() && digits.size() <= places &&
                           digits.find_first_not_of("0123456789") == std::string_view::npos;
        if (!plain) return std::nullopt;
        std::uint32_t unit = percent;
        for (const char digit : digits) {
            unit /= 10;
            ppm += static_cast<std::uint32_t>(digit - '0') * unit;
        }
    }
    if (ppm > 100 * percent) return std::nullopt;
    return Share{ppm};
}

std::optional<std::vector<NodeId>> Words::as_nodes(std::string_view word) {
    std::vector<NodeId> nodes;
    for (const std::string_view piece : split(word, ',')) {
        const auto node = as_node(piece);
        if (!node || std::ranges::find(nodes, *node) != nodes.end()) return std::nullopt;
        nodes.push_back(*node);
    }
    std::ranges::sort(nodes);
    return nodes;
}

}  // namespace decree::sim::scenario
