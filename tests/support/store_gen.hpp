#pragma once

/// Random commands and questions for the store, drawn with a look at the model, so that a good part
/// of them hits: few paths, revisions near those that files have, sessions that exist.
///
/// Include after <gtest/gtest.h> and <rapidcheck/gtest.h>, which this header does, too.

#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "props/ghost/store_model.hpp"

namespace decree::store::generate {

inline std::uint64_t below(std::uint64_t bound) {
    return *rc::gen::resize(100, rc::gen::inRange<std::uint64_t>(0, bound));
}
inline bool once_in(std::uint64_t n) { return below(n) == n - 1; }

template <class T>
T one_of(const std::vector<T>& things) {
    return things.at(static_cast<std::size_t>(below(things.size())));
}

/// The nodes that the random clusters know of.
inline NodeId node() { return NodeId{below(4) + 1}; }

inline std::string path() {
    if (once_in(16)) {
        return one_of<std::string>({"", "a", "/a/", "//a", "/a//b", "/a b", "/_x", "/a/*", "x/a",
                                    "/caf\xc3\xa9", "/", "/1/2/3/4/5/6/7/8/9",
                                    "/" + std::string(70, 'l')});
    }
    if (once_in(6)) return "/ctl/cal/" + std::to_string(below(3));
    if (once_in(8)) return "/ctl/node/" + node_name(node()) + "/addr";
    if (once_in(16))
        return one_of<std::string>({"/ctl", "/ctl/cal", "/ctl/calm", "/ctl/err", "/ctl/err/x"});
    return one_of<std::string>(
        {"/a", "/a/b", "/a/b/c", "/a-b", "/a.c", "/a/c", "/b", "/b/a", "/b/a/b", "/B", "/lock/1"});
}

inline std::string glob() {
    return one_of<std::string>({"/**",        "/*",     "/",      "/a",   "/a/**",   "/a*",
                                "/a**",       "/?",     "/a?c",   "/*/b", "/*/**",   "/**/b",
                                "/**b",       "/a/*/c", "/b/a/*", "/***", "/?/**/?", "/ctl/**",
                                "/ctl/cal/*", "*",      "/a/",    "",     "/a[b]",   "/**c"});
}

inline Revision revision(const model::Model& model, const std::string& at) {
    const std::int64_t has = model::revision_of(model.files, at).value;
    switch (below(6)) {
    case 0:
        return clobber;
    case 1:
        return Revision{0};
    case 2:
        return Revision{has - 1};
    case 3:
        return Revision{has + 1};
    case 4:
        return Revision{static_cast<std::int64_t>(below(8)) - 4};
    default:
        return Revision{has};
    }
}

inline Value value(const std::string& of) {
    if (of.starts_with("/ctl/cal/") && !once_in(3)) return Value(as_bytes(node_name(node())));
    if (once_in(12)) return Value(as_bytes(std::string(70, 'v')));
    return Value(as_bytes(one_of<std::string>({"", "x", "yy", std::string("\0z", 2)})));
}

inline SessionId session(const model::Model& model) {
    if (model.sessions.empty() || once_in(5)) return SessionId{below(model.opened + 2)};
    auto open = model.sessions.begin();
    std::advance(open, below(model.sessions.size()));
    return SessionId{open->first};
}

inline SessionId maybe_session(const model::Model& model) {
    return once_in(3) ? session(model) : no_session;
}

inline Transact transaction(const model::Model& model) {
    Transact t;
    for (std::uint64_t left = below(3); left > 0; --left) {
        const std::string at = path();
        if (once_in(2)) {
            t.compares.emplace_back(CompareFile{at, revision(model, at)});
        } else {
            const auto last = static_cast<std::uint64_t>(model.last().value);
            t.compares.emplace_back(
                CompareSubtree{at, Revision{static_cast<std::int64_t>(below(last + 3)) - 1}});
        }
    }
    for (std::uint64_t left = below(5); left > 0; --left) {
        const std::string at = path();
        if (once_in(3)) {
            t.writes.emplace_back(RemoveFile{at});
        } else {
            t.writes.emplace_back(PutFile{at, value(at), maybe_session(model)});
        }
    }
    return t;
}

/// Other settings, near the limits of which the random store is.
inline StoreSettings settings(const StoreSettings& present) {
    StoreSettings other = present;
    other.history = once_in(8) ? 0 : 2 + below(12);
    other.history_bytes = once_in(4) ? below(500) : 1'000'000;
    other.lock_delay_us = below(300);
    other.limits.files = once_in(4) ? below(8) : 1000;
    other.limits.bytes = once_in(4) ? below(600) : 100'000;
    other.limits.session_files = static_cast<std::uint32_t>(1 + below(4));
    other.limits.sessions = static_cast<std::uint32_t>(2 + below(6));
    other.limits.lock_delays = static_cast<std::uint32_t>(below(3));
    if (once_in(8)) other.names = Names::Wide;
    return other;
}

inline StoreCommand command(const model::Model& model) {
    const std::string at = path();
    switch (below(16)) {
    case 0:
        return Nop{};
    case 1:
    case 2:
    case 3:
        return Del{at, revision(model, at)};
    case 4:
    case 5:
    case 6:
        return transaction(model);
    case 7:
        return OpenSession{once_in(6) ? below(20) : 10 + below(300)};
    case 8:
        return KeepAlive{session(model)};
    case 9:
        return once_in(2) ? StoreCommand(CloseSession{session(model)}) : StoreCommand(Nop{});
    case 10:
        return Acquire{once_in(3) ? at : "/lock/1", session(model), value(at)};
    case 11:
        return Release{once_in(3) ? at : "/lock/1", session(model)};
    case 12:
        return once_in(4) ? StoreCommand(Configure{settings(model.settings)})
                          : StoreCommand(ForgetOrigin{node()});
    default:
        return Set{at, revision(model, at), value(at), maybe_session(model)};
    }
}

inline At at(const model::Model& model) {
    if (once_in(2)) return std::nullopt;
    const auto last = static_cast<std::uint64_t>(model.last().value);
    return Revision{static_cast<std::int64_t>(below(last + 4)) - 2};
}

inline StoreQuery question(const model::Model& model) {
    const auto offset = static_cast<std::int64_t>(below(12)) - 1;
    const auto most = static_cast<std::uint32_t>(below(4));
    switch (below(8)) {
    case 0:
        return Rev{};
    case 1:
        return Get{path(), at(model)};
    case 2:
        return Stat{path(), at(model)};
    case 3:
        return GetDir{path(), offset, at(model), most};
    case 4:
        return SubtreeRev{path(), at(model)};
    case 5:
        return SessionInfo{session(model)};
    default:
        return Walk{glob(), offset, at(model), most};
    }
}

}  // namespace decree::store::generate
