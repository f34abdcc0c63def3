/// What people and programs write: addresses, durations, URIs, frames and messages.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/address.hpp"
#include "net/cluster_settings.hpp"
#include "net/doozer.hpp"
#include "net/duration.hpp"
#include "net/frames.hpp"
#include "net/uri.hpp"

namespace decree::net::tests {
namespace {

/// Goal: addresses are read as people write them, and nothing else is.
/// Method: some of each.
TEST(Address, IsHostAndPort) {
    EXPECT_EQ(parse_address("127.0.0.1:8046"), (Address{.host = "127.0.0.1", .port = 8046}));
    EXPECT_EQ(parse_address("[::1]:1"), (Address{.host = "::1", .port = 1}));
    EXPECT_EQ(to_text(*parse_address("[::1]:1")), "[::1]:1");
    for (const char* bad : {"", "host", ":1", "host:", "host:0", "host:65536", "host:1x", "::1:2",
                            " host:1", "host:1,host:2"}) {
        EXPECT_FALSE(parse_address(bad).has_value()) << bad;
    }
}

/// Goal: what listens on every interface, or on this machine's own, is known by what it is.
/// Method: the same addresses, written in several ways; names that look like them.
TEST(Address, IsJudgedByWhatItIs) {
    for (const char* all : {"0.0.0.0", "0", "*", "::", "0::0", "::ffff:0.0.0.0"}) {
        EXPECT_TRUE(is_wildcard({.host = all, .port = 1})) << all;
        EXPECT_FALSE(is_loopback({.host = all, .port = 1})) << all;
    }
    for (const char* here : {"127.0.0.1", "127.1", "localhost", "::1", "::ffff:127.0.0.1"}) {
        EXPECT_TRUE(is_loopback({.host = here, .port = 1})) << here;
        EXPECT_FALSE(is_wildcard({.host = here, .port = 1})) << here;
    }
    for (const char* there : {"127.example.org", "10.0.0.1", "fe80::1", "localhost.example"}) {
        EXPECT_FALSE(is_loopback({.host = there, .port = 1})) << there;
        EXPECT_FALSE(is_wildcard({.host = there, .port = 1})) << there;
    }
}

/// Goal: times have units.
/// Method: some of each.
TEST(Duration, HasUnits) {
    EXPECT_EQ(parse_duration("300ms"), 300'000U);
    EXPECT_EQ(parse_duration("1m30s"), 90'000'000U);
    EXPECT_EQ(parse_duration("0"), 0U);
    for (const char* bad : {"", "5", "s", "-1s", "1y", "99999999h", "1s2"}) {
        EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
    }
}

/// Goal: a time is told as people write it, and is the same when it is read again.
/// Method: some that are round in one unit, and one that is in none but the smallest.
TEST(Duration, IsToldInItsLargestUnit) {
    EXPECT_EQ(to_duration_text(0), "0s");
    EXPECT_EQ(to_duration_text(1'000'000), "1s");
    EXPECT_EQ(to_duration_text(86'400'000'000), "24h");
    EXPECT_EQ(to_duration_text(90'000'000), "90s");
    EXPECT_EQ(to_duration_text(100'000), "100ms");
    for (const std::uint64_t time : {1ULL, 1'500'001ULL, 60'000'000ULL, 3'600'000'000ULL}) {
        EXPECT_EQ(parse_duration(to_duration_text(time)), time);
    }
}

/// Goal: settings of the cluster that are numbers have names, by which each is changed, and only
/// that one; what is too large, or below 0, stays something that cannot be.
/// Method: each of them, one more than it was; the largest number, and -1; odd words.
TEST(ClusterSettings, HaveNames) {
    const store::StoreSettings usual;
    for (const auto& [name, number] : named_settings(usual)) {
        const auto field = parse_setting(std::string(name) + "=" + std::to_string(number + 1));
        ASSERT_TRUE(field.has_value()) << name;
        store::StoreSettings changed;
        EXPECT_TRUE(change_setting(changed, *field));
        auto wanted = named_settings(usual);
        std::ranges::find(wanted, name, [](const auto& each) { return each.first; })->second += 1;
        EXPECT_EQ(named_settings(changed), wanted) << name;
        for (const std::int64_t most : {INT64_MAX, std::int64_t{-1}}) {
            store::StoreSettings wrong;
            EXPECT_TRUE(change_setting(wrong, {.name = std::string(name), .number = most}));
            EXPECT_TRUE(store::bad_settings(wrong)) << name;
        }
    }
    for (const char* bad : {"", "files", "files=", "=1", "files=-1", "files=1x", "names=1"}) {
        EXPECT_FALSE(parse_setting(bad).has_value()) << bad;
    }
}

/// Goal: Doozer's URIs are read as its client reads them.
/// Method: all parameters, in odd orders and with escapes.
TEST(Uri, NamesAddressesAndSecret) {
    const auto uri = parse_uri("doozer:?sk=a%26b+c&ca=h:1&un=x&ca=h:2&cn=local");
    ASSERT_TRUE(uri.has_value());
    EXPECT_EQ(uri->addresses, (std::vector<std::string>{"h:1", "h:2"}));
    EXPECT_EQ(uri->secret, "a&b c");
    EXPECT_EQ(uri->cluster, "local");
    for (const char* bad : {"", "doozer:", "doozer:ca=h:1", "doozer:?sk=%2", "doozer:?sk=%zz"}) {
        EXPECT_FALSE(parse_uri(bad).has_value()) << bad;
    }
}

/// Goal: frames come out whole however the bytes arrive, and a claimed length allocates nothing.
/// Method: byte by byte; then a length beyond the limit.
TEST(Frames, ComeOutWhole) {
    Frames frames(10);
    std::string bytes(2 * frame_head_bytes, '\0');
    put_frame_head(bytes.data(), 0);
    put_frame_head(bytes.data() + frame_head_bytes, 3);
    bytes += "abc";
    std::string found;
    for (const char byte : bytes) {
        frames.add({&byte, 1});
        while (const auto body = frames.next()) found += "<" + std::string(*body) + ">";
    }
    EXPECT_EQ(found, "<><abc>");
    EXPECT_EQ(frames.held(), 0U);
    frames.add({"\0\0\0\x0b", 4});
    EXPECT_FALSE(frames.next().has_value());
    EXPECT_TRUE(frames.too_long());
}

/// Goal: memory of a burst is given back, and what is held is kept. Method: a long frame, and the
/// beginning of the next one.
TEST(Frames, GiveBackMemory) {
    constexpr std::uint32_t size = 1U << 22U;
    Frames frames(size);
    std::string bytes(frame_head_bytes, '\0');
    put_frame_head(bytes.data(), size);
    bytes += std::string(size, 'x');
    frames.add(bytes);
    frames.add(bytes.substr(0, 100));
    EXPECT_TRUE(frames.next().has_value());
    EXPECT_FALSE(frames.next().has_value());
    EXPECT_EQ(frames.held(), 100U);
    EXPECT_LT(frames.memory(), 10'000U);
    frames.add(bytes.substr(100));
    const auto body = frames.next();
    ASSERT_TRUE(body.has_value());
    EXPECT_EQ(*body, bytes.substr(frame_head_bytes));
}

/// Goal: messages are read as they were written, with what is absent absent.
/// Method: there and back.
TEST(DoozerMessages, KeepWhatIsAbsent) {
    Request request;
    request.verb = 2;
    request.rev = -1;
    request.value = std::string("\0\xff", 2);
    request.patience_us = 0;
    std::string frame;
    append_frame(request, frame);
    EXPECT_EQ(decode_request(frame.substr(frame_head_bytes)), request);
    Response response;
    response.flags = 0;
    response.value = "";
    frame.clear();
    append_frame(response, frame);
    EXPECT_EQ(decode_response(frame.substr(frame_head_bytes)), response);
    EXPECT_FALSE(decode_request("\x08\xff").has_value());
}

}  // namespace
}  // namespace decree::net::tests
