#pragma once

/// Clients as a scenario names them, what they asked, and what they were told.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/request.hpp"
#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

/// A command that a client gave, perhaps several times; or a read.
struct Question {
    ClientNumber client{};
    std::uint64_t number{};  ///< Unique in the run, from 0: the operation, and the tag.
    bool reads = false;
    CommandText command;            ///< Of no read.
    RequestId id;                   ///< Of no read.
    bool answered = false;          ///< Since it was asked last.
    std::optional<Outcome> told;    ///< What it was told last, if anything.
    std::vector<CommandText> seen;  ///< By a read.
};

class Clients {
public:
    /// The client gives the command: the question, new or asked again.
    Question& submit(ClientNumber client, const CommandText& command);
    /// The client asks to read.
    Question& read(ClientNumber client);

    /// The question of that number. REQUIRES: it was asked.
    [[nodiscard]] Question& at(std::uint64_t number);
    /// The command that the client gave; nullptr: it never did.
    [[nodiscard]] const Question* find(ClientNumber client, const CommandText& command) const;
    /// The last read of the client; nullptr: there is none.
    [[nodiscard]] const Question* last_read(ClientNumber client) const;
    [[nodiscard]] const std::vector<Question>& all() const { return all_; }

private:
    std::vector<Question> all_;
};

/// The connection of a client: one for all its life, to whichever node.
[[nodiscard]] constexpr ClientId connection_of(ClientNumber client) { return ClientId{client}; }

/// Clients are origins: numbered apart from nodes.
[[nodiscard]] constexpr NodeId origin_of_client(ClientNumber client) {
    constexpr std::uint64_t beyond_nodes = 100'000;
    return NodeId{beyond_nodes + client};
}

}  // namespace decree::sim::scenario
