#pragma once

/// What a node knows of the lives of others: so that of two processes with one identity, on copies
/// of one folder, it listens to one. Pure: it is told what happens on the links, and when.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/ids.hpp"
#include "net/handshake.hpp"

namespace decree::net {

/// A node says something over each of its links this often, in microseconds, be it nothing else
/// than that it lives.
inline constexpr std::uint64_t sign_of_life_every = 250'000;
/// Who has said nothing for so long may have ended without a word: a machine that lost its power.
inline constexpr std::uint64_t silent_after = 2'000'000;

/// What other nodes have last shown of themselves, and who is heard now. An identity belongs to one
/// process at a time, and its starts only go up.
///
/// Whoever is heard stays: a process on a copy is refused as long as that is so, and leaves nothing
/// behind here. When the one before is silent, or its links are gone, the next one is taken, and
/// from its first word on nobody is who shows an earlier start of that node, or the same start.
class Acquaintances {
public:
    /// Why a life is not to be talked to; if there is no reason, one with an empty text. That two
    /// processes run is sure when the other one was heard long after this one was first refused.
    [[nodiscard]] Objection objection(const Life& life, Time now);
    /// It dialled, from there, and was taken. REQUIRES: no objection; no open link of another
    /// process of that node.
    void linked(const Life& life, const std::string& from, Time now);
    /// It says something over such a link; `binding`: what others may build on, and would be
    /// wronged if it was forgotten.
    void heard(const Life& life, bool binding, Time now);
    /// Such a link has ended.
    void unlinked(const Life& life);
    /// The core has refused what calls itself by this start, as one that has seen less: unless it
    /// was built on what it said, it is as if nobody had heard it.
    void disowned(NodeId node, std::uint64_t start);

private:
    struct Holder {
        Life life;
        std::string from;
        Time heard;
        std::size_t links{};
    };
    struct Known {
        std::optional<Life> last;    // That said something.
        std::optional<Life> before;  // Who that was earlier; again, if `last` is disowned.
        bool bound = false;          // `last` cannot be disowned any more.
        std::optional<Holder> holder;
        std::map<std::uint64_t, Time> refused;  // Processes, beside one that was heard.
    };

    std::map<NodeId, Known> known_;
};

}  // namespace decree::net
