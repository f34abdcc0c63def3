#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/store/command_log.hpp"
#include "props/ghost/operations.hpp"
#include "props/history/witness.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// Linearizability: every call takes effect at one instant between its invocation and its answer,
/// and answers are those of one copy. Herlihy and Wing: Linearizability, section 2.
///
/// The chosen log is the witness. It gives every command its place, and since answers carry the
/// length and digest of the log of texts, a read shows between which two commands it belongs. What
/// is left to check is that these places respect real time, which takes one pass: no search.
/// Histories that come without a witness are for history/check.hpp, which searches.
using history::Placed;
using history::Point;

/// The length of the log of texts over time.
class LogLengths {
public:
    /// Nothing is executed yet; `digest` is that of no texts.
    void begin(std::uint64_t digest);
    /// The command number `position` was answered `answer`.
    void executed(std::uint64_t position, const LogAnswer& answer);

    /// Between which points the log was `length` long.
    struct Window {
        Point first{};
        Point last{};
        std::uint64_t digest{};
    };
    /// Nothing when the log was never so long. `executed`: how many commands were.
    [[nodiscard]] std::optional<Window> window(std::uint64_t length, std::uint64_t executed) const;
    [[nodiscard]] bool begun() const { return !lengths_.empty(); }

private:
    struct Length {
        std::uint64_t position{};  // The command that made it so long.
        std::uint64_t digest{};
    };
    std::vector<Length> lengths_;  // By length.
};

/// A command was answered `told`: it has a place, that is after all that had been answered when it
/// was asked, and the answer is the reference's. REQUIRES: it was executed.
[[nodiscard]] std::optional<Violation> command_in_order(const Operation& operation,
                                                        const Answer& told);

/// What a read saw, as a point in the order: at least `operation.floor`. The violation when there
/// is no such point.
struct ReadVerdict {
    Point point{};
    std::optional<Violation> violation;
};
[[nodiscard]] ReadVerdict read_in_order(const Operation& operation, const LogAnswer& told,
                                        const LogLengths& lengths, std::uint64_t executed);

/// The whole history at once, told independently of the checks above.
[[nodiscard]] std::optional<Violation> linearizability(std::span<const Placed> calls);

}  // namespace decree::props
