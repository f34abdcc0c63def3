#include "core/store/ordered.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/store/tree.hpp"

namespace decree::store {
namespace {

struct Pair {
    std::uint32_t key{};
    std::uint64_t value{};
};
struct Sums {
    std::uint64_t sum = 0;
    std::uint64_t least = ~std::uint64_t{0};
    friend Sums operator+(Sums a, Sums b) {
        return {.sum = a.sum + b.sum, .least = std::min(a.least, b.least)};
    }
};
struct PairOrder {
    using Key = std::uint32_t;
    using Measure = Sums;
    static Key key(const Pair& pair) { return pair.key; }
    static Measure measure(const Pair& pair) { return {.sum = pair.value, .least = pair.value}; }
};
// Tells some keys from each other, and some not.
struct HintedOrder : PairOrder {
    static std::uint64_t hint(Key key) { return key / 4; }
};
// Measures that can be taken apart, too.
struct Sum {
    std::uint64_t sum = 0;
    friend Sum operator+(Sum a, Sum b) { return {.sum = a.sum + b.sum}; }
    friend Sum operator-(Sum a, Sum b) { return {.sum = a.sum - b.sum}; }
};
struct SumOrder : PairOrder {
    using Measure = Sum;
    static Measure measure(const Pair& pair) { return {.sum = pair.value}; }
};
using Plain = std::map<std::uint32_t, std::uint64_t>;

template <class Map>
void same_least(const Map& map, const Plain& plain, std::uint64_t sought) {
    const Pair* least = map.first_that([&](const Sums& s) { return s.least <= sought; });
    const auto first =
        std::ranges::find_if(plain, [&](const auto& p) { return p.second <= sought; });
    RC_ASSERT((least == nullptr) == (first == plain.end()));
    if (least != nullptr) RC_ASSERT(least->key == first->first);
}

template <class Map>
void same(const Map& map, const Plain& plain) {
    RC_ASSERT(map.size() == plain.size());
    std::size_t index = 0;
    Sums sums;
    for (const auto& [key, value] : plain) {
        RC_ASSERT(map[index].key == key);
        RC_ASSERT(map[index].value == value);
        RC_ASSERT(map.find(key)->value == value);
        RC_ASSERT(map.rank(key) == index);
        const auto place = map.seek([&](const auto& s) { return s.sum > sums.sum; });
        RC_ASSERT(place.before.sum == sums.sum);
        sums = sums + Sums{.sum = value, .least = value};
        ++index;
    }
    RC_ASSERT(map.measure().sum == sums.sum);
    if constexpr (requires { map.measure().least; }) {
        RC_ASSERT(map.measure().least == sums.least);
        same_least(map, plain, sums.least);
    }
    std::size_t visited = 0;
    map.visit(index / 2, [&](const Pair& pair) {
        RC_ASSERT(pair.key == map[index / 2 + visited].key);
        ++visited;
        return true;
    });
    RC_ASSERT(visited == index - index / 2);
}

template <class Map>
void take(const std::vector<std::uint16_t>& steps) {
    Map map;
    Plain plain;
    std::vector<std::pair<Map, Plain>> copies;
    for (const std::uint16_t step : steps) {
        const std::uint32_t key = step % 61;
        if (step % 5 == 0) copies.emplace_back(map, plain);
        if (step % 3 == 0) {
            RC_ASSERT(map.erase(key) == (plain.erase(key) > 0));
        } else if (step % 17 == 0 && !plain.empty()) {
            map.pop_front();
            plain.erase(plain.begin());
        } else if (step % 7 == 0) {
            const bool there = map.change(key, [&](Pair& pair) { pair.value = step; });
            RC_ASSERT(there == plain.contains(key));
            if (there) plain[key] = step;
        } else {
            map.put({.key = key, .value = step});
            plain[key] = step;
        }
        RC_ASSERT((map.find(key) == nullptr) == !plain.contains(key));
    }
    same(map, plain);
    for (const auto& [copy, was] : copies) same(copy, was);
}

/// Goal: a map that shares structure with its copies holds what a plain map holds, and so do all
/// copies that were taken of it before it changed; with hints, and without.
/// Method: random puts, changes and erasures, copies in between; all compared at the end, and on
/// the way.
RC_GTEST_PROP(OrderedProperty, ItsCopiesArePlainMaps, (const std::vector<std::uint16_t>& steps)) {
    take<Ordered<Pair, PairOrder>>(steps);
    take<Ordered<Pair, HintedOrder>>(steps);
    take<Ordered<Pair, SumOrder>>(steps);
}

struct HeldOrder {
    using Key = int;
    struct Measure {
        friend Measure operator+(Measure, Measure) { return {}; }
    };
    static Key key(const std::shared_ptr<int>& held) { return *held; }
    static Measure measure(const std::shared_ptr<int>&) { return {}; }
};

/// Goal: a map that is wanted no more is freed bit by bit: never more at once than was said, in the
/// end all that nobody else holds; copies of it are what they were.
/// Method: a map and a copy that shares a part of it; who holds each entry, after each bit.
RC_GTEST_PROP(OrderedProperty, IsTakenApart, (const std::vector<std::uint8_t>& bits)) {
    constexpr int size = 200;
    Ordered<std::shared_ptr<int>, HeldOrder> map;
    std::vector<std::weak_ptr<int>> entries;
    for (int i = 0; i < size; ++i) {
        auto entry = std::make_shared<int>(i * 7 % size);
        entries.emplace_back(entry);
        map.put(std::move(entry));
    }
    auto copy = map;
    for (int i = 0; i < size / 2; ++i) copy.erase(i);
    const auto held = [&] {
        return std::ranges::count_if(entries, [](const auto& entry) { return !entry.expired(); });
    };
    const auto keep_all = [](const std::shared_ptr<int>&, std::size_t&) { return true; };
    for (const std::uint8_t bit : bits) {
        const auto before = held();
        std::size_t most = bit % 9;
        map.take_apart(most, keep_all);
        RC_ASSERT(before - held() <= bit % 9);
    }
    std::size_t all = size;
    map.take_apart(all, keep_all);
    RC_ASSERT(map.empty());
    RC_ASSERT(held() == size / 2);
    for (int i = 0; i < size / 2; ++i)
        RC_ASSERT(*copy[static_cast<std::size_t>(i)] == i + size / 2);
}

/// Goal: what nodes keep of names is in the order of the names.
/// Method: random names, often with the same beginning, of all bytes.
RC_GTEST_PROP(OrderedProperty, HintsAreInOrder,
              (const std::string& begin, const std::string& a, const std::string& b)) {
    for (const std::string& first : {begin + a, a, begin}) {
        for (const std::string& second : {begin + b, b, begin}) {
            if (first <= second) RC_ASSERT(ItemOrder::hint(first) <= ItemOrder::hint(second));
        }
    }
}

// How many nodes lie on the way to an entry, at most: counted by the comparisons of find().
struct Counted32 {
    std::uint32_t key{};
    std::size_t* compared{};
    friend bool operator<(const Counted32& a, const Counted32& b) {
        if (a.compared != nullptr) ++*a.compared;
        if (b.compared != nullptr) ++*b.compared;
        return a.key < b.key;
    }
};
struct CountedOrder {
    using Key = Counted32;
    struct Measure {
        friend Measure operator+(Measure, Measure) { return {}; }
    };
    static Key key(const Pair& pair) { return {.key = pair.key, .compared = nullptr}; }
    static Measure measure(const Pair&) { return {}; }
};

/// Goal: no order of puts and erasures makes a map deep: O(log n) is a bound, not a hope.
/// Method: ascending, descending and alternating keys, then half of them erased; two comparisons a
/// level, at most 1 / log2(4 / 3) levels for each doubling.
TEST(Ordered, StaysShallow) {
    for (const int way : {0, 1, 2}) {
        std::size_t unused = 0;
        Ordered<Pair, CountedOrder> map;
        constexpr std::uint32_t count = 20'000;
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t alternating = i % 2 == 0 ? i : 2 * count - i;
            const std::uint32_t key = way == 0 ? i : way == 1 ? count - i : alternating;
            map.put({.key = key, .value = 0});
        }
        for (std::uint32_t i = 0; i < count / 2; ++i) map.erase({.key = i, .compared = &unused});
        std::size_t deepest = 0;
        for (std::size_t i = 0; i < map.size(); ++i) {
            std::size_t compared = 0;
            static_cast<void>(map.find({.key = map[i].key, .compared = &compared}));
            deepest = std::max(deepest, compared);
        }
        const double levels = std::log2(static_cast<double>(map.size()) + 1) / std::log2(4.0 / 3.0);
        EXPECT_LE(static_cast<double>(deepest), 2 * levels + 2) << way;
    }
}

}  // namespace
}  // namespace decree::store
