#include "net/transact_command.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "net/client_output.hpp"
#include "net/standard_streams.hpp"

namespace decree::net {
namespace {

// How many words follow a keyword; 0: it is none.
std::size_t arguments_of(std::string_view keyword) {
    if (keyword == "if" || keyword == "if-below" || keyword == "set") return 2;
    return keyword == "del" ? 1 : 0;
}

std::string known_parts() {
    return "write: if PATH REV, if-below PATH REV, set PATH VALUE, or del PATH";
}

std::expected<std::int64_t, std::string> parse_rev(const std::string& text) {
    std::int64_t rev = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, rev);
    if (error == std::errc{} && end == last && !text.empty()) return rev;
    return std::unexpected(fmt::format("'{}': a revision is a number", text));
}

// The part that a refusal is about, as it was written.
std::string part_in_words(const Request& request, std::size_t part) {
    if (part < request.compares.size()) {
        const CompareField& compare = request.compares[part];
        return fmt::format("{} {} {}", compare.subtree ? "if-below" : "if",
                           compare.path.value_or(""), compare.rev.value_or(0));
    }
    part -= request.compares.size();
    if (part >= request.writes.size()) return "the transaction";
    const WriteField& write = request.writes[part];
    return fmt::format("{} {}", write.remove ? "del" : "set", write.path.value_or(""));
}

}  // namespace

std::expected<Request, std::string> parse_parts(const std::vector<std::string>& words) {
    Request request;
    request.verb = static_cast<std::int32_t>(Verb::Transact);
    for (std::size_t i = 0; i < words.size();) {
        const std::string& keyword = words[i];
        const std::size_t count = arguments_of(keyword);
        if (count == 0) return std::unexpected(fmt::format("'{}': {}", keyword, known_parts()));
        if (words.size() - i <= count) {
            return std::unexpected(
                fmt::format("'{}' at the end lacks something; {}", keyword, known_parts()));
        }
        const std::string& path = words[i + 1];
        if (keyword == "set") {
            request.writes.push_back(
                {.path = path, .value = words[i + 2], .session = {}, .remove = false});
        } else if (keyword == "del") {
            request.writes.push_back({.path = path, .value = {}, .session = {}, .remove = true});
        } else {
            const auto rev = parse_rev(words[i + 2]);
            if (!rev) return std::unexpected(rev.error());
            request.compares.push_back(
                {.path = path, .rev = *rev, .subtree = keyword == "if-below"});
        }
        i += count + 1;
    }
    return request;
}

std::expected<std::vector<std::string>, std::string> split_lines(const std::string& text) {
    std::vector<std::string> words;
    std::string_view rest = text;
    for (std::size_t number = 1; !rest.empty(); ++number) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.empty() || line.starts_with('#')) continue;
        const std::string_view keyword = line.substr(0, line.find(' '));
        const std::size_t count = arguments_of(keyword);
        if (count == 0) {
            return std::unexpected(fmt::format("line {}: '{}': {}", number, line, known_parts()));
        }
        for (std::size_t i = 0; i < count; ++i) {
            const std::string_view word = line.substr(0, line.find(' '));
            words.emplace_back(word);
            line.remove_prefix(std::min(line.size(), word.size() + 1));
        }
        // The last one goes to the end of the line. An empty value may be left out, nothing else.
        if (line.empty() && keyword != "set") {
            return std::unexpected(
                fmt::format("line {}: '{}' lacks something; {}", number, keyword, known_parts()));
        }
        words.emplace_back(line);
    }
    return words;
}

std::expected<void, Refused> transact(ClusterClient& cluster, const std::vector<std::string>& parts,
                                      bool json) {
    std::vector<std::string> words = parts;
    if (words.empty()) {
        const auto text = read_standard_input(longest_request_bytes);
        if (!text) return std::unexpected(plain_failure(text.error()));
        auto lines = split_lines(*text);
        if (!lines) return std::unexpected(plain_failure(lines.error()));
        words = *std::move(lines);
    }
    const auto request = parse_parts(words);
    if (!request) return std::unexpected(plain_failure(request.error()));
    const Answered answer = cluster.call(*request);
    if (!answer) {
        Refused why = answer.error();
        if (why.part) {
            why.text += ": " + part_in_words(*request, static_cast<std::size_t>(*why.part));
        }
        return std::unexpected(std::move(why));
    }
    const std::int64_t rev = answer->rev.value_or(0);
    if (json) {
        print(boost::json::object{{"rev", rev}});
    } else {
        print(fmt::format("{}\n", rev));
    }
    return {};
}

}  // namespace decree::net
