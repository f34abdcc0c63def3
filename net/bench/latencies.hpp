#pragma once

/// How long many things took.

#include <cstdint>
#include <vector>

namespace decree::net {

/// Counts durations in buckets of equal relative width: what comes out is at most 1/128 above what
/// went in, however many there were.
class Latencies {
public:
    void add(std::uint64_t nanoseconds);
    /// No more than this share (of 1) took longer than the result; 0 of nothing.
    [[nodiscard]] std::uint64_t quantile(double share) const;
    [[nodiscard]] std::uint64_t largest() const { return largest_; }
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::uint64_t largest_ = 0;
};

}  // namespace decree::net
