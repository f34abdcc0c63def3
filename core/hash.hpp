#pragma once

/// The one hash of the project: XXH3, 64 bits, the same on every machine.

#include <cstdint>

#include "core/value.hpp"

namespace decree {

/// XXH3-64 of `bytes`.
[[nodiscard]] std::uint64_t hash_bytes(Bytes bytes);

/// Stirs `next` into `digest`; order matters.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t digest, std::uint64_t next) {
    std::uint64_t x = (digest ^ next) * 0x9E3779B97F4A7C15U;
    x ^= x >> 32U;
    return x * 0xD6E8FEB86659FD93U + 0x2545F4914F6CDD1DU;
}

}  // namespace decree
