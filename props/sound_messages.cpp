#include "props/sound_messages.hpp"

#include "props/step_kind.hpp"
#include "props/words.hpp"

namespace decree::props {

Violation message_refused(NodeId node, const Event& event) {
    return Violation{.property = "SoundMessages",
                     .details = words(node, " refuses a message that another node sent"),
                     .signature = "SoundMessages: refused at " + step_kind(event)};
}

}  // namespace decree::props
