#pragma once

/// How the journal's parts look as bytes: the heads, their checksums, and one record. README.md has
/// the table. Used by the writer, the recovery and the snapshot file; nobody else needs it.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/journal/record.hpp"
#include "core/paxos/ballot.hpp"
#include "core/reflect.hpp"
#include "core/value.hpp"

namespace decree::journal {

/// "decree-j", read as a little-endian number: a text at the begin of each segment file.
inline constexpr std::uint64_t segment_magic = 0x6A2D656572636564U;
inline constexpr std::uint32_t format_version = 2;

/// Begins a segment. Fields are stored one behind the other, little-endian, each in its full width;
/// the checksum, always last, is of all before it.
struct SegmentHead {
    std::uint64_t magic = segment_magic;
    std::uint32_t version = format_version;
    NodeId node;
    Incarnation incarnation;
    Ballot promised;
    Slot snapshot_through;
    /// The highest slot that any record before this segment is about, ever. What of it is not in
    /// the segments before must be in a snapshot.
    Slot highest_before{};
    Position begin;            ///< Its own, so that it is believed nowhere else.
    std::uint64_t sequence{};  ///< Of its first group.
    Position mark;             ///< All below is durable. At most `begin`.
    std::uint32_t checksum{};
    bool operator==(const SegmentHead&) const = default;
};

/// Begins a group. Its checksum does not depend on the records behind it, so that what it says can
/// be believed when they are bad; and it says enough to go on reading here when all before is bad.
struct GroupHead {
    NodeId node;               ///< Another node's groups are not believed.
    Incarnation incarnation;   ///< As in the segment's head.
    Position position;         ///< Its own, so that it is believed nowhere else.
    std::uint64_t sequence{};  ///< Dense: one more than in the group before.
    Position mark;             ///< All below is durable. At most `position`.
    Ballot promised;           ///< Once these records are executed.
    Slot highest_before{};     ///< The highest slot that any record before this group is about.
    std::uint32_t body_bytes{};
    std::uint32_t records{};
    std::uint32_t checksum{};
    bool operator==(const GroupHead&) const = default;
};

/// Begins a record. Both checksums are salted with the place (see RecordPlace), so that a group's
/// body cannot be mixed from several. This one is good even when the record's body is not: a
/// damaged record is still known by kind and slot.
struct RecordHead {
    std::uint8_t kind{};  ///< Index in Record.
    Slot slot{};          ///< The record's first field if that is a Slot, else 0. Not in the body.
    std::uint32_t size{};
    std::uint32_t body_checksum{};
    std::uint32_t checksum{};
    bool operator==(const RecordHead&) const = default;
};

/// Where records stand. Positions are written again after a torn tail was cut, but never in the
/// same incarnation.
struct RecordPlace {
    RecordPlace(NodeId node, Incarnation incarnation, Position group);
    std::uint64_t group_salt;
    std::uint32_t index = 0;  ///< Of the record in its group: raised by whoever goes through it.
};

namespace detail {
template <class T>
consteval std::size_t fixed_size() {
    if constexpr (std::is_unsigned_v<T>) {
        return sizeof(T);
    } else {
        using Fields = decltype(reflect::fields(std::declval<T&>()));
        return []<class... F>(std::type_identity<std::tuple<F&...>>) {
            return (fixed_size<F>() + ... + 0U);
        }(std::type_identity<Fields>{});
    }
}

template <class T>
void store(const T& thing, std::byte*& at) {
    if constexpr (std::is_unsigned_v<T>) {
        T little = thing;
        if constexpr (std::endian::native == std::endian::big) little = std::byteswap(little);
        std::memcpy(at, &little, sizeof(T));
        at += sizeof(T);
    } else {
        std::apply([&](const auto&... field) { (store(field, at), ...); }, reflect::fields(thing));
    }
}

template <class T>
void load(T& thing, const std::byte*& at) {
    if constexpr (std::is_unsigned_v<T>) {
        std::memcpy(&thing, at, sizeof(T));
        if constexpr (std::endian::native == std::endian::big) thing = std::byteswap(thing);
        at += sizeof(T);
    } else {
        std::apply([&](auto&... field) { (load(field, at), ...); }, reflect::fields(thing));
    }
}
}  // namespace detail

/// The size of a head on disk.
template <class Head>
inline constexpr std::size_t head_bytes = detail::fixed_size<Head>();

static_assert(head_bytes<SegmentHead> == 88);
static_assert(head_bytes<GroupHead> == 76);
static_assert(head_bytes<RecordHead> == 21);

/// 32 bits of the hash of `bytes` at a place named by `salt`.
[[nodiscard]] std::uint32_t checksum(Bytes bytes, std::uint64_t salt = 0);

/// Stores `head` at `at`, with its checksum. REQUIRES: room for head_bytes<Head>.
template <class Head>
void store_head(Head head, std::byte* at, std::uint64_t salt = 0) {
    std::byte* after = at;
    detail::store(head, after);
    after -= sizeof head.checksum;
    head.checksum = checksum(Bytes(at, after), salt);
    detail::store(head.checksum, after);
}

/// The head with which `bytes` begin, as it stands there. REQUIRES: that many bytes.
template <class Head>
[[nodiscard]] Head load_unchecked(Bytes bytes) {
    Head head;
    const std::byte* at = bytes.data();
    detail::load(head, at);
    return head;
}

/// The head with which `bytes` begin; none when they are too few or do not match the checksum.
template <class Head>
[[nodiscard]] std::optional<Head> load_head(Bytes bytes, std::uint64_t salt = 0) {
    constexpr std::size_t size = head_bytes<Head>;
    if (bytes.size() < size) return std::nullopt;
    const Head head = load_unchecked<Head>(bytes);
    const bool intact = checksum(bytes.first(size - sizeof head.checksum), salt) == head.checksum;
    return intact ? std::optional(head) : std::nullopt;
}

[[nodiscard]] std::uint64_t salt_of(const RecordPlace& place);

/// Why something on the disk cannot be read.
struct Unreadable {
    std::string what;
    /// No crash leaves such bytes: they are whole, and not for this reader. Never cut as torn.
    bool foreign{};
    bool operator==(const Unreadable&) const = default;
};

/// The head of the segment of that name.
[[nodiscard]] std::expected<SegmentHead, Unreadable> read_segment_head(Bytes bytes, Position begin);

/// The group head that stands, intact, at position `at`; of `node`, or of anyone if none is named.
[[nodiscard]] std::optional<GroupHead> group_head_at(Bytes bytes, Position at,
                                                     std::optional<NodeId> node);
/// Why there is none, for a person.
[[nodiscard]] std::string why_no_group_head(Bytes bytes, Position at, NodeId node);

/// Appends `record` with a head that still lacks its checksums: see finish_record. The body is its
/// other fields in their full width; a value, which is the last field, goes to the body's end.
template <class R>
void append_record(const R& record, ByteBuffer& out);
/// Completes the record with which `bytes` begin. Returns its size, head included.
std::size_t finish_record(std::span<std::byte> bytes, const RecordPlace& place);

/// The record with which `bytes` begin; shortens them by it.
[[nodiscard]] std::expected<Record, Unreadable> read_record(Bytes& bytes, const RecordPlace& place);

/// The slot whose content depends on the record; none when it is about no single slot.
[[nodiscard]] constexpr Slot slot_held(const VoteRecord& record) { return record.slot; }
[[nodiscard]] constexpr Slot slot_held(const DecidedRecord& record) { return record.slot; }
[[nodiscard]] constexpr Slot slot_held(const StartedRecord&) { return {}; }
[[nodiscard]] constexpr Slot slot_held(const PromiseRecord&) { return {}; }
[[nodiscard]] constexpr Slot slot_held(const WatermarkRecord&) { return {}; }
[[nodiscard]] constexpr Slot slot_held(const SnapshotRecord&) { return {}; }
[[nodiscard]] constexpr Slot slot_held(const FoundingRecord&) { return {}; }

}  // namespace decree::journal
