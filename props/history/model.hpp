#pragma once

/// What the objects do when nothing is concurrent: Herlihy and Wing's sequential specifications.

#include <optional>
#include <string>
#include <string_view>

#include "props/history/history.hpp"

namespace decree::history {

/// The state of one object; empty at first.
using State = std::string;

/// Every key is an object of its own, so that each is judged by itself: linearizability is local
/// (Herlihy and Wing, Theorem 1).
class Model {
public:
    Model() = default;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;
    virtual ~Model() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual bool has(Function function) const = 0;

    /// The state in which `operation` leaves `state`; nothing when it cannot take effect there and
    /// be told `response`. An unknown response forbids nothing.
    [[nodiscard]] virtual std::optional<State> apply(const State& state, const Operation& operation,
                                                     const Response& response) const = 0;

    /// It changes no state, wherever it takes effect and is told `response`.
    [[nodiscard]] virtual bool only_observes(const Operation& operation,
                                             const Response& response) const = 0;

    /// It leaves the same state wherever it takes effect.
    [[nodiscard]] virtual bool overwrites(const Operation& operation) const = 0;

    /// The only state in which it leaves whatever it changes; null when that depends on what was
    /// there.
    [[nodiscard]] virtual const State* makes(const Operation& operation) const = 0;

    /// `later` can follow on `state` when nothing overwrites it. May be true when in doubt.
    [[nodiscard]] virtual bool leads_to(const State& state, const State& later) const = 0;

    /// It says nothing about any order: it changed nothing, and told nothing.
    [[nodiscard]] bool says_nothing(const Operation& operation, const Response& response) const;
};

/// A register, absent at first, with read, write and compare-and-set. A failed compare-and-set is
/// an observation: another value was there.
[[nodiscard]] const Model& cas_register();

/// Independent texts, empty at first, with get, put and append.
[[nodiscard]] const Model& kv();

/// The model of that name, or null.
[[nodiscard]] const Model* find_model(std::string_view name);

}  // namespace decree::history
