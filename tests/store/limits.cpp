#include <span>
#include <string>

#include <gtest/gtest.h>

#include "core/store/machines.hpp"
#include "core/store/watch.hpp"
#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

/// Goal: what is too long is refused with a text that names the limit, and takes no revision: it is
/// refused before it is proposed.
/// Method: exactly the limit, and one more; ask both the check and apply.
TEST(Limits, OfSizeAreToldBeforeProposing) {
    StoreSettings settings;
    settings.limits.path_bytes = 64;
    settings.limits.path_depth = 8;
    settings.limits.value_bytes = 10;
    SmallStore store(settings);
    const auto refused = [&](const StoreCommand& command) {
        const auto checked = store.store().check(command);
        const CommandAnswer applied = store.run(command);
        EXPECT_EQ(checked ? checked->detail : "", applied.detail);
        return applied.detail;
    };
    EXPECT_EQ(refused(Set{"/" + std::string(63, 'a'), clobber, text("0123456789"), {}}), "");
    EXPECT_EQ(refused(Set{"/" + std::string(64, 'a'), clobber, {}, {}}), "path exceeds 64 bytes");
    EXPECT_EQ(refused(Set{"/1/2/3/4/5/6/7/8", clobber, {}, {}}), "");
    EXPECT_EQ(refused(Set{"/1/2/3/4/5/6/7/x/9", clobber, {}, {}}), "path exceeds 8 names");
    EXPECT_EQ(refused(Set{"/v", clobber, text("0123456789x"), {}}), "value exceeds 10 bytes");
    EXPECT_EQ(store.revision(), 2);
}

/// Goal: a full store refuses what makes it fuller, and nothing else; the refusal is a write's.
/// Method: a limit of files; replace and delete in the full store.
TEST(Limits, OfFilesStopOnlyNewOnes) {
    StoreSettings settings;
    settings.limits.files = 2;
    SmallStore store(settings);
    store.set("/a", 0, "x");
    store.set("/b", 0, "x");
    EXPECT_EQ(store.set("/c", 0, "x").detail, "store exceeds 2 files");
    EXPECT_EQ(store.get("/ctl/err"), "store exceeds 2 files");
    EXPECT_EQ(store.set("/b", -1, "y").code, Code::Ok);
    store.del("/a", -1);
    store.del("/ctl/err", -1);
    EXPECT_EQ(store.set("/c", 0, "x").code, Code::Ok);
}

/// Goal: bytes are counted: names, values, and 32 for each file and directory.
/// Method: fill to the byte; one more does not fit; smaller values always do.
TEST(Limits, OfBytesCountNamesAndValues) {
    StoreSettings settings;
    // /d/f with four bytes: (1 + 32) + (1 + 4 + 32).
    settings.limits.bytes = 70;
    SmallStore store(settings);
    EXPECT_EQ(store.set("/d/f", 0, "12345").detail, "store exceeds 70 bytes");
    EXPECT_EQ(store.del("/ctl/err", -1).code, Code::Ok);
    EXPECT_EQ(store.set("/d/f", 0, "1234").code, Code::Ok);
    EXPECT_EQ(store.state().tree().measure().bytes, 70U);
    EXPECT_EQ(store.set("/d/f", -1, "12345").detail, "store exceeds 70 bytes");
    EXPECT_EQ(store.set("/d/f", -1, "123").code, Code::Ok);
    StoreSettings less = settings;
    less.limits.bytes = 10;
    store.run(Configure{less});
    EXPECT_EQ(store.set("/d/f", -1, "321").code, Code::Ok);
    EXPECT_EQ(store.set("/d/f", -1, "3210").detail, "store exceeds 10 bytes");
}

/// Goal: watches of a node, and the length of their globs, are bounded.
/// Method: one more than allowed; one that ends makes room.
TEST(Limits, OfWatches) {
    StoreSettings settings;
    settings.limits.watches = 1;
    settings.limits.path_bytes = 64;
    SmallStore store(settings);
    Watches watches;
    const auto add = [&](const std::string& glob) {
        return watches.add({.glob = glob, .from = {}, .kind = WatchKind::Once, .mark_every = 0},
                           store.history(), settings);
    };
    EXPECT_EQ(add("/" + std::string(64, '*')).error().detail, "glob exceeds 64 bytes");
    const auto first = add("/**");
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(add("/**").error().detail, "node exceeds 1 watches");
    watches.remove(*first);
    EXPECT_TRUE(add("/**").has_value());
}

/// Goal: settings that cannot be are refused, each with its reason, and change nothing.
/// Method: one wrong at a time.
TEST(Limits, SettingsAreChecked) {
    EXPECT_EQ(bad_settings({}), std::nullopt);
    const auto reason_of = [](auto change) {
        StoreSettings settings;
        change(settings);
        const auto bad = bad_settings(settings);
        SmallStore store;
        EXPECT_EQ(store.run(Configure{settings}).detail, bad.value_or(""));
        EXPECT_EQ(store.state().settings == settings, !bad.has_value());
        return bad.value_or("");
    };
    using S = StoreSettings;
    EXPECT_EQ(reason_of([](S& s) { s.history = 7; }), "");
    EXPECT_NE(reason_of([](S& s) { s.history = 0; }), "");
    EXPECT_NE(reason_of([](S& s) { s.history_bytes = ~std::uint64_t{0}; }), "");
    EXPECT_NE(reason_of([](S& s) { s.shortest_session_us = 0; }), "");
    EXPECT_NE(reason_of([](S& s) { s.longest_session_us = 5; }), "");
    EXPECT_NE(reason_of([](S& s) { s.lock_delay_us = ~std::uint64_t{0}; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.path_depth = 257; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.path_depth = 1; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.path_bytes = 1; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.value_bytes = 1U << 30U; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.transaction_parts = 1U << 20U; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.files = std::uint64_t{1} << 40U; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.bytes = ~std::uint64_t{0}; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.sessions = 1U << 21U; }), "");
    EXPECT_EQ(reason_of([](S& s) { s.limits.session_files = 65536; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.session_files = 65537; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.lock_delays = 1U << 21U; }), "");
    EXPECT_NE(reason_of([](S& s) { s.limits.watches = ~0U; }), "");
}

/// Goal: with command_bytes as longest_write() says, a limit of the store is what refuses.
/// Method: encode the longest write that the limits allow.
TEST(Limits, TheLongestWriteFits) {
    const Limits limits;
    const Value value(ByteBuffer(limits.value_bytes));
    const Set longest{"/" + std::string(limits.path_bytes - 1, 'a'), Revision{INT64_MIN}, value,
                      SessionId{~std::uint64_t{0}}};
    EXPECT_LE(encode_command(longest).size(), longest_write(limits));
}

/// Goal: apply is total: bytes that are no command are answered, and change nothing.
/// Method: nothing, cut and lengthened commands, another version, a deep path.
TEST(Limits, HostileBytesAreAnswered) {
    SmallStore store;
    const Value good = encode_command(Set{"/a", clobber, text("x"), SessionId{3}});
    std::vector<Value> hostile = {Value()};
    for (std::size_t cut = 1; cut < good.size(); ++cut) {
        hostile.emplace_back(good.bytes().first(cut));
    }
    hostile.emplace_back(good.bytes(), as_bytes("x"));
    hostile.push_back(text("\x02\x02"));
    hostile.push_back(text("\x01\x7f"));
    for (const CommandAnswer& answer : store.raw(hostile)) {
        EXPECT_EQ(answer.code, Code::Other);
        EXPECT_TRUE(answer.detail.starts_with("not a command: ")) << answer.detail;
    }
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "/a";
    EXPECT_EQ(store.set(deep, -1, "x").code, Code::Other);
    EXPECT_EQ(store.ask(Get{deep, {}}).code, Code::Ok);
    EXPECT_EQ(store.revision(), 0);
    const QueryAnswer asked = *decode_query_answer(store.store().query(as_bytes("\x09")));
    EXPECT_TRUE(asked.detail.starts_with("not a question: ")) << asked.detail;
}

/// Goal: the wire form of commands is fixed: logs outlive programs.
/// Method: golden bytes, one of each kind of field.
TEST(Limits, CommandsHaveTheirBytes) {
    const auto bytes_of = [](const StoreCommand& command) {
        std::string hex;
        for (const std::byte byte : encode_command(command).bytes()) {
            constexpr std::string_view digits = "0123456789abcdef";
            hex += digits[static_cast<std::size_t>(byte) >> 4U];
            hex += digits[static_cast<std::size_t>(byte) & 15U];
        }
        return hex;
    };
    EXPECT_EQ(bytes_of(Set{"/a", clobber, text("v"), SessionId{5}}), "0100022f6101017605");
    EXPECT_EQ(bytes_of(Del{"/a", Revision{64}}), "0101022f618001");
    EXPECT_EQ(bytes_of(Nop{}), "0102");
    EXPECT_EQ(bytes_of(Transact{{CompareSubtree{"/", Revision{1}}}, {RemoveFile{"/b"}}}),
              "01030101012f020101022f62");
    EXPECT_EQ(bytes_of(OpenSession{300}), "0104ac02");
    EXPECT_EQ(bytes_of(ForgetOrigin{NodeId{1}}), "010a01");
}

/// Goal: a store whose values would not fit into the cluster's commands is refused, with a line
/// that says what to change; one whose values just fit is not. Method: the longest write, and a
/// byte less.
TEST(Limits, ValuesFitIntoCommands) {
    const StoreSettings settings;
    Settings cluster;
    cluster.voters = {NodeId{1}};
    cluster.command_bytes = static_cast<std::uint32_t>(longest_write(settings.limits));
    EXPECT_EQ(bad_store(cluster, settings), std::nullopt);
    const Store one(cluster, settings);
    EXPECT_NE(one.founded(cluster, one.founding_settings().bytes()), nullptr);
    --cluster.command_bytes;
    EXPECT_EQ(bad_store(cluster, settings),
              "values of 1048576 bytes need commands of 1049664, and the cluster allows 1049663: "
              "allow smaller values, shorter paths, or longer commands");
    EXPECT_EQ(one.founded(cluster, one.founding_settings().bytes()), nullptr);
}

/// Goal: nor can it become such a store: other settings are refused with the same line, before they
/// are proposed and at apply, and change nothing.
/// Method: the longest values that the cluster's commands take, and a byte more.
TEST(Limits, NewSettingsFitIntoCommands) {
    StoreSettings settings;
    settings.limits.value_bytes = 100;
    Settings cluster;
    cluster.voters = {NodeId{1}};
    cluster.command_bytes = static_cast<std::uint32_t>(longest_write(settings.limits)) + 1;
    Store store(cluster, settings);
    const auto configure = [&](const StoreSettings& wanted) {
        const StoreCommand command = Configure{wanted};
        const auto checked = store.check(command);
        const Value payload = encode_command(command);
        const CommandView view{.id = {}, .payload = payload.bytes()};
        SlotResult result;
        store.apply({.slot = Slot{1}, .stamp = {}}, std::span(&view, 1), result);
        const auto answer = decode_command_answer(result.answers.at(0));
        EXPECT_EQ(answer->detail, checked ? checked->detail : "");
        return answer->detail;
    };
    settings.limits.value_bytes = 102;
    EXPECT_EQ(configure(settings),
              "values of 102 bytes need commands of 1190, and the cluster allows 1189: allow "
              "smaller values, shorter paths, or longer commands");
    EXPECT_EQ(store.state().settings.limits.value_bytes, 100U);
    settings.limits.value_bytes = 101;
    EXPECT_EQ(configure(settings), "");
    EXPECT_EQ(store.state().settings.limits.value_bytes, 101U);
}

}  // namespace
}  // namespace decree::store
