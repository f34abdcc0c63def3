#include "props/only_members_take_part.hpp"

#include <variant>

#include "core/reflect.hpp"
#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> only_members_take_part(NodeId node, const Message& message) {
    if (std::holds_alternative<FoundingWord>(message)) return std::nullopt;
    const std::string_view kind = std::visit(
        [](const auto& each) { return reflect::type_name<std::decay_t<decltype(each)>>; }, message);
    return violated("OnlyMembersTakePart", kind,
                    words(node, " is no member of a cluster yet, and sends a ", kind));
}

}  // namespace decree::props
