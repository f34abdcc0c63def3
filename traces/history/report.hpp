#pragma once

/// What was found about a history, for people and for programs.

#include <string>

#include "props/history/check.hpp"
#include "props/history/history.hpp"
#include "props/history/model.hpp"

namespace decree::traces {

/// What was judged.
struct JudgedHistory {
    const std::string* file{};
    const history::Model* model{};
    const history::History* history{};
};

/// The verdict; of a history that is not linearizable also the shortest prefix that fails, and the
/// two calls that contradict each other. REQUIRES: there is a verdict.
[[nodiscard]] std::string to_text(const JudgedHistory& judged, const history::Report& report);

/// One line. Without a verdict, `linearizable` is null.
[[nodiscard]] std::string to_json(const JudgedHistory& judged, const history::Report& report);

/// Why there is no verdict, and what to do: one line. REQUIRES: there is none.
[[nodiscard]] std::string why_no_verdict(const JudgedHistory& judged, const history::Report& report,
                                         const history::Limits& limits);

}  // namespace decree::traces
