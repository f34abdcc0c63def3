#pragma once

/// The history of one object, laid out for the search: what can change no order left out, and every
/// open call in a slot, so that which open calls have taken effect fits in a few bits.

#include <cstdint>
#include <span>
#include <vector>

#include "props/history/history.hpp"
#include "props/history/model.hpp"

namespace decree::history {

/// A call as the search sees it.
struct Entry {
    static constexpr std::uint32_t none = ~std::uint32_t{0};

    const Call* call{};
    const Response* response{};  ///< `call`'s, or that of a call whose outcome is unknown.
    std::uint32_t slot{};        ///< Calls that are open at once and known have different ones.
    bool unknown{};              ///< Never returns, and need not take effect; a slot of its own.
    bool observes{};             ///< Changes no state.
    /// Of an unknown call: an earlier one that asked for the same. One is as good as the other, so
    /// that the later one is used only after it.
    std::uint32_t twin = none;
    /// When it has been told a state: once this moment is past, nothing that overwrites can take
    /// effect before it does,
    Moment last_overwritten = ~Moment{0};
    /// and nothing that makes this state of another one.
    Moment last_made = ~Moment{0};
};

/// An invocation or a return.
struct Step {
    bool returns{};
    std::uint32_t entry{};
    Moment moment{};
    /// Of the calls invoked later that were told a state, the first to return.
    std::uint32_t next_told = Entry::none;
};

/// Which part of a history is looked at.
struct Scope {
    /// What is known now: calls invoked later are absent, and calls that return later are unknown.
    Moment until = ~Moment{0};
    /// What happens from here on is left out, though known: calls that return then stay open.
    Moment before = ~Moment{0};
    /// Calls, by place, whose response is forgotten: they are unknown, or, where they were told
    /// Failed, absent. Null: none.
    const std::vector<bool>* forgotten = nullptr;
};

class Timeline {
public:
    /// REQUIRES: `calls` outlives this, and stands in the order of invocation.
    Timeline(std::span<const Call* const> calls, const Model& model, const Scope& scope = {});

    [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
    /// By place in `calls`, less those that say nothing.
    [[nodiscard]] const Entry& entry(std::uint32_t i) const { return entries_[i]; }
    [[nodiscard]] std::uint32_t entries() const {
        return static_cast<std::uint32_t>(entries_.size());
    }
    [[nodiscard]] std::uint32_t known_slots() const { return known_slots_; }
    [[nodiscard]] std::uint32_t unknown_slots() const { return unknown_slots_; }

private:
    void add_entries(std::span<const Call* const> calls, const Model& model, const Scope& scope);
    void find_twins();
    void add_steps(Moment before);
    void assign_slots();
    void find_last_changes(const Model& model);
    void find_next_told();

    std::vector<Entry> entries_;  // By invocation.
    std::vector<Step> steps_;
    std::uint32_t known_slots_ = 0;
    std::uint32_t unknown_slots_ = 0;
};

}  // namespace decree::history
