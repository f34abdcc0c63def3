#pragma once

/// Patterns of paths, with Doozer's grammar: `?` is one character other than a slash, `*` any
/// number of them, `**` any number of any characters. Stars are read from the left in pairs.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/path.hpp"

namespace decree::store {

class Glob {
public:
    /// Nothing when `pattern` is no glob: a path whose names may also hold * and ?.
    [[nodiscard]] static std::optional<Glob> parse(std::string_view pattern, Names names);

    /// Whether the whole of `path` matches. At worst |pattern| x |path| steps.
    [[nodiscard]] bool matches(std::string_view path) const;

    [[nodiscard]] const std::string& pattern() const { return pattern_; }
    /// What every path that matches is, or lies below: "" (anything), or a path without wildcard.
    [[nodiscard]] std::string_view literal_prefix() const;

    bool operator==(const Glob&) const = default;

private:
    friend class GlobState;
    enum class Kind : std::uint8_t { Character, AnyCharacter, AnyName, AnyPath };
    struct Token {
        Kind kind;
        char character;  // Of Kind::Character; else 0.
        bool operator==(const Token&) const = default;
    };
    Glob(std::string_view pattern, std::vector<Token> tokens)
        : pattern_(pattern), tokens_(std::move(tokens)) {}

    std::string pattern_;
    // Stars that touch are one token: `*` and `**` together match what `**` matches.
    std::vector<Token> tokens_;
};

/// Where in a glob one may be after some beginning of a path: lets a walk leave out directories in
/// which nothing can match. A set of positions in the pattern. The glob must outlive it.
class GlobState {
public:
    explicit GlobState(const Glob& glob);

    /// After `text`, which continues the path. Costs |text| x positions.
    [[nodiscard]] GlobState after(std::string_view text) const;
    /// Whether no continuation matches.
    [[nodiscard]] bool dead() const { return positions_.empty(); }
    /// Whether the path ends well here.
    [[nodiscard]] bool accepts() const;
    /// Whether every continuation matches.
    [[nodiscard]] bool accepts_all() const;
    /// The only name that may come next, after a slash that is not taken yet; nothing when any of
    /// several may.
    [[nodiscard]] std::optional<std::string> only_name() const;

private:
    void reach(std::uint32_t position);
    void step(char c, GlobState& next) const;

    const Glob* glob_;
    std::vector<std::uint32_t> positions_;  // Ascending.
};

}  // namespace decree::store
