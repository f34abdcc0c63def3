#pragma once

/// What clients called, and what they were told: the one notion of a history.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace decree::history {

/// A place in real time: the events of a history are numbered 1, 2, ..., and no two happen at once.
/// 0 is never.
using Moment = std::uint64_t;

/// When a call was under way. Herlihy and Wing: Linearizability, section 2.
struct Interval {
    Moment invoked{};
    Moment returned{};  ///< 0: nobody knows when, or whether, it takes effect after `invoked`.
    bool operator==(const Interval&) const = default;
};

/// `earlier` returned before `later` was invoked: no order may turn them round.
[[nodiscard]] constexpr bool precedes(const Interval& earlier, const Interval& later) {
    return earlier.returned != 0 && earlier.returned < later.invoked;
}

enum class Function : std::uint8_t { Read, Write, Cas, Get, Put, Append };

/// What a client asks for.
struct Operation {
    Function function{};
    std::string key;       ///< Which object; empty where the model has one only.
    std::string value;     ///< To be stored or appended.
    std::string expected;  ///< Cas: stores only if this is there.
    auto operator<=>(const Operation&) const = default;
};

enum class Status : std::uint8_t {
    Unknown,  ///< Never answered: it takes effect at any moment after its invocation, or never.
    Ok,
    Failed,  ///< Cas: another value was there. Any other: it took no effect and told nothing.
};

/// What it was told.
struct Response {
    Status status{};
    /// What is there once it took effect; empty where nothing is. Nothing: it was not told.
    std::optional<std::string> told;
    bool operator==(const Response&) const = default;
};

/// One call of a client, from invocation to response.
struct Call {
    std::uint64_t process{};
    Interval interval;  ///< `returned` is 0 exactly when the status is Unknown.
    Operation operation;
    Response response;
    /// The witness, if there is one: a call that changes something made this revision; any other
    /// saw what stood there at this revision.
    std::optional<std::uint64_t> revision;
    bool operator==(const Call&) const = default;
};

struct History {
    std::vector<Call> calls;  ///< By invocation.
    Moment events = 0;        ///< How many there are, whatever kind.
    /// Of each event, in order, the line where it stands in its file. Empty: it is in none.
    std::vector<std::uint32_t> lines;
    bool operator==(const History&) const = default;
};

}  // namespace decree::history
