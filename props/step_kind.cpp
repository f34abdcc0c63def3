#include "props/step_kind.hpp"

#include <type_traits>
#include <variant>

#include "core/reflect.hpp"

namespace decree::props {

std::string step_kind(const Event& event) {
    const auto name = [](const auto& alternative) {
        return std::string(reflect::type_name<std::decay_t<decltype(alternative)>>);
    };
    std::string kind = std::visit(name, event.what);
    if (const auto* const received = std::get_if<Received>(&event.what)) {
        kind += " " + std::visit(name, received->message);
    }
    return kind;
}

}  // namespace decree::props
