#pragma once

/// Why an event happened.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/rule.hpp"
#include "props/violation.hpp"
#include "traces/format.hpp"
#include "traces/render/narrator.hpp"

namespace decree::traces {

/// What a step changed, in words.
struct StepAccount {
    struct Taken {
        Rule rule{};
        std::string sentence;  ///< Without its subject, the node.
    };
    NodeId node;
    std::string before;
    std::string after;
    std::vector<Taken> rules;
    std::uint64_t journal_at{};
    std::uint64_t journal_bytes{};
    bool starts_segment{};
};

/// An event, and what led to it.
struct Explanation {
    std::string headline;  ///< Of the run.
    std::uint64_t event{};
    bool by_hand{};           ///< Its times say nothing.
    bool asked_for{};         ///< Else it is the violation's step, or the last.
    std::vector<Told> chain;  ///< Ascending; ends with the event.
    std::optional<StepAccount> step;
    std::optional<props::Violation> violation;  ///< Of the run.
};

/// Event number `event` (default: the step or crash that a violation is about, else the last) with
/// the chain of events that caused it; where a value becomes chosen, all its votes. An error names
/// the numbers that there are, or says that the trace does not replay.
[[nodiscard]] std::expected<Explanation, std::string> explain(const Trace& trace,
                                                              std::optional<std::uint64_t> event);

/// For people; for programs.
[[nodiscard]] std::string to_text(const Explanation& explanation);
[[nodiscard]] std::string to_json(const Explanation& explanation);

}  // namespace decree::traces
