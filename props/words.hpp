#pragma once

/// Sentences for people, made only when something is wrong.

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/ids.hpp"
#include "core/print.hpp"
#include "core/value.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// What a slot holds: `no-op`; the texts of a batch for the log of texts, as `X+Y`; else its bytes,
/// described.
[[nodiscard]] std::string value_in_words(const Value& value);

/// Puts the parts together: texts as they are, nodes as N1, everything else as it describes itself.
template <class... Part>
[[nodiscard]] std::string words(const Part&... parts) {
    std::string out;
    const auto add = [&out](const auto& part) {
        using T = std::decay_t<decltype(part)>;
        if constexpr (std::convertible_to<T, std::string_view>) {
            out += std::string_view(part);
        } else if constexpr (std::is_same_v<T, NodeId>) {
            out += "N" + std::to_string(part.value);
        } else if constexpr (std::is_same_v<T, Value>) {
            out += value_in_words(part);
        } else {
            out += describe(part);
        }
    };
    (add(parts), ...);
    return out;
}

/// A violation of `property`. `kind`: what kind of thing broke it, without numbers; it becomes part
/// of the signature, to which the checker adds the kind of the step.
[[nodiscard]] inline Violation violated(std::string_view property, std::string_view kind,
                                        std::string details) {
    return {.property = std::string(property),
            .details = std::move(details),
            .signature = std::string(kind)};
}

}  // namespace decree::props
