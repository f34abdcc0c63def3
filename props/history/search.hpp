#pragma once

/// Is there an order? Wing and Gong's search, made just in time.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "props/history/memo.hpp"
#include "props/history/model.hpp"
#include "props/history/timeline.hpp"

namespace decree::history {

/// What a search may use up. More than one search may draw on it, one after the other.
struct Limits {
    std::uint64_t states = 10'000'000;              ///< Configurations visited by one search.
    std::uint64_t bytes = std::uint64_t{1} << 30U;  ///< To remember them.
};

/// Is told how a search gets on, now and then, and may end it.
class Watcher {
public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    /// `states`: visited by the present search. `at`: where it stands. False: give up.
    [[nodiscard]] virtual bool go_on(std::uint64_t states, Moment at) = 0;
};

enum class Verdict : std::uint8_t { Linearizable, NotLinearizable, BeyondLimits, Stopped };

/// Where an order can lead: a state, and which of the calls that are still open took effect.
struct Configuration {
    State state;
    std::vector<std::uint32_t> known;    ///< That will return later. Entries, ascending.
    std::vector<std::uint32_t> unknown;  ///< That never return. The same.
    auto operator<=>(const Configuration&) const = default;
};

/// Looks for an order of the calls of `timeline` in which each can take effect, one after the
/// other, within its interval.
///
/// Wing and Gong: Testing and verifying concurrent objects, section 4: of the calls that no other
/// precedes, choose one that can come next, and go back if that leads nowhere. Lowe: Testing for
/// linearizability, sections 3 and 5: remember the configurations that were visited, and choose
/// only when a call returns that has not taken effect yet.
///
/// Two rules of our own keep the choices few. A call that changes no state takes effect as soon as
/// it can: whatever is possible afterwards was possible without it. A call of unknown outcome is
/// chosen last, only where it changes the state, and of two that ask for the same the earlier.
class Search {
public:
    Search(const Timeline& timeline, const Model& model, const Limits& limits = {},
           Watcher* watcher = nullptr);

    /// From an empty object, to any end.
    [[nodiscard]] Verdict run();
    /// From any of `starts` to all the ends there are, save those that have only spent more unknown
    /// calls than another one. `starts` are about the first entries. REQUIRES: no run before.
    [[nodiscard]] Verdict run_to_all_ends(const std::vector<Configuration>& starts);

    /// Of run_to_all_ends().
    [[nodiscard]] const std::vector<Configuration>& ends() const { return ends_; }
    /// The last return that no order was found to reach, if there is none to the end.
    [[nodiscard]] Moment furthest() const { return furthest_; }
    [[nodiscard]] std::uint64_t states() const { return memo_.size(); }

private:
    using Words = std::vector<std::uint64_t>;
    struct Taken {
        std::uint32_t entry{};
        std::uint32_t step{};  // Where the search stood.
    };
    // Made where a call returns that has not taken effect: it, or another one before it, does now.
    struct Choice {
        std::uint32_t step{};
        std::uint32_t state{};
        std::uint32_t candidate{};  // The next to be tried.
        std::size_t trail{};        // How much had been taken.
    };

    [[nodiscard]] Verdict explore();
    void arrive();
    [[nodiscard]] bool reach_choice();
    void observe();
    [[nodiscard]] bool hopeless() const;
    [[nodiscard]] bool choose(Choice& choice);
    [[nodiscard]] bool overwrites_unseen(std::uint32_t entry) const;
    [[nodiscard]] std::uint32_t candidate(const Choice& choice) const;
    [[nodiscard]] std::optional<Verdict> interrupted();
    void start_from(const Configuration& start);
    void keep_end();
    void drop_wasteful_ends();

    void take(std::uint32_t entry);
    void forward();
    void back();
    void undo(const Choice& choice);
    [[nodiscard]] bool taken(const Entry& entry) const;
    [[nodiscard]] std::optional<State> outcome(const Entry& entry) const;
    void enter(State state);

    const Timeline* timeline_;
    const Model* model_;
    Limits limits_;
    Watcher* watcher_;
    bool all_ends_ = false;
    bool found_end_ = false;

    // The present configuration, and how it came about.
    std::uint32_t step_ = 0;
    std::uint32_t state_ = 0;
    Words open_;                        // By slot: the known calls that have taken effect.
    Words spent_;                       // By slot: the same of the unknown.
    std::vector<std::uint32_t> known_;  // By slot: the open call there, or none.
    std::vector<std::uint32_t> unknown_;
    std::vector<Taken> trail_;
    std::vector<Choice> choices_;

    Memo memo_;
    std::map<State, std::uint32_t> numbers_;
    std::vector<const State*> states_;
    std::uint64_t state_bytes_ = 0;
    std::uint64_t look_again_at_ = 0;  // When the watcher is asked next.
    Moment furthest_ = 0;
    std::vector<Configuration> ends_;
};

}  // namespace decree::history
