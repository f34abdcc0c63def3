#pragma once

/// The trace file: what is in it, and how it is read. README.md has the format byte by byte.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/codec.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/store/settings.hpp"
#include "props/violation.hpp"
#include "traces/note.hpp"

namespace decree::traces {

/// Of the format. A reader refuses all others.
inline constexpr std::uint64_t format_version = 4;
/// Of this program, as it stands in traces: another one may decide otherwise.
inline constexpr std::string_view program_version = "0.1.0";
/// A rolling digest is stored after every so many steps.
inline constexpr std::uint64_t steps_per_digest = 1024;

/// What a run is, before anything happens.
struct RunHeader {
    Settings settings;
    std::optional<store::StoreSettings> store;  ///< Of the store; none: nodes are CommandLogs.
    std::uint64_t seed{};
    std::string profile;  ///< Its name.
    std::string title;    ///< For people: one line.
    /// Of a run that was no simulation: when it began, in microseconds since 1970; else 0. Such a
    /// trace is written while the run goes on, by a process that may be killed, so it may lack its
    /// end.
    std::uint64_t live_since{};
    [[nodiscard]] bool live() const { return live_since != 0; }
    bool operator==(const RunHeader&) const = default;
};

/// A node starts. `disk` is what put_disk() wrote.
struct Start {
    Time now;  ///< By its own clock.
    Options options;
    std::optional<Beginning> beginning;  ///< None: a member from the start, of the run's cluster.
    ByteBuffer disk;
    bool operator==(const Start&) const = default;
};

/// An envelope of this very run arrived.
struct Delivered {
    MessageId message{};
    bool operator==(const Delivered&) const = default;
};
/// What an event says, with messages by number. Received: one that nobody in the run sent.
using Cause = std::variant<Delivered, Received, TimePassed, Durable, SnapshotStored, Requested,
                           ReadRequested, ClientGone, HandoverRequested, Directed, Reached>;

/// A node takes a step.
struct Step {
    NodeId node;
    Time now;  ///< By its own clock.
    Cause cause;
    bool broke{};  ///< The step found a broken promise of the code, and had no effects.
    bool operator==(const Step&) const = default;
};
struct Crash {
    NodeId node;
    bool operator==(const Crash&) const = default;
};
/// After `steps` steps the rolling digest was this.
struct DigestMark {
    std::uint64_t steps{};
    std::uint64_t digest{};
    bool operator==(const DigestMark&) const = default;
};
/// The last entry.
struct End {
    std::uint64_t steps{};
    MessageId messages{};
    std::uint64_t digest{};
    bool operator==(const End&) const = default;
};

struct Entry {
    Time at;  ///< The world's time.
    std::variant<Start, Step, Crash, Note, DigestMark, props::Violation, End> what;
    bool operator==(const Entry&) const = default;
};

/// The low four bits of an entry's first byte. The kinds of steps are those of Cause, in order; its
/// last ones share a kind, and their number in Cause follows.
enum class EntryKind : std::uint8_t {
    Delivered,
    Received,
    TimePassed,
    Durable,
    SnapshotStored,
    Requested,
    ReadRequested,
    ClientGone,
    OtherCause,
    Broke,
    Start,
    Crash,
    WorldNote,
    Digest,
    Violation,
    End,
};

/// Where a node's clock and disk were at its last entry: entries hold differences.
struct NodeClock {
    std::uint64_t at{};
    std::uint64_t now{};
    std::uint64_t durable{};
};

/// Small numbers of either sign as small numbers: 0, -1, 1, -2, ...
[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t difference) {
    return (difference << 1U) ^ (0 - (difference >> 63U));
}
[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t number) {
    return (number >> 1U) ^ (0 - (number & 1U));
}

/// The name, fields and types of everything that stands in a trace, one type a line. It is in every
/// trace; a reader whose own differs would misread it, and refuses.
[[nodiscard]] const std::string& shape();

/// The file's first bytes, through the header's block.
void put_header(const RunHeader& header, ByteBuffer& out);
/// The checksum of block number `index` (the header's is 0).
[[nodiscard]] std::uint64_t block_checksum(std::uint64_t index, Bytes payload);
/// How every trace begins.
inline constexpr std::string_view trace_magic = "decree trace\n";
/// Bytes of a block's length, before its content, and of its checksum, behind it.
inline constexpr std::size_t block_head = 4;
inline constexpr std::size_t block_foot = 8;

/// Why bytes are no trace.
struct BadTrace {
    std::string what;  ///< For a person: what is wrong, and what it may come from.
    std::uint64_t offset{};
    bool operator==(const BadTrace&) const = default;
};

/// A whole trace, checked: every entry of it can be read.
class Trace {
public:
    [[nodiscard]] static std::expected<Trace, BadTrace> read(ByteBuffer bytes);

    [[nodiscard]] const RunHeader& header() const { return header_; }
    /// The version of the program that made it.
    [[nodiscard]] const std::string& program() const { return program_; }
    /// Of a live one: why it ends before its end, and where. What stands before is whole.
    [[nodiscard]] const std::optional<BadTrace>& broken_off() const { return broken_off_; }
    /// The first; it stands behind the event that broke it.
    [[nodiscard]] const std::optional<props::Violation>& violation() const { return violation_; }
    /// What is known of it, if the trace broke off: it ends with its last digest.
    [[nodiscard]] const End& end() const { return end_; }
    [[nodiscard]] Time end_time() const { return end_time_; }
    /// Every node that ever started, in the order of first starts.
    [[nodiscard]] const std::vector<NodeId>& nodes() const { return nodes_; }
    /// Nodes did only what they were told: time stood still, and a line of a scenario is an
    /// instant.
    [[nodiscard]] bool by_hand() const { return by_hand_; }
    [[nodiscard]] std::size_t size_bytes() const { return bytes_.size(); }

private:
    friend class EntryReader;
    struct Block {
        std::size_t begin{};
        std::size_t size{};
    };
    [[nodiscard]] std::optional<BadTrace> find_blocks();
    [[nodiscard]] std::optional<BadTrace> find_block(Decoder& in);
    [[nodiscard]] std::optional<BadTrace> read_header();
    [[nodiscard]] std::optional<BadTrace> read_entries();

    ByteBuffer bytes_;
    std::vector<Block> blocks_;  // The header's is first.
    RunHeader header_;
    std::string program_;
    std::optional<BadTrace> broken_off_;
    std::optional<props::Violation> violation_;
    End end_;
    Time end_time_;
    bool by_hand_ = false;
    std::vector<NodeId> nodes_;
};

/// Reads a trace's entries, one after the other. The trace must stay where it is.
class EntryReader {
public:
    explicit EntryReader(const Trace& trace) : trace_(trace) {}

    /// The next entry; nothing at the end. `entry` is reused.
    [[nodiscard]] bool next(Entry& entry);
    /// Why nothing more came, if it was not the end. Never set for a trace that was read.
    [[nodiscard]] const std::optional<BadTrace>& error() const { return error_; }

private:
    friend class Trace;
    void read_entry(Decoder& in, Entry& entry);
    void read_step(Decoder& in, EntryKind kind, std::size_t node, Step& step);
    void read_start(Decoder& in, std::size_t node, Start& start);

    const Trace& trace_;
    std::optional<Decoder> in_;
    std::size_t block_ = 1;
    std::uint64_t at_ = 0;
    MessageId last_delivered_ = 0;
    std::vector<NodeId> nodes_;
    std::vector<NodeClock> clocks_;
    std::optional<BadTrace> error_;
};

}  // namespace decree::traces
