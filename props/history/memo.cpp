#include "props/history/memo.hpp"

#include <algorithm>

#include "core/hash.hpp"

namespace decree::history {

namespace {

constexpr std::uint32_t none = ~std::uint32_t{0};

std::uint64_t digest(std::uint32_t step, std::uint32_t state, Memo::Words open) {
    std::uint64_t sum = mix(step, state);
    for (const std::uint64_t word : open) sum = mix(sum, word);
    return sum;
}

}  // namespace

Memo::Memo(std::size_t open_words, std::size_t spent_words)
    : open_words_(open_words), spent_words_(spent_words), table_(64) {}

bool Memo::add(std::uint32_t step, std::uint32_t state, Words open, Words spent) {
    if (2 * (places_.size() + 1) > table_.size()) make_room();
    const std::size_t mask = table_.size() - 1;
    std::size_t at = digest(step, state, open) & mask;
    while (table_[at] != 0 && !is_at(table_[at] - 1, step, state, open)) at = (at + 1) & mask;
    if (table_[at] == 0) {
        places_.push_back({step, state, none});
        open_.insert(open_.end(), open.begin(), open.end());
        table_[at] = static_cast<std::uint32_t>(places_.size());
    }
    Place& place = places_[table_[at] - 1];
    if (spent_less(place.newest, spent)) return false;
    next_.push_back(place.newest);
    spent_.insert(spent_.end(), spent.begin(), spent.end());
    place.newest = static_cast<std::uint32_t>(next_.size() - 1);
    return true;
}

std::uint64_t Memo::bytes() const {
    return table_.capacity() * sizeof(std::uint32_t) + places_.capacity() * sizeof(Place) +
           next_.capacity() * sizeof(std::uint32_t) +
           (open_.capacity() + spent_.capacity()) * sizeof(std::uint64_t);
}

bool Memo::is_at(std::size_t place, std::uint32_t step, std::uint32_t state, Words open) const {
    return places_[place].step == step && places_[place].state == state &&
           std::ranges::equal(open, Words(open_).subspan(place * open_words_, open_words_));
}

// Whether one of the sets from `first` on is a part of `spent`.
bool Memo::spent_less(std::uint32_t first, Words spent) const {
    for (std::uint32_t i = first; i != none; i = next_[i]) {
        const Words known = Words(spent_).subspan(i * spent_words_, spent_words_);
        const auto is_part = [](std::uint64_t part, std::uint64_t whole) {
            return (part & ~whole) == 0;
        };
        if (std::ranges::equal(known, spent, is_part)) return true;
    }
    return false;
}

void Memo::make_room() {
    table_.assign(2 * table_.size(), 0);
    const std::size_t mask = table_.size() - 1;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const Words open = Words(open_).subspan(i * open_words_, open_words_);
        std::size_t at = digest(places_[i].step, places_[i].state, open) & mask;
        while (table_[at] != 0) at = (at + 1) & mask;
        table_[at] = static_cast<std::uint32_t>(i + 1);
    }
}

}  // namespace decree::history
