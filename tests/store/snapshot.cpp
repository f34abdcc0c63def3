#include "core/store/snapshot.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

/// A store with something of everything.
SmallStore furnished() {
    StoreSettings settings;
    settings.history = 6;
    settings.shortest_session_us = 10;
    settings.lock_delay_us = 100;
    SmallStore store(settings);
    const std::string node = "/ctl/node/" + node_name(NodeId{1}) + "/addr";
    store.set(node, 0, "host:1");
    store.set("/ctl/cal/0", 0, node_name(NodeId{1}));
    const SessionId gone = store.open(10);
    const SessionId stays = store.open(1000);
    store.run(Acquire{"/lock/a", gone, text("gone")});
    store.run(Acquire{"/lock/b", stays, text("stays")});
    store.set("/dir/e", 0, "ephemeral", stays);
    for (int i = 0; i < 40; ++i) store.set("/many/" + std::to_string(i), 0, "value");
    store.del("/many/7", -1);
    store.pass(10);
    store.idle();
    store.set("/dir/e", 0, "mismatch");
    store.run(Transact{{}, {PutFile{"/t/1", text("1"), stays}, RemoveFile{"/many/8"}}});
    return store;
}

/// Goal: equal states are equal bytes and equal digests on every machine and with every compiler.
/// Method: golden numbers for a state with something of everything.
TEST(StoreSnapshot, HasGoldenBytes) {
    const SmallStore store = furnished();
    const auto pieces = store.snapshot();
    std::uint64_t digest = 0;
    for (const ByteBuffer& piece : pieces) digest = mix(digest, hash_bytes(piece));
    EXPECT_EQ(pieces.size(), 5U);
    EXPECT_EQ(digest, 2548153707985639778U);
    EXPECT_EQ(store.state().digest(), 14168280885534537655U);
}

/// Goal: a restored store has everything: files, directories' revisions, history, sessions with
/// their files and ends, lock delays, voters, settings; and makes the same snapshot.
/// Method: restore, and look at each.
TEST(StoreSnapshot, RestoresEverything) {
    const SmallStore store = furnished();
    SmallStore other;
    ASSERT_TRUE(other.restore(store.snapshot()));
    EXPECT_EQ(other.state().digest(), store.state().digest());
    EXPECT_EQ(other.snapshot(), store.snapshot());
    EXPECT_EQ(other.revision(), store.revision());
    EXPECT_EQ(other.history().first(), store.history().first());
    for (Revision r = store.history().first(); r <= store.history().last(); r = next(r)) {
        EXPECT_EQ(other.event(r.value), store.event(r.value));
        EXPECT_EQ(other.history().tree_at(r).digest(), store.history().tree_at(r).digest());
    }
    EXPECT_EQ(other.state().settings, store.state().settings);
    EXPECT_EQ(other.store().voters(), Voters{NodeId{1}});
    EXPECT_EQ(other.state().sessions[0].files.size(), 3U);
    EXPECT_EQ(other.store().stamp_wanted(), ClusterTime{1000});
    EXPECT_EQ(other.ask(SubtreeRev{"/many", {}}).revision,
              store.ask(SubtreeRev{"/many", {}}).revision);
}

/// Goal: it goes on like the original: locks stay held and delayed, sessions end when they must.
/// Method: the same commands to both.
TEST(StoreSnapshot, GoesOnLikeTheOriginal) {
    SmallStore store = furnished();
    SmallStore other;
    ASSERT_TRUE(other.restore(store.snapshot()));
    for (SmallStore* each : {&store, &other}) {
        if (each == &other) {
            each->pass(10);
            each->idle(store.at_slot().value - 3);
        }
        const SessionId taker = each->open(2000);
        EXPECT_EQ(taker, SessionId{3});
        EXPECT_EQ(each->run(Acquire{"/lock/a", taker, {}}).detail, "lock delay");
        EXPECT_EQ(each->run(Acquire{"/lock/b", taker, {}}).code, Code::RevMismatch);
        each->pass(990);
        each->idle();
        EXPECT_EQ(each->get("/dir/e"), "(missing)");
    }
    EXPECT_EQ(store.state().digest(), other.state().digest());
}

/// Goal: a restored store holds nothing but its state: what is changed later is not kept as it was
/// in the snapshot, once history has lost it.
/// Method: hold a file of a restored store, and change it until its history has another beginning.
TEST(StoreSnapshot, IsNotKeptWhenRestored) {
    StoreSettings settings;
    settings.history = 1;
    SmallStore other(settings);
    other.set("/a", 0, "x");
    other.nop();  // So the tree before what is retained has it.
    SmallStore store;
    ASSERT_TRUE(store.restore(other.snapshot()));
    const Shared<const Item> old = *store.state().tree().root().items.find("a");
    EXPECT_FALSE(old.alone());
    for (int i = 0; i < 1100; ++i) store.set("/a", -1, "y");
    EXPECT_TRUE(old.alone());
}

/// Goal: pieces are of bounded size, also with values that are larger than a piece.
/// Method: large values among many small ones; restore them.
TEST(StoreSnapshot, PiecesAreBounded) {
    SmallStore store;
    for (int i = 0; i < 500; ++i) {
        store.set("/small/" + std::to_string(i), 0, std::string(400, 's'));
        if (i % 50 == 0) {
            store.set("/large" + std::to_string(i), 0, std::string(200'000, 'l'));
        }
    }
    const auto pieces = store.snapshot();
    for (const ByteBuffer& piece : pieces) EXPECT_LE(piece.size(), 200'000 + 2 * piece_bytes);
    SmallStore other;
    ASSERT_TRUE(other.restore(pieces));
    EXPECT_EQ(other.snapshot(), pieces);
}

/// Goal: taking a snapshot is O(1), and it does not change while the store goes on.
/// Method: a clone, then writes; the clone's pieces are those of before.
TEST(StoreSnapshot, DoesNotChangeWhileWriting) {
    SmallStore store = furnished();
    const auto before = store.snapshot();
    const auto clone = store.store().clone();
    for (int i = 0; i < 100; ++i) store.set("/many/" + std::to_string(i), -1, "other");
    std::vector<ByteBuffer> pieces(before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        ASSERT_TRUE(clone->snapshot_piece(i, pieces[i]));
    }
    EXPECT_EQ(pieces, before);
}

/// Goal: the empty store has a snapshot, too.
/// Method: there and back.
TEST(StoreSnapshot, OfNothing) {
    SmallStore store;
    const auto pieces = store.snapshot();
    EXPECT_EQ(pieces.size(), 1U);
    ASSERT_TRUE(store.restore(pieces));
    EXPECT_EQ(store.set("/a", 0, "x").revision, Revision{1});
}

/// Goal: a snapshot with a piece left out, twice, cut, or of another's is refused, and never
/// accepted as less than it says.
/// Method: each of these with each piece; every bit of the head turned over must not crash.
TEST(StoreSnapshot, RefusesWhatIsNotWhole) {
    const SmallStore store = furnished();
    const auto pieces = store.snapshot();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        auto without = pieces;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(SmallStore().restore(without)) << i;
        auto twice = pieces;
        twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), pieces[i]);
        EXPECT_FALSE(SmallStore().restore(twice)) << i;
        auto cut = pieces;
        cut[i].pop_back();
        EXPECT_FALSE(SmallStore().restore(cut)) << i;
    }
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        for (std::size_t bit = 0; bit < pieces[i].size() * 8; ++bit) {
            auto flipped = pieces;
            flipped[i][bit / 8] ^= std::byte{1} << (bit % 8);
            SmallStore other;
            if (!other.restore(flipped)) continue;
            EXPECT_NE(other.state().digest(), store.state().digest()) << i << " " << bit;
        }
    }
}

/// A snapshot of furnished(), of which something is changed by hand.
class Forged {
public:
    template <class F>
    static bool head(F change) {
        std::vector<ByteBuffer> pieces = furnished().snapshot();
        auto head = *decode<SnapshotHead>(pieces.front());
        change(head);
        pieces.front() = encode(head);
        return SmallStore().restore(pieces);
    }
    /// Changes the records of the tree, which are in one piece.
    template <class F>
    static bool tree(F change) {
        std::vector<ByteBuffer> pieces = furnished().snapshot();
        ByteBuffer& piece = pieces.at(3);  // Behind the head, the sessions and the lock delays.
        auto records = *decode<std::vector<TreeRecord>>(piece);
        change(records);
        piece = encode(records);
        return SmallStore().restore(pieces);
    }
    static FileRecord& first_file(std::vector<TreeRecord>& records) {
        const auto is_file = [](const TreeRecord& r) {
            return std::holds_alternative<FileRecord>(r);
        };
        return std::get<FileRecord>(*std::ranges::find_if(records, is_file));
    }
};

/// Goal: a snapshot whose tree no store comes to have is refused.
/// Method: forge a revision beyond the tree's or below the first, in a file and in a directory; an
/// empty directory in the middle and at the end; a file without its directory.
TEST(StoreSnapshot, RefusesTreesThatCannotBe) {
    using Records = std::vector<TreeRecord>;
    EXPECT_TRUE(Forged::tree([](Records&) {}));
    for (const std::int64_t revision : {-1, 0, 1'000'000}) {
        EXPECT_FALSE(Forged::tree([&](Records& records) {
            Forged::first_file(records).file.revision = Revision{revision};
        })) << revision;
        EXPECT_FALSE(Forged::tree([&](Records& records) {
            std::get<DirectoryRecord>(records.front()).changed = Revision{revision};
        })) << revision;
    }
    const DirectoryRecord empty{.path = "/aa", .changed = Revision{1}};
    EXPECT_FALSE(Forged::tree([&](Records& r) { r.insert(r.begin(), empty); }));
    EXPECT_FALSE(Forged::tree([&](Records& r) { r.emplace_back(empty); }));
    EXPECT_FALSE(Forged::tree([](Records& r) { r.erase(r.begin()); }));
}

/// Goal: so is one whose voters or settings cannot be.
/// Method: forge each field of the electorate; a limit of values that the cluster's commands do not
/// allow.
TEST(StoreSnapshot, RefusesHeadsThatCannotBe) {
    using Head = SnapshotHead;
    const NodeId voter{1};
    EXPECT_TRUE(Forged::head([](Head&) {}));
    EXPECT_FALSE(Forged::head([](Head& head) { head.electorate.filled = false; }));
    EXPECT_FALSE(Forged::head([](Head& head) { head.electorate.changed = Slot{}; }));
    EXPECT_FALSE(Forged::head([](Head& head) { head.electorate.changed.value = max_number; }));
    EXPECT_FALSE(Forged::head([&](Head& head) { head.electorate.retired = {voter}; }));
    EXPECT_FALSE(Forged::head([](Head& head) {
        head.electorate.retired = {NodeId{2}, NodeId{3}, NodeId{2}};
    })) << "twice";
    EXPECT_FALSE(Forged::head([](Head& head) {
        for (std::uint64_t i = 0; i < 5000; ++i) head.electorate.retired.push_back(NodeId{9 + i});
    })) << "more than are kept";
    EXPECT_FALSE(Forged::head([](Head& head) { head.settings.limits.path_bytes = 1U << 30U; }));
    EXPECT_FALSE(SmallStore().restore([] {
        std::vector<ByteBuffer> pieces = SmallStore().snapshot();
        auto head = *decode<SnapshotHead>(pieces.front());
        head.electorate.filled = true;  // No slot is there.
        pieces.front() = encode(head);
        return pieces;
    }()));
}

/// Goal: a snapshot whose values would not fit into this cluster's commands is refused.
/// Method: a cluster of the shortest commands that do, and of a byte less.
TEST(StoreSnapshot, RefusesValuesThatDoNotFitIntoCommands) {
    const std::vector<ByteBuffer> pieces = furnished().snapshot();
    Settings cluster;
    cluster.voters = {NodeId{1}, NodeId{2}, NodeId{3}};
    cluster.command_bytes = static_cast<std::uint32_t>(longest_write(Limits{}));
    EXPECT_TRUE(SnapshotReader().take(0, pieces.front(), cluster));
    --cluster.command_bytes;
    EXPECT_FALSE(SnapshotReader().take(0, pieces.front(), cluster));
}

}  // namespace
}  // namespace decree::store
