#pragma once

/// What clients asked and were told.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/request.hpp"
#include "core/value.hpp"
#include "props/history/history.hpp"

namespace decree::props {

/// One call of a client: a command or a linearizable read.
struct Operation {
    enum class Kind : std::uint8_t { Unasked, Command, Read };
    Kind kind{};
    RequestId id;
    Value payload;  ///< Of a read of the store: the question.
    std::uint32_t times_asked{};

    /// From the first call to the answer. Moments count what clients do, 1, 2, ...: they order
    /// calls finer than any clock.
    history::Interval interval;
    Outcome outcome{};       ///< Once answered.
    std::uint64_t floor{};   ///< It takes effect after this many commands, at least.
    std::uint64_t length{};  ///< Of a read that was answered: how much of the log it saw.
    /// Of a read of the store that was answered: between which points it belongs; 0: nowhere.
    std::uint64_t first{};
    std::uint64_t last{};

    std::uint64_t position{};  ///< It was the 1st, 2nd, ... command to be executed; 0: it was not.
    Slot slot;                 ///< Where.
    Answer answer;             ///< What the reference says to it.
};

class Operations {
public:
    static constexpr std::size_t none = ~std::size_t{0};

    /// The place of an operation, made where there was none.
    [[nodiscard]] Operation& place(std::uint64_t operation);
    /// Makes the command of `operation` known by its name. REQUIRES: asked for the first time.
    void name(std::uint64_t operation);
    /// The command of that id, or `none`. A command without an own name is found by its payload.
    [[nodiscard]] std::size_t find(const RequestId& id, Bytes payload) const;

    [[nodiscard]] Operation& operator[](std::size_t i) { return all_[i]; }
    [[nodiscard]] const Operation& operator[](std::size_t i) const { return all_[i]; }
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    [[nodiscard]] history::Moment next_moment() { return ++moments_; }

private:
    struct Origin {
        NodeId id;
        Incarnation incarnation;
        std::uint64_t first{};             // The smallest number asked.
        std::vector<std::size_t> numbers;  // Of number first, first + 1, ...
    };
    /// The place of the origin and incarnation of `id`, or `none`.
    [[nodiscard]] std::size_t origin(const RequestId& id) const;

    std::vector<Operation> all_;
    std::vector<Origin> origins_;                      // In order of first appearance.
    std::map<std::uint64_t, std::size_t> by_payload_;  // Digest of the payload.
    history::Moment moments_ = 0;
};

}  // namespace decree::props
