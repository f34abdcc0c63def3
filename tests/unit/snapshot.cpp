#include "core/node/snapshot.hpp"

#include <gtest/gtest.h>

#include "core/store/command_log.hpp"

namespace decree {
namespace {

constexpr std::uint32_t part_bytes = 64;
constexpr std::uint64_t dropped = 40;
constexpr std::uint64_t kept = 10;

const Settings& settings() {
    static const Settings settings = [] {
        Settings of_three;
        of_three.voters = {NodeId{1}, NodeId{2}, NodeId{3}};
        return of_three;
    }();
    return settings;
}

/// Forty origins are dropped, whose names are long, and ten go on.
Executor executed() {
    Executor executor(settings(), std::make_unique<CommandLog>(settings()));
    std::vector<CommandResult> results;
    std::vector<NodeId> names;
    ByteBuffer bytes;
    std::uint64_t slot = 0;
    const auto apply = [&](std::uint64_t origin, const LogCommand& what) {
        const Command command{.id = {.origin = NodeId{origin},
                                     .incarnation = Incarnation{1},
                                     .number = ++slot,
                                     .lowest_unanswered = slot},
                              .payload = encode_command(what)};
        executor.apply(Slot{slot}, encode_batch({}, std::span(&command, 1), bytes), settings(),
                       results, names);
    };
    for (std::uint64_t i = 0; i < dropped; ++i) apply(5, DropOrigin{NodeId{~0ULL - 3 * i}});
    for (std::uint64_t i = 0; i < kept; ++i) apply(10 + i, AppendText{"text"});
    return executor;
}

std::vector<ByteBuffer> pieces_of(const Frozen& frozen) {
    std::vector<ByteBuffer> pieces;
    for (ByteBuffer piece; frozen.piece(pieces.size(), piece); piece.clear()) {
        pieces.push_back(piece);
    }
    return pieces;
}

Restorer restorer(const Executor& executor) {
    return {executor.applied(), std::make_unique<CommandLog>(settings())};
}

/// Goal: dropped origins come back from a snapshot, all of them, though they make several pieces;
/// no piece is much longer than asked. Method: forty names, of ten bytes each, in parts of 64.
TEST(Snapshot, DroppedOriginsMakeSeveralPieces) {
    const Executor executor = executed();
    const std::vector<ByteBuffer> pieces = pieces_of(Frozen(executor, part_bytes));
    EXPECT_GT(pieces.size(), dropped * 10 / part_bytes);
    Restorer restored = restorer(executor);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        // The head has the voters, and the machine's pieces are its own affair.
        EXPECT_LE(pieces[i].size(), 2 * part_bytes) << i;
        ASSERT_TRUE(restored.take(pieces[i])) << i;
    }
    const auto copy = restored.finish(settings());
    ASSERT_TRUE(copy) << copy.error().what;
    EXPECT_EQ(copy->requests().dropped().size(), dropped);
    EXPECT_EQ(copy->requests(), executor.requests());
    EXPECT_EQ(copy->replicated_digest(), executor.replicated_digest());
    EXPECT_EQ(pieces_of(Frozen(*copy, part_bytes)), pieces);
}

/// Goal: a snapshot without the last pieces of the state machine is none: the machine says so.
/// Method: leave out the last piece, of texts.
TEST(Snapshot, MachinesMustBeWhole) {
    const Executor executor = executed();
    const std::vector<ByteBuffer> pieces = pieces_of(Frozen(executor, part_bytes));
    Restorer restored = restorer(executor);
    for (std::size_t i = 0; i + 1 < pieces.size(); ++i) ASSERT_TRUE(restored.take(pieces[i])) << i;
    const auto copy = restored.finish(settings());
    ASSERT_FALSE(copy);
    EXPECT_EQ(copy.error().what, "expected as many texts as the head says");
}

/// Goal: pieces of dropped origins out of order are refused, and a snapshot without its last ones
/// is none. Method: piece 2 before piece 1; an end after piece 1.
TEST(Snapshot, PiecesOfDroppedOriginsAreTakenInOrderAndAll) {
    const Executor executor = executed();
    const std::vector<ByteBuffer> pieces = pieces_of(Frozen(executor, part_bytes));
    Restorer mixed = restorer(executor);
    ASSERT_TRUE(mixed.take(pieces[0]));
    ASSERT_TRUE(mixed.take(pieces[2]));
    EXPECT_FALSE(mixed.take(pieces[1]));
    Restorer early = restorer(executor);
    ASSERT_TRUE(early.take(pieces[0]));
    ASSERT_TRUE(early.take(pieces[1]));
    EXPECT_FALSE(early.finish(settings()));
}

/// Goal: a snapshot stays what it was when it was begun, while the node goes on.
/// Method: the same pieces before and after the executor has applied more.
TEST(Snapshot, StaysAsItWasWhileTheNodeGoesOn) {
    Executor executor = executed();
    const Frozen frozen(executor, part_bytes);
    const std::vector<ByteBuffer> before = pieces_of(frozen);
    std::vector<CommandResult> results;
    std::vector<NodeId> names;
    ByteBuffer bytes;
    const std::uint64_t number = executor.applied().value + 1;
    const Command again{.id = {.origin = NodeId{12},
                               .incarnation = Incarnation{1},
                               .number = number,
                               .lowest_unanswered = number},
                        .payload = encode_command(DropOrigin{NodeId{15}})};
    executor.apply(Slot{number}, encode_batch({}, std::span(&again, 1), bytes), settings(), results,
                   names);
    EXPECT_EQ(pieces_of(frozen), before);
    EXPECT_NE(pieces_of(Frozen(executor, part_bytes)), before);
}

}  // namespace
}  // namespace decree
