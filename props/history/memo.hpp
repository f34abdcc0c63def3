#pragma once

/// What a search has already been through.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace decree::history {

/// Lowe's memo: the configurations visited, each a set of linearized calls and a state of the
/// model. Lowe: Testing for linearizability, section 3.
///
/// The set is told by how far the search has come in real time, by which of the calls then open it
/// has linearized, and by which calls of unknown outcome it has spent. To have spent fewer of these
/// is never worse: whatever more can then be done may also be left undone. So a configuration is
/// also known when one is that has spent a part of what it has.
class Memo {
public:
    using Words = std::span<const std::uint64_t>;

    /// Of how many words the sets consist.
    Memo(std::size_t open_words, std::size_t spent_words);

    /// False when it was known. `step`: how far it has come. `state`: a number for it.
    bool add(std::uint32_t step, std::uint32_t state, Words open, Words spent);

    /// How many were added.
    [[nodiscard]] std::uint64_t size() const { return next_.size(); }
    /// What they take.
    [[nodiscard]] std::uint64_t bytes() const;

private:
    struct Place {
        std::uint32_t step{};
        std::uint32_t state{};
        std::uint32_t newest{};  // Of the sets spent here; `next_` has the others.
    };
    [[nodiscard]] bool is_at(std::size_t place, std::uint32_t step, std::uint32_t state,
                             Words open) const;
    [[nodiscard]] bool spent_less(std::uint32_t first, Words spent) const;
    void make_room();

    std::size_t open_words_;
    std::size_t spent_words_;
    std::vector<std::uint32_t> table_;  // Open addressing: place + 1, or 0; its size a power of 2.
    std::vector<Place> places_;
    std::vector<std::uint64_t> open_;   // Of each place.
    std::vector<std::uint32_t> next_;   // Of each set spent, another one of its place.
    std::vector<std::uint64_t> spent_;  // The same sets.
};

}  // namespace decree::history
