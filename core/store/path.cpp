#include "core/store/path.hpp"

#include <algorithm>
#include <array>

namespace decree::store {

namespace {

constexpr bool is_in(char c, Names names) {
    const bool letter = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
    if (letter || ('0' <= c && c <= '9') || c == '.' || c == '-') return true;
    constexpr std::string_view wide = "_:@+=,";
    return names == Names::Wide && wide.contains(c);
}

// Of each byte: looked at for every character of every path.
constexpr std::array<bool, 256> table_of(Names names) {
    std::array<bool, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = is_in(static_cast<char>(i), names);
    return table;
}
constexpr std::array<bool, 256> doozer_names = table_of(Names::Doozer);
constexpr std::array<bool, 256> wide_names = table_of(Names::Wide);

const std::array<bool, 256>& table(Names names) {
    return names == Names::Wide ? wide_names : doozer_names;
}

}  // namespace

bool is_name_character(char c, Names names) { return table(names)[static_cast<unsigned char>(c)]; }

bool is_path(std::string_view path, Names names) {
    if (path == "/") return true;
    if (path.empty() || path.front() != '/' || path.back() == '/') return false;
    const std::array<bool, 256>& allowed = table(names);
    char before = 'a';
    for (const char c : path) {
        if (c == '/' ? before == '/' : !allowed[static_cast<unsigned char>(c)]) return false;
        before = c;
    }
    return true;
}

std::size_t path_depth(std::string_view path) {
    return path == "/" ? 0 : static_cast<std::size_t>(std::ranges::count(path, '/'));
}

bool PathNames::next() {
    if (done_) return false;
    const std::size_t slash = rest_.find('/');
    name_ = rest_.substr(0, slash);
    done_ = slash == std::string_view::npos;
    rest_ = done_ ? std::string_view{} : rest_.substr(slash + 1);
    return true;
}

bool operator<(WalkOrder a, WalkOrder b) {
    const auto [in_a, in_b] = std::ranges::mismatch(a.path, b.path);
    if (in_b == b.path.end()) return false;
    if (in_a == a.path.end()) return true;
    const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
    return rank(*in_a) < rank(*in_b);
}

}  // namespace decree::store
