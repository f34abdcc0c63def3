#include "net/duration.hpp"

#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace decree::net {
namespace {

constexpr std::uint64_t longest = 1'000ULL * 24 * 3'600 * 1'000'000;

// Longer names first, where one begins another.
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> units{{
    {"us", 1},
    {"ms", 1'000},
    {"s", 1'000'000},
    {"m", 60'000'000},
    {"h", 3'600'000'000},
}};

}  // namespace

std::optional<std::uint64_t> parse_duration(std::string_view text) {
    if (text == "0") return 0;
    std::uint64_t sum = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || number > longest) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        std::uint64_t unit_us = 0;
        for (const auto& [name, microseconds] : units) {
            if (!text.starts_with(name)) continue;
            unit_us = microseconds;
            text.remove_prefix(name.size());
            break;
        }
        if (unit_us == 0 || number > longest / unit_us) return std::nullopt;
        sum += number * unit_us;
        if (sum > longest) return std::nullopt;
    }
    return sum;
}

std::string to_duration_text(std::uint64_t microseconds) {
    if (microseconds == 0) return "0s";  // It is round in every unit.
    const auto* best = &units.front();
    for (const auto& unit : units) {
        if (microseconds % unit.second == 0 && unit.second > best->second) best = &unit;
    }
    return fmt::format("{}{}", microseconds / best->second, best->first);
}

}  // namespace decree::net
