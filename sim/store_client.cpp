#include "sim/store_client.hpp"

#include <algorithm>
#include <utility>

#include "core/node_name.hpp"
#include "core/overload.hpp"

namespace decree::sim {

store::StoreSettings draw_store_settings(Dice& dice) {
    static constexpr std::uint64_t lengths[] = {2000, 1, 2, 3, 5, 8, 16, 64};
    static constexpr std::uint64_t bytes[] = {1U << 28U, 1U << 28U, 300, 2000};
    static constexpr std::uint64_t files[] = {4'000'000, 4'000'000, 40};
    static constexpr std::uint64_t sizes[] = {std::uint64_t{1} << 31U, 3000};
    static constexpr std::uint32_t parts[] = {128, 24};
    static constexpr std::uint32_t few[] = {16384, 16384, 2, 4};
    static constexpr std::uint32_t own_files[] = {1024, 1024, 2};
    static constexpr std::uint32_t delays[] = {16384, 1};
    static constexpr std::uint32_t watches[] = {131072, 131072, 2};
    static constexpr store::Names names[] = {store::Names::Doozer, store::Names::Wide};
    store::StoreSettings settings;
    settings.names = dice.one_of(names);
    settings.history = dice.one_of(lengths);
    settings.history_bytes = dice.one_of(bytes);
    settings.shortest_session_us = 1000;
    settings.lock_delay_us = dice.doubling(1, 4'000'000);
    settings.limits.path_bytes = 64;
    settings.limits.path_depth = 8;
    settings.limits.value_bytes = 512;
    settings.limits.files = dice.one_of(files);
    settings.limits.bytes = dice.one_of(sizes);
    settings.limits.transaction_parts = dice.one_of(parts);
    settings.limits.sessions = dice.one_of(few);
    settings.limits.session_files = dice.one_of(own_files);
    settings.limits.lock_delays = dice.one_of(delays);
    settings.limits.watches = dice.one_of(watches);
    return settings;
}

store::TakeLimits draw_take_limits(Dice& dice) {
    static constexpr std::size_t events[] = {256, 1, 2, 5};
    static constexpr std::size_t bytes[] = {1U << 18U, 1, 200};
    static constexpr std::size_t looked_at[] = {4096, 1, 3};
    store::TakeLimits limits;
    limits.events = dice.one_of(events);
    limits.bytes = dice.one_of(bytes);
    limits.looked_at = dice.one_of(looked_at);
    return limits;
}

// --- Memory
// ----------------------------------------------------------------------------------------

void StoreMemory::learn(const store::StoreCommand& command, const store::CommandAnswer& answer) {
    const bool done = answer.code == store::Code::Ok;
    std::visit(
        Overload{[&](const store::Set& set) {
                     if (done) seen[set.path] = answer.revision;
                 },
                 [&](const store::Del& del) {
                     if (done) seen[del.path] = store::missing;
                 },
                 [&](const store::OpenSession&) {
                     if (done) sessions.push_back(answer.session);
                 },
                 [&](const store::KeepAlive& keep) {
                     if (!done) std::erase(sessions, keep.session);
                 },
                 [&](const store::CloseSession& close) { std::erase(sessions, close.session); },
                 [&](const store::Acquire& lock) {
                     if (done) locks[lock.path] = {answer.revision, lock.session};
                 },
                 [&](const store::Release& lock) { locks.erase(lock.path); }, [](const auto&) {}},
        command);
}

// --- Words
// -----------------------------------------------------------------------------------------

std::string StoreAsker::path() {
    static constexpr const char* usual[] = {"/a",     "/b",   "/a/b",  "/a/c",
                                            "/a/b/c", "/b/a", "/lock", "/c"};
    // The last four have the greatest depth, and the greatest length, and one more.
    static constexpr const char* odd[] = {
        "/ctl/err",
        "/ctl",
        "/",
        "/a//b",
        "/a b",
        "/ctl/cal/9",
        "/A-.9",
        "/ctl/x",
        "/ctl/calm",
        "/a_:@+=,",
        "/1/2/3/4/5/6/7/8",
        "/1/2/3/4/5/6/7/8/9",
        "/long-------------------------------------------------------long",
        "/longer----------------------------------------------------longer"};
    return dice_.chance(1, 24) ? dice_.one_of(odd) : dice_.one_of(usual);
}

std::string StoreAsker::glob() {
    static constexpr const char* globs[] = {"/**", "/a",   "/a/**", "/*",    "/a/*", "/?",
                                            "/b*", "/**b", "/*/b",  "/lock", "/a**", "/ctl/**"};
    static constexpr const char* odd[] = {
        "a",
        "/[a]",
        "",
        "/a/",
        "/a_*",
        "/long-------------------------------------------------------***?",
        "/longer-----------------------------------------------------****?"};
    return dice_.chance(1, 32) ? dice_.one_of(odd) : dice_.one_of(globs);
}

Value StoreAsker::value(const std::string& text) {
    std::string bytes = text;
    if (dice_.chance(1, 6)) bytes.resize(dice_.doubling(bytes.size(), 500), '.');
    if (dice_.chance(1, 64)) bytes.resize(settings_.limits.value_bytes + 1, '.');
    return Value(as_bytes(bytes));
}

store::SessionId StoreAsker::session() {
    if (memory_.sessions.empty() || dice_.chance(1, 32))
        return store::SessionId{dice_.below(4) + 1};
    return dice_.one_of(memory_.sessions);
}

// For a compare-and-set: what the client saw, what is there, or near it.
store::Revision StoreAsker::revision_for(const std::string& at) {
    const auto seen = memory_.seen.find(at);
    switch (dice_.below(6)) {
    case 1:
        return store::missing;
    case 2:
        return seen == memory_.seen.end() ? store::missing : seen->second;
    case 3:
    case 4: {
        if (known_ == nullptr) return store::missing;
        const store::Revision there = store::model::revision_of(known_->files, at);
        return store::Revision{there.value + static_cast<std::int64_t>(dice_.below(2))};
    }
    case 5:
        return store::Revision{some_revision().value};
    default:
        return store::clobber;
    }
}

// Around the first that can be read, the last, or between.
store::Revision StoreAsker::some_revision() {
    if (known_ == nullptr) return store::Revision{dice_.below(4)};
    const std::int64_t first = known_->first.value;
    const std::int64_t last = known_->last().value;
    const auto near = static_cast<std::int64_t>(dice_.below(4));
    switch (dice_.below(4)) {
    case 0:
        return store::Revision{last - near};
    case 1:
        return store::Revision{first - 2 + near};
    case 2:
        return store::Revision{last + near};
    default:
        return store::Revision{first + static_cast<std::int64_t>(dice_.below(
                                           static_cast<std::uint64_t>(last - first) + 2))};
    }
}

// --- Commands
// --------------------------------------------------------------------------------------

store::StoreCommand StoreAsker::command(const std::string& text) {
    const std::uint32_t kind = dice_.below(32);
    if (kind < 10) {
        const std::string at = path();
        const store::SessionId owner = dice_.chance(1, 4) ? session() : store::no_session;
        return store::Set{
            .path = at, .revision = revision_for(at), .value = value(text), .session = owner};
    }
    if (kind < 14) {
        const std::string at = path();
        return store::Del{.path = at, .revision = revision_for(at)};
    }
    if (kind == 14) return store::Nop{};
    if (kind < 20) return transaction(text);
    if (kind < 26) return session_command(text);
    if (kind < 31) return lock_command(text);
    return configure();
}

// Other limits of what the log may do. Not those by which a node judges what it is asked: it may
// be behind, and know earlier ones.
store::Configure StoreAsker::configure() {
    static constexpr std::uint64_t bytes[] = {std::uint64_t{1} << 31U, 2000};
    static constexpr std::uint32_t values[] = {512, 512, 100, 1U << 28U};
    store::Configure configure{settings_};
    store::Limits& limits = configure.settings.limits;
    configure.settings.history = dice_.doubling(1, 64);
    configure.settings.history_bytes = dice_.doubling(100, 1'000'000);
    limits.files = dice_.doubling(8, 4'000'000);
    limits.bytes = dice_.one_of(bytes);
    limits.value_bytes = dice_.one_of(values);
    limits.session_files = static_cast<std::uint32_t>(dice_.doubling(1, 1024));
    limits.sessions = static_cast<std::uint32_t>(dice_.doubling(1, 1024));
    // To be refused.
    if (dice_.chance(1, 4)) configure.settings.history = 0;
    if (dice_.chance(1, 8)) limits.session_files = ~std::uint32_t{0};
    if (dice_.chance(1, 8)) {
        const bool wide = settings_.names == store::Names::Wide;
        configure.settings.names = wide ? store::Names::Doozer : store::Names::Wide;
    }
    return configure;
}

store::StoreCommand StoreAsker::transaction(const std::string& text) {
    store::Transact transaction;
    for (std::uint32_t i = dice_.below(3); i > 0; --i) {
        const std::string at = path();
        if (dice_.chance(1, 3)) {
            const store::Revision since = dice_.chance(1, 4) ? revision_for(at) : some_revision();
            transaction.compares.emplace_back(store::CompareSubtree{.path = at, .revision = since});
        } else {
            transaction.compares.emplace_back(
                store::CompareFile{.path = at, .revision = revision_for(at)});
        }
    }
    std::uint32_t writes = dice_.below(4) + 1;
    if (dice_.chance(1, 12)) writes = dice_.chance(1, 2) ? 0 : 20 + dice_.below(8);
    for (std::uint32_t i = writes; i > 0; --i) {
        if (dice_.chance(1, 3)) {
            transaction.writes.emplace_back(store::RemoveFile{path()});
        } else {
            const std::string at = path();
            const store::SessionId owner = dice_.chance(1, 6) ? session() : store::no_session;
            transaction.writes.emplace_back(store::PutFile{
                .path = at, .value = value(text + "-" + std::to_string(i)), .session = owner});
        }
    }
    return transaction;
}

store::StoreCommand StoreAsker::session_command(const std::string& text) {
    if (memory_.sessions.empty() || dice_.chance(1, 8)) {
        return store::OpenSession{dice_.chance(1, 32) ? 1 : dice_.doubling(50'000, 3'000'000)};
    }
    if (dice_.chance(1, 6)) return store::CloseSession{session()};
    if (dice_.chance(1, 3)) {
        const std::string at = path();
        return store::Set{
            .path = at, .revision = store::clobber, .value = value(text), .session = session()};
    }
    return store::KeepAlive{session()};
}

store::StoreCommand StoreAsker::lock_command(const std::string& text) {
    static constexpr const char* locks[] = {"/lock", "/lock", "/lock/2", "/a"};
    const std::string at = dice_.one_of(locks);
    if (!memory_.locks.empty() && dice_.chance(1, 3)) {
        const auto& [held, token] = *memory_.locks.begin();
        return store::Release{.path = held, .session = token.holder};
    }
    if (memory_.sessions.empty()) return store::OpenSession{dice_.doubling(50'000, 3'000'000)};
    return store::Acquire{.path = at, .session = session(), .value = value(text)};
}

// --- Questions
// -------------------------------------------------------------------------------------

store::StoreQuery StoreAsker::question() {
    switch (dice_.below(8)) {
    case 1:
        return store::Stat{.path = path(), .at = {}};
    case 2:
        return store::GetDir{.path = dice_.chance(1, 2) ? "/" : path(),
                             .offset = dice_.below(3),
                             .at = {},
                             .most = dice_.below(3) + 1};
    case 3:
    case 4:
        return store::Walk{
            .glob = glob(), .offset = dice_.below(3), .at = {}, .most = dice_.below(8) + 1};
    case 5:
        return store::Rev{};
    case 6:
        return store::SubtreeRev{.path = path(), .at = {}};
    case 7:
        return store::SessionInfo{session()};
    default:
        return store::Get{.path = path(), .at = {}};
    }
}

store::StoreQuery StoreAsker::local_question() {
    store::StoreQuery asked = question();
    store::At at = some_revision();
    if (dice_.chance(1, 6)) at = std::nullopt;
    std::visit(
        [&](auto& each) {
            if constexpr (requires { each.at; }) each.at = at;
        },
        asked);
    // What a session is now, and REV, are the cluster's to say.
    const bool now = std::holds_alternative<store::SessionInfo>(asked) ||
                     std::holds_alternative<store::Rev>(asked);
    return now ? store::StoreQuery{store::Get{.path = path(), .at = at}} : asked;
}

store::WatchRequest StoreAsker::watch() {
    store::WatchRequest request;
    request.glob = glob();
    request.from = some_revision();
    request.kind = dice_.chance(2, 3) ? store::WatchKind::Stream : store::WatchKind::Once;
    if (dice_.chance(1, 2)) request.mark_every = dice_.doubling(1, 16);
    return request;
}

// --- Voters
// ----------------------------------------------------------------------------------------

store::Transact seat_all(const Voters& voters, std::uint32_t free,
                         const std::vector<NodeId>& known) {
    store::Transact transaction;
    const std::string slots = std::string(store::slots_path) + "/";
    for (const NodeId node : known) {
        const std::string path = std::string(store::nodes_path) + "/" + node_name(node) + "/addr";
        transaction.writes.emplace_back(store::PutFile{.path = path, .value = {}, .session = {}});
    }
    std::uint32_t number = 0;
    for (const NodeId voter : voters) {
        transaction.writes.emplace_back(store::PutFile{.path = slots + std::to_string(number++),
                                                       .value = Value(as_bytes(node_name(voter))),
                                                       .session = {}});
    }
    for (; free > 0; --free) {
        transaction.writes.emplace_back(
            store::PutFile{.path = slots + std::to_string(number++), .value = {}, .session = {}});
    }
    return transaction;
}

store::Transact seat_wrongly(Dice& dice, NodeId voter, std::uint32_t slots) {
    constexpr NodeId nobody{999'999};
    switch (dice.below(3)) {
    case 1:
        return seat_all({voter, voter}, 0, {});
    case 2:
        return seat_all({nobody}, 0, {});
    default:
        return seat_all({}, slots, {});
    }
}

}  // namespace decree::sim
