#pragma once

/// The records in what a node appends to its journal, read without copying.

#include <cstdint>

#include "core/codec.hpp"
#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/record.hpp"
#include "core/paxos/ballot.hpp"
#include "core/value.hpp"

namespace decree::props {

/// A record as it lies in the bytes. Which fields mean something depends on the kind.
struct RecordView {
    enum class Kind : std::uint8_t {
        Started,
        Promise,
        Vote,
        Decided,
        Watermark,
        Snapshot,
        Founding
    };
    Kind kind{};
    Slot slot;                ///< Of Vote and Decided; "through" of Watermark and Snapshot.
    Ballot ballot;            ///< Of Promise, Vote and Decided.
    Bytes value;              ///< Of Vote and Decided; the record itself of Founding.
    bool founded{};           ///< Of Founding.
    NodeId node;              ///< Of Started.
    Incarnation incarnation;  ///< Of Started.
};

namespace detail {
/// Who starts, as a StartedRecord has it.
struct Starter {
    NodeId node;
    Incarnation incarnation;
};

/// The body's first bytes as a `T`. False: there are too few.
template <class T>
bool take(Bytes& body, T& thing) {
    if (body.size() < journal::head_bytes<T>) return false;
    thing = journal::load_unchecked<T>(body);
    body = body.subspan(journal::head_bytes<T>);
    return true;
}

inline bool read_body(RecordView& record, Bytes body) {
    using Kind = RecordView::Kind;
    if (record.kind == Kind::Started) {
        Starter starter;
        if (!take(body, starter)) return false;
        record.node = starter.node;
        record.incarnation = starter.incarnation;
    }
    const bool vote = record.kind == Kind::Vote || record.kind == Kind::Decided;
    if ((vote || record.kind == Kind::Promise) && !take(body, record.ballot)) return false;
    std::uint8_t founded = 0;
    const bool founding = record.kind == Kind::Founding;
    if (founding && !take(body, founded)) return false;
    record.founded = founded != 0;
    // A value is the rest of its body.
    if (vote || founding) record.value = body;
    return vote || founding || body.empty();
}
}  // namespace detail

/// Calls `on_record(const RecordView&)` for each record of `append`, and after those of a group
/// `on_group(promised, end)` with what the group's head says and where it ends. False: the bytes
/// cannot be read, or one of the two returned false.
template <class OnRecord, class OnGroup>
[[nodiscard]] bool for_each_record(const JournalAppend& append, OnRecord on_record,
                                   OnGroup on_group) {
    using journal::head_bytes;
    static_assert(std::variant_size_v<Record> == 7, "RecordView knows every kind of record");
    Bytes rest = append.bytes;
    if (append.starts_segment) {
        if (rest.size() < head_bytes<journal::SegmentHead>) return false;
        rest = rest.subspan(head_bytes<journal::SegmentHead>);
    }
    while (!rest.empty()) {
        if (rest.size() < head_bytes<journal::GroupHead>) return false;
        const auto head = journal::load_unchecked<journal::GroupHead>(rest);
        rest = rest.subspan(head_bytes<journal::GroupHead>);
        for (std::uint32_t i = 0; i < head.records; ++i) {
            if (rest.size() < head_bytes<journal::RecordHead>) return false;
            const auto lead = journal::load_unchecked<journal::RecordHead>(rest);
            rest = rest.subspan(head_bytes<journal::RecordHead>);
            if (lead.kind >= std::variant_size_v<Record> || rest.size() < lead.size) return false;
            RecordView record;
            record.kind = static_cast<RecordView::Kind>(lead.kind);
            record.slot = lead.slot;
            if (!detail::read_body(record, rest.first(lead.size)) || !on_record(record)) {
                return false;
            }
            rest = rest.subspan(lead.size);
        }
        const std::uint64_t end = append.begin.value + append.bytes.size() - rest.size();
        if (!on_group(head.promised, Position{end})) return false;
    }
    return true;
}

}  // namespace decree::props
