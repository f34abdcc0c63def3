#pragma once

/// The state in pieces. Equal states have equal pieces, on every machine, however they came to be;
/// each is found without looking at those before it, by what its trees measure.
///
/// Piece 0 is the head, which counts the others: sessions, lock delays, the tree before the first
/// retained revision, the events since. So a piece is the list of what begins in its stretch of
/// `piece_bytes` measured bytes, and may be empty behind something large.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/codec.hpp"
#include "core/options.hpp"
#include "core/store/state.hpp"

namespace decree::store {

inline constexpr std::uint64_t snapshot_version = 1;
inline constexpr std::uint64_t piece_bytes = 65536;

struct SnapshotHead {
    std::uint64_t version{};
    StoreSettings settings;
    Revision base;  ///< Of the tree; that before the first retained.
    Revision last;
    Revision root_changed;
    SessionId next_session;
    ElectorateWire electorate;
    std::uint64_t sessions{};  ///< Pieces, of each kind.
    std::uint64_t delays{};
    std::uint64_t tree{};
    std::uint64_t history{};
    bool operator==(const SnapshotHead&) const = default;
};

/// An open session; the files say themselves to which they are bound.
struct SessionRecord {
    SessionId id;
    std::uint64_t ttl_us{};
    ClusterTime end;
    bool operator==(const SessionRecord&) const = default;
};
struct FileRecord {
    std::string path;
    File file;
    bool operator==(const FileRecord&) const = default;
};
/// Comes just before what is in it.
struct DirectoryRecord {
    std::string path;
    Revision changed;
    bool operator==(const DirectoryRecord&) const = default;
};
using TreeRecord = std::variant<FileRecord, DirectoryRecord>;

/// Appends piece number `index` to `out`; false when there is none. Costs what is in it.
[[nodiscard]] bool snapshot_piece(const State& state, std::uint64_t index, ByteBuffer& out);

/// Makes a state of pieces that anybody may have written.
class SnapshotReader {
public:
    /// Takes the next piece. After an error the reader is of no use.
    [[nodiscard]] std::expected<void, BadBytes> take(std::uint64_t index, Bytes piece,
                                                     const Settings& cluster);
    /// The state, if all pieces are there and agree.
    [[nodiscard]] std::expected<State, BadBytes> finish();

private:
    [[nodiscard]] const char* take_head(const SnapshotHead& head, const Settings& cluster);
    [[nodiscard]] const char* take_session(const SessionRecord& record);
    [[nodiscard]] const char* take_delay(const LockDelay& delay);
    [[nodiscard]] const char* take_tree(TreeRecord&& record);
    [[nodiscard]] const char* take_event(Event&& event);
    [[nodiscard]] const char* end_tree();

    SnapshotHead head_;
    std::uint64_t next_ = 0;
    std::optional<State> state_;
    Tree tree_;
    std::string empty_;        // The directory that was read last, while nothing is in it.
    std::uint64_t bound_ = 0;  // Files of the tree so far that are bound to a session.
};

}  // namespace decree::store
