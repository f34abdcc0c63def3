#include "core/store/glob.hpp"

#include <algorithm>
#include <utility>

namespace decree::store {

std::optional<Glob> Glob::parse(std::string_view pattern, Names names) {
    std::string as_path(pattern);
    std::ranges::replace_if(as_path, [](char c) { return c == '*' || c == '?'; }, 'a');
    if (!is_path(as_path, names)) return std::nullopt;
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '?') {
            tokens.push_back({.kind = Kind::AnyCharacter, .character = 0});
        } else if (pattern[i] != '*') {
            tokens.push_back({.kind = Kind::Character, .character = pattern[i]});
        } else {
            const std::size_t begin = i;
            while (i + 1 < pattern.size() && pattern[i + 1] == '*') ++i;
            tokens.push_back({.kind = i > begin ? Kind::AnyPath : Kind::AnyName, .character = 0});
        }
    }
    return Glob(pattern, std::move(tokens));
}

/// Goes on from the last star when something does not fit, letting that star take one character
/// more; from the last `**` when the last `*` cannot, because a slash is in the way. Earlier stars
/// need no second look: what lies between two stars is best matched where it first fits, since a
/// `**` reaches all the further for it, and a `*` as far, to the same slash.
bool Glob::matches(std::string_view path) const {
    constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
    std::size_t token = 0;
    std::size_t at = 0;
    std::size_t name_star = nowhere;  // The last `*` since the last `**`, and what it took to.
    std::size_t name_end = 0;
    std::size_t path_star = nowhere;
    std::size_t path_end = 0;
    while (true) {
        const Kind kind = token < tokens_.size() ? tokens_[token].kind : Kind::Character;
        if (token == tokens_.size() && at == path.size()) return true;
        if (token < tokens_.size() && kind == Kind::AnyPath) {
            path_star = token++;
            path_end = at;
            name_star = nowhere;
            continue;
        }
        if (token < tokens_.size() && kind == Kind::AnyName) {
            name_star = token++;
            name_end = at;
            continue;
        }
        const bool fits =
            token < tokens_.size() && at < path.size() &&
            (kind == Kind::AnyCharacter ? path[at] != '/' : path[at] == tokens_[token].character);
        if (fits) {
            ++token;
            ++at;
        } else if (name_star != nowhere && name_end < path.size() && path[name_end] != '/') {
            token = name_star + 1;
            at = ++name_end;
        } else if (path_star != nowhere && path_end < path.size()) {
            token = path_star + 1;
            at = ++path_end;
            name_star = nowhere;
        } else {
            return false;
        }
    }
}

std::string_view Glob::literal_prefix() const {
    const std::string_view pattern = pattern_;
    const std::size_t wildcard = pattern.find_first_of("*?");
    if (wildcard == std::string_view::npos) return pattern;
    return pattern.substr(0, pattern.substr(0, wildcard).rfind('/'));
}

GlobState::GlobState(const Glob& glob) : glob_(&glob) { reach(0); }

// Adds a position, and the one behind it where a star may take nothing. Positions come ascending.
void GlobState::reach(std::uint32_t position) {
    if (positions_.empty() || positions_.back() < position) positions_.push_back(position);
    const auto& tokens = glob_->tokens_;
    if (position == tokens.size()) return;
    const Glob::Kind kind = tokens[position].kind;
    const bool star = kind == Glob::Kind::AnyName || kind == Glob::Kind::AnyPath;
    if (star && positions_.back() < position + 1) positions_.push_back(position + 1);
}

void GlobState::step(char c, GlobState& next) const {
    const auto& tokens = glob_->tokens_;
    next.positions_.clear();
    for (const std::uint32_t position : positions_) {
        if (position == tokens.size()) continue;
        const Glob::Token& token = tokens[position];
        switch (token.kind) {
        case Glob::Kind::Character:
            if (c == token.character) next.reach(position + 1);
            break;
        case Glob::Kind::AnyCharacter:
            if (c != '/') next.reach(position + 1);
            break;
        case Glob::Kind::AnyName:
            if (c != '/') next.reach(position);
            break;
        case Glob::Kind::AnyPath:
            next.reach(position);
            break;
        }
    }
}

GlobState GlobState::after(std::string_view text) const {
    GlobState state = *this;
    GlobState next = *this;
    for (const char c : text) {
        state.step(c, next);
        std::swap(state.positions_, next.positions_);
    }
    return state;
}

bool GlobState::accepts() const {
    return !positions_.empty() && positions_.back() == glob_->tokens_.size();
}

bool GlobState::accepts_all() const {
    const auto& tokens = glob_->tokens_;
    return std::ranges::any_of(positions_, [&](std::uint32_t position) {
        return position + 1 == tokens.size() && tokens[position].kind == Glob::Kind::AnyPath;
    });
}

std::optional<std::string> GlobState::only_name() const {
    const auto& tokens = glob_->tokens_;
    if (positions_.size() != 1) return std::nullopt;
    std::size_t position = positions_.front();
    if (position == tokens.size() || tokens[position].character != '/') return std::nullopt;
    std::string name;
    for (++position; position < tokens.size(); ++position) {
        if (tokens[position].kind != Glob::Kind::Character) return std::nullopt;
        if (tokens[position].character == '/') break;
        name += tokens[position].character;
    }
    return name;
}

}  // namespace decree::store
