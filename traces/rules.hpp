#pragma once

/// Every rule in words, and where it comes from.

#include <string>
#include <string_view>

#include "core/rule.hpp"

namespace decree::traces {

/// One rule for people. A rule without an entry does not compile (rules.cpp).
struct RuleText {
    Rule rule{};
    /// What the node does, its name being the subject: "promises ballot {ballot} to {peer}".
    /// {peer}, {ballot} and {slot} stand for what the rule was about.
    std::string_view sentence;
    std::string_view paper;    ///< A key of papers/README.md.
    std::string_view section;  ///< Of that paper.
};

[[nodiscard]] const RuleText& text_of(Rule rule);

/// "N3" in simulations, where nodes are numbered from 1; of real nodes, whose ids are random, how
/// their name begins.
[[nodiscard]] std::string node_words(NodeId node);
/// "2.1", or "2.x7k2m": round and node; "none" for Ballot{}.
[[nodiscard]] std::string ballot_name(Ballot ballot);

/// The sentence with its places filled in.
[[nodiscard]] std::string say(const RuleTaken& taken);
/// The same with other words for the peer.
[[nodiscard]] std::string say(const RuleTaken& taken, const std::string& peer);
/// "PMS 2.2 Phase 1(b)".
[[nodiscard]] std::string source_of(Rule rule);

/// Whether the rule is one of those that every heartbeat and every write takes: left out of
/// pictures, and of short accounts.
[[nodiscard]] bool is_routine(Rule rule);

}  // namespace decree::traces
