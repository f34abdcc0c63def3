#include "core/journal/frame.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <variant>

#include "core/contract.hpp"
#include "core/hash.hpp"

namespace decree::journal {
namespace {

// A record whose first field is a slot has it in its head.
template <class R>
constexpr bool slot_in_head =
    std::is_same_v<std::tuple_element_t<0, decltype(reflect::fields(std::declval<R&>()))>, Slot&>;

// The fields that stand in the body.
template <class R>
auto body_fields(R& record) {
    return std::apply(
        []([[maybe_unused]] auto& first, auto&... rest) {
            if constexpr (slot_in_head<std::remove_const_t<R>>) {
                return std::tie(rest...);
            } else {
                return std::tie(first, rest...);
            }
        },
        reflect::fields(record));
}

template <class T>
constexpr bool is_value = std::is_same_v<std::remove_cvref_t<T>, Value>;

template <class F>
consteval std::size_t fixed_bytes_of_field() {
    if constexpr (is_value<F>) {
        return 0;
    } else {
        return detail::fixed_size<std::remove_cvref_t<F>>();
    }
}

// The bytes of a body but for a value. A value has no length of its own: it goes to the body's end.
template <class... F>
consteval std::size_t fixed_bytes(std::type_identity<std::tuple<F...>>) {
    constexpr std::size_t values = (std::size_t{is_value<F>} + ... + 0U);
    if constexpr (values > 0) {
        using Last = std::tuple_element_t<sizeof...(F) - 1, std::tuple<F...>>;
        static_assert(values == 1 && is_value<Last>, "a record has one value, as its last field");
    }
    return (fixed_bytes_of_field<F>() + ... + 0U);
}
template <class R>
constexpr std::size_t body_bytes =
    fixed_bytes(std::type_identity<decltype(body_fields(std::declval<R&>()))>{});

template <class R>
constexpr std::uint8_t kind_of = []<std::size_t... I>(std::index_sequence<I...>) {
    return static_cast<std::uint8_t>(
        ((std::is_same_v<R, std::variant_alternative_t<I, Record>> ? I : 0U) + ...));
}(std::make_index_sequence<std::variant_size_v<Record>>{});

// None when the body does not have the size of such a record.
template <class R>
std::optional<Record> decode_record(Slot slot, Bytes body) {
    R record;
    if constexpr (slot_in_head<R>) std::get<0>(reflect::fields(record)) = slot;
    if (body.size() < body_bytes<R>) return std::nullopt;
    Bytes rest = body.subspan(body_bytes<R>);
    const std::byte* at = body.data();
    const auto take = [&](auto& field) {
        if constexpr (is_value<decltype(field)>) {
            field = Value(std::exchange(rest, Bytes{}));
        } else {
            detail::load(field, at);
        }
    };
    std::apply([&](auto&... field) { (take(field), ...); }, body_fields(record));
    return rest.empty() ? std::optional<Record>(std::move(record)) : std::nullopt;
}

constexpr std::size_t kinds = std::variant_size_v<Record>;
constexpr auto decoders = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array{&decode_record<std::variant_alternative_t<I, Record>>...};
}(std::make_index_sequence<kinds>{});
constexpr auto kind_names = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array{reflect::type_name<std::variant_alternative_t<I, Record>>...};
}(std::make_index_sequence<kinds>{});

std::string describe_record(const RecordHead& head, std::uint32_t index) {
    std::string text = "record " + std::to_string(index + 1) + " (";
    text += head.kind < kinds ? std::string(kind_names.at(head.kind))
                              : "of kind " + std::to_string(head.kind);
    if (head.slot != Slot{}) text += ", slot " + std::to_string(head.slot.value);
    return text + ")";
}

bool all_zero(Bytes bytes) {
    return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

std::uint32_t checksum(Bytes bytes, std::uint64_t salt) {
    return static_cast<std::uint32_t>(mix(hash_bytes(bytes), salt) >> 32U);
}

RecordPlace::RecordPlace(NodeId node, Incarnation incarnation, Position group)
    : group_salt(mix(mix(mix(segment_magic, node.value), incarnation.value), group.value)) {}

std::uint64_t salt_of(const RecordPlace& place) { return mix(place.group_salt, place.index); }

std::expected<SegmentHead, Unreadable> read_segment_head(Bytes bytes, Position begin) {
    const auto refuse = [](std::string what, bool foreign = false) {
        return std::unexpected(Unreadable{.what = std::move(what), .foreign = foreign});
    };
    if (bytes.size() < head_bytes<SegmentHead>) return refuse("the segment's head is incomplete");
    if (all_zero(bytes.first(head_bytes<SegmentHead>))) {
        return refuse("zeros where a segment should begin (a write that never arrived)");
    }
    const std::optional<SegmentHead> head = load_head<SegmentHead>(bytes);
    if (!head || head->magic != segment_magic) {
        return refuse("the segment's head does not match its checksum");
    }
    if (head->version != format_version) {
        return refuse("format version " + std::to_string(head->version) +
                          ", and this program reads " + std::to_string(format_version),
                      true);
    }
    if (head->begin != begin) {
        return refuse("the segment of position " + std::to_string(head->begin.value) +
                      " (a write or a file that went astray)");
    }
    if (head->mark > begin) return refuse("a segment's head that vouches for itself");
    return *head;
}

std::optional<GroupHead> group_head_at(Bytes bytes, Position at, std::optional<NodeId> node) {
    if (bytes.size() < head_bytes<GroupHead>) return std::nullopt;
    // Cheap first: a search calls this at every byte.
    const GroupHead head = load_unchecked<GroupHead>(bytes);
    if (head.position != at || head.mark > at) return std::nullopt;
    if (node && head.node != *node) return std::nullopt;
    return load_head<GroupHead>(bytes);
}

std::string why_no_group_head(Bytes bytes, Position at, NodeId node) {
    if (bytes.size() < head_bytes<GroupHead>) return "the bytes end inside a group's head";
    if (all_zero(bytes.first(head_bytes<GroupHead>))) {
        return "zeros where a group should begin (a write that never arrived)";
    }
    const std::optional<GroupHead> head = load_head<GroupHead>(bytes);
    if (!head) return "the group's head does not match its checksum";
    if (head->node != node) return "a group of another node";
    if (head->position != at) {
        return "the group of position " + std::to_string(head->position.value) +
               " (a write that went astray)";
    }
    return "a group's head that vouches for itself";
}

template <class R>
void append_record(const R& record, ByteBuffer& out) {
    const std::size_t begin = out.size();
    const std::size_t body = begin + head_bytes<RecordHead>;
    out.resize(body + body_bytes<R>);
    std::byte* at = out.data() + body;
    Bytes value;
    const auto put = [&](const auto& field) {
        if constexpr (is_value<decltype(field)>) {
            value = field.bytes();
        } else {
            detail::store(field, at);
        }
    };
    std::apply([&](const auto&... field) { (put(field), ...); }, body_fields(record));
    const std::size_t size = body_bytes<R> + value.size();
    ENSURE(size <= std::numeric_limits<std::uint32_t>::max(), "a record fits into 4 GiB");
    RecordHead head{.kind = kind_of<R>, .size = static_cast<std::uint32_t>(size)};
    if constexpr (slot_in_head<R>) head.slot = std::get<0>(reflect::fields(record));
    at = out.data() + begin;
    detail::store(head, at);
    out.insert(out.end(), value.begin(), value.end());
}

template void append_record(const StartedRecord&, ByteBuffer&);
template void append_record(const PromiseRecord&, ByteBuffer&);
template void append_record(const VoteRecord&, ByteBuffer&);
template void append_record(const DecidedRecord&, ByteBuffer&);
template void append_record(const WatermarkRecord&, ByteBuffer&);
template void append_record(const SnapshotRecord&, ByteBuffer&);
template void append_record(const FoundingRecord&, ByteBuffer&);

std::size_t finish_record(std::span<std::byte> bytes, const RecordPlace& place) {
    auto head = load_unchecked<RecordHead>(bytes);
    const std::uint64_t salt = salt_of(place);
    head.body_checksum = checksum(bytes.subspan(head_bytes<RecordHead>, head.size), salt);
    store_head(head, bytes.data(), salt);
    return head_bytes<RecordHead> + head.size;
}

std::expected<Record, Unreadable> read_record(Bytes& bytes, const RecordPlace& place) {
    const auto refuse = [](std::string what, bool foreign = false) {
        return std::unexpected(Unreadable{.what = std::move(what), .foreign = foreign});
    };
    const std::uint64_t salt = salt_of(place);
    const std::optional<RecordHead> head = load_head<RecordHead>(bytes, salt);
    if (!head) {
        return refuse("the head of record " + std::to_string(place.index + 1) +
                      " does not match its checksum");
    }
    Bytes body = bytes.subspan(head_bytes<RecordHead>);
    if (head->size > body.size()) {
        return refuse(describe_record(*head, place.index) + " is longer than its group");
    }
    body = body.first(head->size);
    if (checksum(body, salt) != head->body_checksum) {
        return refuse(describe_record(*head, place.index) + " does not match its checksum");
    }
    if (head->kind >= kinds) {
        return refuse(describe_record(*head, place.index) + " is unknown to this program", true);
    }
    std::optional<Record> record = decoders.at(head->kind)(head->slot, body);
    if (!record) {
        return refuse(describe_record(*head, place.index) + " has not the size of such a record",
                      true);
    }
    bytes = bytes.subspan(head_bytes<RecordHead> + head->size);
    return *std::move(record);
}

}  // namespace decree::journal
