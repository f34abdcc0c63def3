#pragma once

/// What the verbs mean: requests as words of the store, and what the store says as responses.

#include <cstdint>
#include <optional>

#include "core/store/answer.hpp"
#include "core/store/command.hpp"
#include "core/store/event.hpp"
#include "core/store/query.hpp"
#include "core/store/settings.hpp"
#include "net/doozer.hpp"

namespace decree::net {

/// None: nobody answers to that number.
[[nodiscard]] std::optional<Verb> known_verb(std::int32_t number);

/// What a client must be allowed to do before it may say a verb.
enum class Right : std::uint8_t { None, Read, Write };
[[nodiscard]] Right needed_right(Verb verb);
/// The same, but that CONFIGURE which names no setting only tells them.
[[nodiscard]] Right needed_right(Verb verb, const Request& request);
/// Whether it becomes a command for the log.
[[nodiscard]] inline bool is_command(Verb verb) { return needed_right(verb) == Right::Write; }

/// Whether something is missing that the verb cannot do without.
[[nodiscard]] bool lacks_argument(Verb verb, const Request& request);

/// `present`: the cluster's settings, of which CONFIGURE changes some. REQUIRES: is_command(verb),
/// and nothing is missing.
[[nodiscard]] store::StoreCommand to_command(Verb verb, Request request,
                                             const store::StoreSettings& present);
/// Of the verbs that read. REQUIRES: nothing is missing.
[[nodiscard]] store::StoreQuery to_query(Verb verb, Request request);

// Responses, beside the tag.

[[nodiscard]] Response to_response(Verb verb, const store::CommandAnswer& answer);
[[nodiscard]] Response to_response(Verb verb, const store::QueryAnswer& answer);
/// Of WAIT; of WATCH with the group.
[[nodiscard]] Response to_response(Verb verb, const store::Event& event);
[[nodiscard]] Response to_response(const store::Refusal& refusal);

}  // namespace decree::net
