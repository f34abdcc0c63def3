#pragma once

/// Shapes of chance, made of single choices. Integers only.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/choices.hpp"

namespace decree::sim {

/// Draws from one stream of choices.
class Dice {
public:
    Dice(Choices& choices, Site site, std::uint32_t entity)
        : choices_(choices), site_(site), entity_(entity) {}

    /// 0 ... `count` - 1. REQUIRES: count >= 1.
    [[nodiscard]] std::uint32_t below(std::uint64_t count) {
        return choices_.draw(site_, entity_, static_cast<std::uint32_t>(count));
    }
    /// `least` ... `most`; calm is `least`. REQUIRES: least <= most.
    [[nodiscard]] std::uint64_t between(std::uint64_t least, std::uint64_t most) {
        return least + below(most - least + 1);
    }
    /// `least` ... `most`, each doubling about equally often; calm is `least`.
    /// REQUIRES: 1 <= least <= most.
    [[nodiscard]] std::uint64_t doubling(std::uint64_t least, std::uint64_t most) {
        std::uint32_t doublings = 0;
        while ((least << (doublings + 1U)) <= most) ++doublings;
        const std::uint64_t low = least << below(doublings + 1U);
        const std::uint64_t high = low * 2 - 1 < most ? low * 2 - 1 : most;
        return between(low, high);
    }
    [[nodiscard]] bool chance(std::uint32_t numerator, std::uint32_t denominator) {
        return choices_.chance(site_, entity_, numerator, denominator);
    }
    /// One of `things`; calm is the first.
    template <class T, std::size_t N>
    [[nodiscard]] T one_of(const T (&things)[N]) {
        return things[below(N)];
    }
    template <class T>
    [[nodiscard]] const T& one_of(const std::vector<T>& things) {
        return things[below(things.size())];
    }
    /// Puts `things` into any order; calm is the order that they are in.
    template <class T>
    void shuffle(std::vector<T>& things) {
        for (std::size_t i = 0; i + 1 < things.size(); ++i) {
            const std::size_t other = i + below(things.size() - i);
            if (other != i) std::swap(things[i], things[other]);
        }
    }

private:
    Choices& choices_;
    Site site_;
    std::uint32_t entity_;
};

}  // namespace decree::sim
