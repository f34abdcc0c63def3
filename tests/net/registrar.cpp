#include "net/registrar.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "core/node_name.hpp"
#include "tests/support/small_store.hpp"

namespace decree::net::tests {
namespace {

constexpr std::uint64_t a_second = 1'000'000;
const NodeId registrant{1};

/// A cluster's tree, in which N1 registers itself; what it writes is applied at once.
struct Registry {
    explicit Registry(std::uint64_t pulse = 0) : registrar(shown, pulse) {
        charter.founders.push_back({.address = shown.peer, .node = registrant});
    }

    /// Whether something is written, and that was of use.
    bool writes(Time now, bool able = true, bool leads = true) {
        const auto write = registrar.due(now, {.state = store.state(),
                                               .name = "local",
                                               .charter = able ? &charter : nullptr,
                                               .leads = leads});
        if (!write) return false;
        EXPECT_EQ(store.run(*write).code, store::Code::Ok);
        registrar.answered();
        return true;
    }
    /// Until there is nothing more to write.
    Time registered(Time now) {
        for (; writes(now); now = now + a_second) EXPECT_LT(now, Time{100 * a_second});
        return now;
    }
    [[nodiscard]] std::string shows(const std::string& file) const {
        return store.get("/ctl/node/" + node_name(registrant) + file);
    }

    Shown shown{.node = registrant,
                .client = "127.0.0.1:1",
                .peer = "127.0.0.1:2",
                .hostname = "h",
                .version = "v"};
    Charter charter;
    store::SmallStore store;
    Registrar registrar;
};

/// Goal: a node shows itself, once; but not before it can write, and the tree is founded by who
/// leads.
/// Method: a node that hears no leader, that follows one, that leads; then at rest.
TEST(Registrar, WritesWhatANodeShowsOnce) {
    Registry registry;
    EXPECT_FALSE(registry.writes(Time{a_second}, false));
    EXPECT_FALSE(registry.writes(Time{a_second}, true, false));
    const Time now = registry.registered(Time{a_second});
    EXPECT_EQ(registry.shows("/addr"), "127.0.0.1:1");
    EXPECT_EQ(registry.shows("/hostname"), "h");
    EXPECT_EQ(registry.store.get("/ctl/ns/local/" + node_name(registrant)), "127.0.0.1:1");
    const std::int64_t revision = registry.store.revision();
    registry.store.set("/a", -1, "of somebody else");
    EXPECT_FALSE(registry.writes(now + 9 * a_second));
    EXPECT_EQ(registry.store.revision(), revision + 1);
}

/// Goal: what somebody else deletes or overwrites is written again.
/// Method: one file after the other, and then all of them, as `decree members forget` does.
TEST(Registrar, WritesAgainWhatWasTakenAway) {
    Registry registry;
    Time now = registry.registered(Time{a_second});
    const std::string folder = "/ctl/node/" + node_name(registrant);
    registry.store.del(folder + "/addr", -1);
    EXPECT_TRUE(registry.writes(now));
    EXPECT_EQ(registry.shows("/addr"), "127.0.0.1:1");
    now = registry.registered(now + a_second);
    registry.store.set("/ctl/ns/local/" + node_name(registrant), -1, "elsewhere");
    EXPECT_TRUE(registry.writes(now));
    EXPECT_EQ(registry.store.get("/ctl/ns/local/" + node_name(registrant)), "127.0.0.1:1");
    now = registry.registered(now + a_second);
    for (const char* const file : {"/addr", "/hostname", "/peer", "/version", "/writable"}) {
        registry.store.del(folder + file, -1);
    }
    EXPECT_TRUE(registry.writes(now));
    EXPECT_EQ(registry.shows("/peer"), "127.0.0.1:2");
}

/// Goal: against somebody who keeps overwriting it there is one write a second, and none is made
/// while another one is under way.
/// Method: a file that is deleted after each write, looked at every 50 ms.
TEST(Registrar, DoesNotRace) {
    Registry registry;
    const Time begin = registry.registered(Time{a_second});
    const std::string path = "/ctl/node/" + node_name(registrant) + "/addr";
    int writes = 0;
    for (std::uint64_t at = 0; at < 10 * a_second; at += a_second / 20) {
        registry.store.del(path, -1);
        writes += registry.writes(begin + at) ? 1 : 0;
    }
    EXPECT_EQ(writes, 10);
    registry.store.del(path, -1);
    const Registrar::View view{.state = registry.store.state(),
                               .name = "local",
                               .charter = &registry.charter,
                               .leads = true};
    EXPECT_TRUE(registry.registrar.due(begin + 20 * a_second, view).has_value());
    EXPECT_FALSE(registry.registrar.due(begin + 30 * a_second, view).has_value());
}

/// Goal: with a pulse, a node shows again and again what it has applied; in trouble it leaves that
/// out, and does not make up for it.
/// Method: a pulse of two seconds, looked at every second, with a while of trouble.
TEST(Registrar, HasAPulse) {
    Registry registry(2 * a_second);
    const Time begin = registry.registered(Time{a_second});
    EXPECT_NE(registry.shows("/applied"), "(missing)");
    int writes = 0;
    for (std::uint64_t at = 0; at < 20 * a_second; at += a_second) {
        const bool trouble = at >= 6 * a_second && at < 12 * a_second;
        writes += registry.writes(begin + at, !trouble) ? 1 : 0;
        EXPECT_GT(registry.registrar.deadline(), begin + at) << "the loop would spin";
    }
    EXPECT_EQ(writes, 7);
}

}  // namespace
}  // namespace decree::net::tests
