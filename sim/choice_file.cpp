#include "sim/choice_file.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/contract.hpp"
#include "core/hash.hpp"
#include "core/reflect.hpp"

namespace decree::sim {

namespace {

constexpr std::string_view first_line = "decree-choices 1";
constexpr std::string_view any_version = "decree-choices ";
constexpr std::size_t most_choices = 50'000'000;  // In one file: a bad one must not fill memory.

// Writes the choices alike from `at` on; returns where others begin.
std::size_t put_alike(const std::vector<Choice>& choices, std::size_t at, std::string& out) {
    std::size_t end = at + 1;
    while (end < choices.size() && choices[end] == choices[at]) ++end;
    fmt::format_to(std::back_inserter(out), " {}/{}", choices[at].value, choices[at].arity);
    if (end - at > 1) fmt::format_to(std::back_inserter(out), "x{}", end - at);
    return end;
}

// The text before `mark`, which is cut off together with it; all of it when there is no mark.
std::string_view cut(std::string_view& text, char mark) {
    const std::size_t end = text.find(mark);
    const std::string_view head = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return head;
}

template <class Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    return error == std::errc{} && stop == end;
}

std::optional<Site> site_named(std::string_view name) {
    constexpr auto& names = reflect::enumerator_names<Site>;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Site>(found - names.begin());
}

// Reads line by line; stops at the first error.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text), rest_(text) {}

    std::expected<ChoiceFile, BadBytes> read() {
        if (next_line() != first_line) return refused("\"decree-choices 1\" as the first line");
        file_.profile = after("profile ");
        if (file_.profile.empty()) return refused("\"profile NAME\"");
        if (!read_number(after("nodes "), file_.nodes)) return refused("\"nodes N\"");
        if (!read_number(after("seed "), file_.seed)) return refused("\"seed S\"");
        for (;;) {
            const std::string_view line = next_line();
            if (line.starts_with("check ")) return checked(line.substr(6));
            if (line.empty()) return refused("a \"check\" line at the end: the file is cut off");
            if (!read_stream(line)) {
                return refused(
                    "\"SITE ENTITY VALUE/ARITY...\", in order, each value below its "
                    "arity");
            }
        }
    }

private:
    std::string_view next_line() {
        line_start_ = text_.size() - rest_.size();
        return cut(rest_, '\n');
    }

    std::string_view after(std::string_view word) {
        const std::string_view line = next_line();
        return line.starts_with(word) ? line.substr(word.size()) : std::string_view{};
    }

    [[nodiscard]] std::unexpected<BadBytes> refused(std::string what) const {
        return std::unexpected(BadBytes{std::move(what), line_start_});
    }

    std::expected<ChoiceFile, BadBytes> checked(std::string_view sum) {
        if (!rest_.empty()) return refused("nothing after the \"check\" line");
        if (sum == "edited") return std::move(file_);
        std::uint64_t number = 0;
        const bool digits = sum.size() == 16 && read_number(sum, number, 16);
        if (!digits || number != hash_bytes(as_bytes(text_.substr(0, line_start_)))) {
            return refused(
                "the check sum of what stands above: the file is damaged (whoever "
                "edits it writes \"check edited\")");
        }
        return std::move(file_);
    }

    bool read_stream(std::string_view line) {
        const std::optional<Site> site = site_named(cut(line, ' '));
        StreamKey key{site.value_or(Site{}), 0};
        if (!site || !read_number(cut(line, ' '), key.entity) || line.empty()) return false;
        if (!file_.record.empty() && !(file_.record.rbegin()->first < key)) return false;
        std::vector<Choice>& choices = file_.record[key];
        while (!line.empty()) {
            if (!read_choice(cut(line, ' '), choices)) return false;
        }
        return true;
    }

    bool read_choice(std::string_view word, std::vector<Choice>& choices) {
        std::string_view times = word;
        std::string_view arity = cut(times, 'x');
        const bool one = arity.size() == word.size();
        Choice choice;
        std::size_t count = 1;
        if (!read_number(cut(arity, '/'), choice.value) || !read_number(arity, choice.arity) ||
            choice.value >= choice.arity || (!one && !read_number(times, count)) || count == 0) {
            return false;
        }
        if (count > most_choices - total_) return false;
        total_ += count;
        choices.insert(choices.end(), count, choice);
        return true;
    }

    std::string_view text_;
    std::string_view rest_;
    std::size_t line_start_ = 0;
    std::size_t total_ = 0;
    ChoiceFile file_;
};

}  // namespace

std::string to_text(const ChoiceFile& file) {
    ENSURE(file.profile.find_first_of(" \n") == std::string::npos && !file.profile.empty(),
           "a profile's name is one word");
    std::string out = fmt::format("{}\nprofile {}\nnodes {}\nseed {}\n", first_line, file.profile,
                                  file.nodes, file.seed);
    for (const auto& [key, choices] : file.record) {
        if (choices.empty()) continue;
        const auto site = static_cast<std::size_t>(key.site);
        fmt::format_to(std::back_inserter(out), "{} {}", reflect::enumerator_names<Site>[site],
                       key.entity);
        for (std::size_t at = 0; at < choices.size();) at = put_alike(choices, at, out);
        out += '\n';
    }
    const std::uint64_t sum = hash_bytes(as_bytes(out));
    return fmt::format("{}check {:016x}\n", out, sum);
}

bool looks_like_choices(std::string_view text) { return text.starts_with(any_version); }

std::expected<ChoiceFile, BadBytes> read_choices(std::string_view text) {
    return Reader(text).read();
}

}  // namespace decree::sim
