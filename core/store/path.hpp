#pragma once

/// Paths and the names in them, with Doozer's grammar.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace decree::store {

/// Which characters a name may hold. Fixed when a cluster is founded.
enum class Names : std::uint8_t {
    Doozer,  ///< A-Z a-z 0-9 . -
    Wide,    ///< Those, and _ : @ + = ,
};

[[nodiscard]] bool is_name_character(char c, Names names);

/// Whether `path` is "/" alone, or one or more of: a slash, then one or more characters of a name.
[[nodiscard]] bool is_path(std::string_view path, Names names);

/// How many names are in a path: none in "/".
[[nodiscard]] std::size_t path_depth(std::string_view path);

/// The names of a path, one after the other:
/// `for (PathNames rest(path); rest.next();) use(rest.name())`.
/// The first byte is dropped unread and the rest split at slashes, as Doozer's GET does it. So what
/// is no path has names, too, some of which are empty, and nothing is called so. The
/// empty path has one empty name.
class PathNames {
public:
    explicit PathNames(std::string_view path)
        : rest_(path.empty() ? path : path.substr(1)), done_(path.size() == 1) {}

    /// Goes to the first or next name; false when there is none.
    bool next();
    /// REQUIRES: next() was true.
    [[nodiscard]] std::string_view name() const { return name_; }
    /// Whether no name comes after this one.
    [[nodiscard]] bool at_last() const { return done_; }

private:
    std::string_view rest_;
    std::string_view name_;
    bool done_;
};

/// Paths in the order of WALK: depth first, the names in each directory by their bytes. That is not
/// the order of the paths' bytes: everything below /a comes before /a-b, since a slash ends a name.
struct WalkOrder {
    std::string_view path;
    friend bool operator<(WalkOrder a, WalkOrder b);
};

}  // namespace decree::store
