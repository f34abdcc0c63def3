#pragma once

/// What is asked of the store, and how it answers. Nothing here changes anything.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/codec.hpp"
#include "core/store/answer.hpp"
#include "core/store/revision.hpp"
#include "core/store/state.hpp"
#include "core/value.hpp"

namespace decree::store {

/// A question's `at`: at which revision of the store; none is now. Below 1 is 1. One that is not
/// retained is answered TooLate, one not reached yet NotYet.
using At = std::optional<Revision>;

/// Doozer's GET. `path` need not be one: see PathNames.
struct Get {
    std::string path;
    At at;
    bool operator==(const Get&) const = default;
};
/// Doozer's STAT. What is no path is missing.
struct Stat {
    std::string path;
    At at;
    bool operator==(const Stat&) const = default;
};
/// Doozer's GETDIR, of up to `most` entries.
struct GetDir {
    std::string path;
    std::int64_t offset{};
    At at;
    std::uint32_t most = 1;
    bool operator==(const GetDir&) const = default;
};
/// Doozer's WALK, of up to `most` files.
struct Walk {
    std::string glob;
    std::int64_t offset{};
    At at;
    std::uint32_t most = 1;
    bool operator==(const Walk&) const = default;
};
/// Doozer's REV.
struct Rev {
    bool operator==(const Rev&) const = default;
};
/// The last revision at which something at or below `path` changed (Tree::subtree_revision).
struct SubtreeRev {
    std::string path;
    At at;
    bool operator==(const SubtreeRev&) const = default;
};
/// A session: whether it is open, and until when.
struct SessionInfo {
    SessionId session;
    bool operator==(const SessionInfo&) const = default;
};

using StoreQuery = std::variant<Get, Stat, GetDir, Walk, Rev, SubtreeRev, SessionInfo>;

/// One thing that was found.
struct Entry {
    std::string path;   ///< Of GetDir the name alone.
    Revision revision;  ///< The file's; `directory_revision` of a directory.
    Value value;        ///< Of Get and Walk.
    /// Of Stat, and GetDir: a file's bytes, or a directory's entries.
    std::uint64_t length{};
    SessionId session;  ///< To which the file is bound.
    bool lock{};
    bool operator==(const Entry&) const = default;
};

struct QueryAnswer {
    Code code{};
    std::string detail;
    /// The revision of the store that was asked; of SubtreeRev what was asked for.
    Revision revision;
    std::vector<Entry> entries;  ///< One of Get and Stat, also of what is missing.
    ClusterTime session_end;     ///< Of SessionInfo; 0: it is not open.
    bool operator==(const QueryAnswer&) const = default;
};

/// How many bytes of values and paths one answer gathers before it ends early.
inline constexpr std::size_t answer_gathers_bytes = 1U << 20U;

/// Costs what is found; a Walk also what is passed over, save subtrees that match whole.
[[nodiscard]] QueryAnswer query(const State& state, const StoreQuery& question);

[[nodiscard]] Value encode_query(const StoreQuery& question);
[[nodiscard]] std::expected<StoreQuery, BadBytes> decode_query(Bytes bytes);
[[nodiscard]] Answer encode_answer(const QueryAnswer& answer);
[[nodiscard]] std::optional<QueryAnswer> decode_query_answer(const Answer& answer);

/// Where a revision lies: its tree, or why there is none.
[[nodiscard]] std::expected<Tree, Code> tree_at(const History& history, At at);

/// What is wrong with a glob: it is none, or too long.
[[nodiscard]] std::optional<Refusal> check_glob(const std::string& glob,
                                                const StoreSettings& settings);

}  // namespace decree::store
