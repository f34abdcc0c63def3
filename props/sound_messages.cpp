#include "props/sound_messages.hpp"

#include "props/step_kind.hpp"
#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> sound_messages(NodeId node, std::uint64_t refused, std::uint64_t nonsense,
                                        const Event& event) {
    if (refused <= nonsense) return std::nullopt;
    return Violation{.property = "SoundMessages",
                     .details = words(node, " refuses a message that another node sent"),
                     .signature = "SoundMessages: refused at " + step_kind(event)};
}

}  // namespace decree::props
