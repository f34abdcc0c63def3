#pragma once

/// What people type behind decree-sim, read strictly: a wrong argument gets one line that says what
/// is wrong, where, and how to mend it.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace decree::sim {

/// The greatest seed: every seed can be counted, and written as JSON.
inline constexpr std::uint64_t last_seed = 0x7FFF'FFFF'FFFF'FFFEU;

/// The seeds from first to last, both included.
struct SeedRange {
    std::uint64_t first = 1;
    std::uint64_t last = last_seed;
    bool operator==(const SeedRange&) const = default;
};

/// One of `count` parts of the seeds: those that leave the remainder of `index` by `count`, so that
/// machines share out a range without talking. 1 <= index <= count.
struct Shard {
    std::uint64_t index = 1;
    std::uint64_t count = 1;
    bool operator==(const Shard&) const = default;
};

/// What was read, or one line for a person.
template <class T>
using Parsed = std::expected<T, std::string>;

/// A number of decimal digits alone, from `least` to `most`. `option` is named in the message.
[[nodiscard]] Parsed<std::uint64_t> parse_number(std::string_view option, std::string_view text,
                                                 std::uint64_t least, std::uint64_t most);

/// "1000" (the seeds 1 to 1000) or "5..10" (those six).
[[nodiscard]] Parsed<SeedRange> parse_seeds(std::string_view text);

/// "60s", "10m", "2h" or "500ms", in milliseconds; from 1 ms to 1,000 h.
[[nodiscard]] Parsed<std::uint64_t> parse_duration(std::string_view option, std::string_view text);

/// "2/8": part 2 of 8.
[[nodiscard]] Parsed<Shard> parse_shard(std::string_view text);

/// The seeds of a range that belong to a shard, by their number in order, from 0.
class SeedList {
public:
    SeedList(SeedRange range, Shard shard);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// REQUIRES: number < size().
    [[nodiscard]] std::uint64_t operator[](std::uint64_t number) const;

private:
    std::uint64_t first_ = 0;
    std::uint64_t stride_ = 1;
    std::uint64_t size_ = 0;
};

}  // namespace decree::sim
