#include "props/convergence.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> convergence(std::span<const FinalState> core, Slot chosen) {
    constexpr std::string_view property = "Convergence";
    for (const FinalState& member : core) {
        if (member.chosen_through < chosen || member.applied != member.chosen_through) {
            return violated(property, "Behind",
                            words(member.node, " knows slots through ", member.chosen_through,
                                  " chosen and has applied them through ", member.applied,
                                  "; chosen is slot ", chosen));
        }
        if (member.digest != core.front().digest) {
            return violated(property, "Differ",
                            words(member.node, " and ", core.front().node,
                                  " have applied the same slots and are not equal"));
        }
    }
    return std::nullopt;
}

}  // namespace decree::props
