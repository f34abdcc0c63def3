#pragma once

/// When the end of a leader's turn waits for more to come.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/ids.hpp"

namespace decree::net {

/// What ends with one turn shares a slot, a sync and a message to each peer. While clients keep
/// asking, many of them at once, that is worth more than beginning at once: their requests come one
/// behind the other, since each is read, and was sent, on its own. Whoever asks alone waits for
/// nobody; and a turn ends at once in which a read is asked for, or something is to be executed.
class Gathering {
public:
    /// Microseconds without a request after which no more is awaited.
    static constexpr std::uint64_t silence = 50;
    /// The longest that a turn stays open.
    static constexpr std::uint64_t longest = 1'000;

    /// So many requests have come.
    void came(std::size_t requests, Time now) {
        if (requests == 0) return;
        if (count_ == 0) first_ = now;
        count_ += requests;
        last_ = now;
    }
    /// Something has come that must not wait.
    void hurry() { hurries_ = true; }
    /// The turn should stay open until then; Time{}: it may end.
    [[nodiscard]] Time open_until() const {
        const bool alone = count_ < 2 && before_ < 2;
        if (hurries_ || count_ == 0 || alone) return Time{};
        return std::min(first_ + longest, last_ + silence);
    }
    void ended() {
        if (count_ > 0) before_ = std::exchange(count_, 0);
        hurries_ = false;
    }

private:
    std::size_t count_ = 0;   // Requests of this turn.
    std::size_t before_ = 0;  // Of the one before that had any.
    bool hurries_ = false;
    Time first_;  // When they came.
    Time last_;
};

}  // namespace decree::net
