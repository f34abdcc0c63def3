#pragma once

/// What a node is to its cluster at present, for the people who run it.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/node/node.hpp"
#include "core/store/state.hpp"

namespace decree::net {

enum class Standing : std::uint8_t {
    Founding,    ///< No cluster yet: it waits for the other founders.
    Joining,     ///< No cluster yet: it looks for a member of one.
    CatchingUp,  ///< A member that does not vote, and has not everything yet.
    Learner,     ///< It has everything, and no vote.
    Voter,
    Removed,  ///< Its slot was taken away: it gets none again unless it is named.
};
[[nodiscard]] Standing standing_of(const Node& node, const store::State& state);
[[nodiscard]] std::string_view to_text(Standing standing);

/// What a node waits for, in sentences: nothing, if all is well with it. `connected`: whether there
/// is a link to a node.
[[nodiscard]] std::vector<std::string> waits_for(const Node& node, const store::State& state,
                                                 const std::function<bool(NodeId)>& connected);

/// Says in the log what a node is and what it waits for: once, and again when that has changed and
/// stays so.
class Narrator {
public:
    void look(Time now, const Node& node, const store::State& state,
              const std::function<bool(NodeId)>& connected);

private:
    Time next_look_{};
    std::vector<std::string> seen_;
    std::vector<std::string> said_;
};

}  // namespace decree::net
