#include "sim/arguments.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "core/contract.hpp"

namespace decree::sim {

namespace {

// Digits and nothing else; no sign, no blank, no overflow.
bool read_digits(std::string_view text, std::uint64_t& number) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stop == end && !text.empty();
}

std::unexpected<std::string> wrong(std::string_view option, std::string_view text,
                                   std::string_view why) {
    return std::unexpected(fmt::format("{} {}: {}", option, text, why));
}

}  // namespace

Parsed<std::uint64_t> parse_number(std::string_view option, std::string_view text,
                                   std::uint64_t least, std::uint64_t most) {
    std::uint64_t number = 0;
    if (!read_digits(text, number) || number < least || number > most) {
        return wrong(option, text, fmt::format("write a number from {} to {}", least, most));
    }
    return number;
}

Parsed<SeedRange> parse_seeds(std::string_view text) {
    constexpr std::string_view how =
        "write how many seeds (--seeds 1000), or the first and last "
        "of them (--seeds 5..10)";
    SeedRange range;
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) {
        if (!read_digits(text, range.last) || range.last == 0) return wrong("--seeds", text, how);
    } else if (!read_digits(text.substr(0, dots), range.first) ||
               !read_digits(text.substr(dots + 2), range.last)) {
        return wrong("--seeds", text, how);
    }
    if (range.first > range.last) {
        return wrong(
            "--seeds", text,
            fmt::format("it ends before it begins: write --seeds {}..{}", range.last, range.first));
    }
    if (range.last > last_seed) {
        return wrong("--seeds", text, fmt::format("the greatest seed is {}", last_seed));
    }
    return range;
}

Parsed<std::uint64_t> parse_duration(std::string_view option, std::string_view text) {
    struct Unit {
        std::string_view name;
        std::uint64_t milliseconds;
    };
    constexpr Unit units[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
    constexpr std::uint64_t most = std::uint64_t{1'000} * 3'600'000;
    const std::size_t digits = text.find_first_not_of("0123456789");
    for (const Unit& unit : units) {
        if (digits == std::string_view::npos || text.substr(digits) != unit.name) continue;
        std::uint64_t number = 0;
        if (!read_digits(text.substr(0, digits), number)) break;
        if (number == 0 || number > most / unit.milliseconds) break;
        return number * unit.milliseconds;
    }
    return wrong(option, text,
                 "write a time from 1ms to 1000h with its unit, as in 500ms, 60s, "
                 "10m, 2h");
}

Parsed<Shard> parse_shard(std::string_view text) {
    Shard shard;
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || !read_digits(text.substr(0, slash), shard.index) ||
        !read_digits(text.substr(slash + 1), shard.count) || shard.index == 0 ||
        shard.index > shard.count || shard.count > 1'000'000) {
        return wrong("--shard", text,
                     "write which part of how many, as in 2/8; the parts are 1/8 to 8/8");
    }
    return shard;
}

SeedList::SeedList(SeedRange range, Shard shard) : stride_(shard.count) {
    const std::uint64_t wanted = shard.index % shard.count;
    const std::uint64_t skip = (wanted + shard.count - range.first % shard.count) % shard.count;
    if (skip > range.last - range.first) return;
    first_ = range.first + skip;
    size_ = (range.last - first_) / stride_ + 1;
}

std::uint64_t SeedList::operator[](std::uint64_t number) const {
    ENSURE(number < size_, "only seeds of the list are asked for");
    return first_ + number * stride_;
}

}  // namespace decree::sim
