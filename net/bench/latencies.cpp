#include "net/bench/latencies.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace decree::net {
namespace {

// Buckets from one power of two to the next.
constexpr unsigned fine_bits = 7;
constexpr std::uint64_t fine = std::uint64_t{1} << fine_bits;

unsigned shift_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    return width <= fine_bits + 1 ? 0 : width - fine_bits - 1;
}

// Below 2 * fine each value has its own; then each power of two has `fine` of them.
std::size_t bucket_of(std::uint64_t value) {
    const unsigned shift = shift_of(value);
    return shift * fine + (value >> shift);
}

std::uint64_t last_in(std::size_t bucket) {
    if (bucket < 2 * fine) return bucket;
    const std::uint64_t shift = bucket / fine - 1;
    return ((bucket - shift * fine + 1) << shift) - 1;
}

}  // namespace

void Latencies::add(std::uint64_t nanoseconds) {
    const std::size_t bucket = bucket_of(nanoseconds);
    if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
    ++buckets_[bucket];
    ++count_;
    largest_ = std::max(largest_, nanoseconds);
}

std::uint64_t Latencies::quantile(double share) const {
    const double wanted = std::ceil(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen > 0 && static_cast<double>(seen) >= wanted) return std::min(last_in(i), largest_);
    }
    return largest_;
}

}  // namespace decree::net
