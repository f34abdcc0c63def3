#pragma once

/// Is a whole history linearizable, and if not, since when and why?

#include <cstdint>
#include <optional>
#include <string>

#include "props/history/blame.hpp"
#include "props/history/history.hpp"
#include "props/history/model.hpp"
#include "props/history/search.hpp"

namespace decree::history {

/// What became of a history.
struct Report {
    Verdict verdict{};
    std::uint64_t keys{};       ///< Objects that anybody asked something of.
    std::uint64_t witnessed{};  ///< Of these, judged by their revisions, without a search.
    std::uint64_t states{};     ///< Configurations visited by all searches that judged.
    /// Where and why it fails. There is one when the verdict is NotLinearizable.
    std::optional<Contradiction> contradiction;
    /// An object that was too hard to judge, if any. Another one may have failed nevertheless.
    std::optional<std::string> unjudged;
};

/// Judges each object by itself, by its witness if it has one, else by a search.
/// The limits are those of each search.
[[nodiscard]] Report check(const History& history, const Model& model, const Limits& limits = {},
                           Watcher* watcher = nullptr);

}  // namespace decree::history
