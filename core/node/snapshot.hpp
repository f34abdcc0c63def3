#pragma once

/// A snapshot: everything that execution depends on, as of one slot, in pieces of bounded size. The
/// same bytes from equal states, on every machine. Piece 0 is the head; then the dropped origins;
/// then the table of requests; then the state machine's own pieces.
///
/// Not in it: the promise and the votes, which are the acceptor's own and live in its journal.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/node/executor.hpp"
#include "core/options.hpp"
#include "core/value.hpp"

namespace decree {

/// Raised when the bytes change their meaning. An unknown version is refused.
inline constexpr std::uint32_t snapshot_version = 1;

/// Piece 0 of a snapshot.
struct SnapshotHead {
    std::uint32_t version{};
    Slot through;
    Stamp stamp;
    std::vector<Era> eras;  ///< From the first slot after `through` on.
    std::uint64_t dropped_pieces{};
    std::uint64_t table_pieces{};
    bool operator==(const SnapshotHead&) const = default;
};

/// An executor as it was when a snapshot was begun; goes on being so while the node goes on.
class Frozen {
public:
    /// Cost: a copy of the table of requests, and a clone of the machine. `part_bytes`: the size
    /// that a piece of the table about has.
    Frozen(const Executor& executor, std::uint32_t part_bytes);

    [[nodiscard]] Slot through() const { return executor_.applied(); }
    /// Appends piece `index` to `out`. False: the one before was the last.
    [[nodiscard]] bool piece(std::uint64_t index, ByteBuffer& out) const;

    bool operator==(const Frozen&) const = default;
    [[nodiscard]] std::uint64_t digest() const { return executor_.digest(); }

private:
    [[nodiscard]] SnapshotHead head() const;
    void put_dropped(std::size_t number, Encoder& out) const;
    void put_table(std::size_t number, Encoder& out) const;

    Executor executor_;
    std::size_t dropped_a_piece_;            // Names of dropped origins in one piece.
    std::size_t dropped_pieces_;             // How many pieces that makes.
    std::vector<std::size_t> table_starts_;  // The first origin of each piece of the table.
};

/// Builds an executor from the pieces of a snapshot, in their order.
class Restorer {
public:
    /// `machine`: fresh.
    Restorer(Slot through, std::unique_ptr<StateMachine> machine)
        : through_(through), machine_(std::move(machine)) {}

    [[nodiscard]] Slot through() const { return through_; }
    /// How many pieces were taken: the number of the next one.
    [[nodiscard]] std::uint64_t next_piece() const { return next_; }
    /// Takes piece next_piece().
    [[nodiscard]] std::expected<void, BadBytes> take(Bytes piece);
    /// After the last piece. The restorer is then of no use.
    [[nodiscard]] std::expected<Executor, BadBytes> finish(const Settings& settings);

    bool operator==(const Restorer&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    [[nodiscard]] std::expected<void, BadBytes> take_head(Bytes piece);
    [[nodiscard]] std::expected<void, BadBytes> take_dropped(Bytes piece);
    [[nodiscard]] std::expected<void, BadBytes> take_table(Bytes piece);

    Slot through_;
    std::uint64_t next_ = 0;
    SnapshotHead head_;
    RequestTable requests_;
    MachineBox machine_;
};

}  // namespace decree
