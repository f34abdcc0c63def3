#pragma once

/// How far a campaign is: for a person who waits, and for the call that goes on where this one
/// ends.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "sim/fuzz.hpp"

namespace decree::sim {

/// "1234567" with commas between thousands.
[[nodiscard]] std::string with_commas(std::uint64_t number);
/// A number in at most four digits and a letter: "950", "12.3 k", "4.56 M".
[[nodiscard]] std::string short_number(std::uint64_t number);
/// "850 ms", "12 s", "3 min 05 s", "2 h 05 min", "3 d 02 h".
[[nodiscard]] std::string duration_text(std::uint64_t milliseconds);

/// `count` per second of `elapsed_ms`.
[[nodiscard]] std::uint64_t per_second(std::uint64_t count, std::uint64_t elapsed_ms);

/// One line, without its end.
[[nodiscard]] std::string progress_line(const FuzzProgress& progress);

/// Writes progress lines to standard error: in place twice a second on a terminal, else as lines of
/// their own every ten seconds.
class ProgressLine {
public:
    ProgressLine();
    void show(const FuzzProgress& progress);
    /// Takes the line away, if one stands there.
    void clear();

private:
    bool terminal_;
    bool shown_ = false;
    std::uint64_t next_ms_;
};

/// What DIR/progress.json holds.
struct SavedProgress {
    std::string profile;
    std::uint64_t nodes{};  ///< 0: as drawn.
    std::uint64_t build{};  ///< XXH3 of the program that made the runs.
    SeedRange seeds;
    Shard shard;
    ChunkSet done;
    FailureGroups failures;
    bool operator==(const SavedProgress&) const = default;
};

[[nodiscard]] std::string to_json(const SavedProgress& saved);
/// The error says what is wrong with the text.
[[nodiscard]] std::expected<SavedProgress, std::string> read_progress(std::string_view text);

}  // namespace decree::sim
