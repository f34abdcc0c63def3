#include "core/store/path.hpp"

#include <algorithm>

namespace decree::store {

bool is_name_character(char c, Names names) {
    const bool letter = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
    if (letter || ('0' <= c && c <= '9') || c == '.' || c == '-') return true;
    constexpr std::string_view wide = "_:@+=,";
    return names == Names::Wide && wide.contains(c);
}

bool is_path(std::string_view path, Names names) {
    if (path == "/") return true;
    if (path.empty() || path.front() != '/' || path.back() == '/') return false;
    char before = 'a';
    for (const char c : path) {
        if (c == '/' ? before == '/' : !is_name_character(c, names)) return false;
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
