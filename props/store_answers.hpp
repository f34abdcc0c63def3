#pragma once

#include <optional>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/request.hpp"
#include "core/store/history.hpp"
#include "core/value.hpp"
#include "props/ghost/store_model.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// StoreAnswers: what the store answers to a command is what its dumb twin answers. `expected`:
/// nothing where the bytes are no command, which is refused in any words.
[[nodiscard]] std::optional<Violation> answer_is_the_models(
    const RequestId& id, Bytes payload, const Answer& answer,
    const std::optional<store::CommandAnswer>& expected, std::size_t answer_bytes);

/// DenseRevisions: a slot's revisions follow on those before it, each has one event, which is the
/// one that its command makes, the events of a command are a group; and just those revisions can be
/// read that history is to keep. `before`: the last revision before the slot.
[[nodiscard]] std::optional<Violation> revisions_are_dense(Slot slot, store::Revision before,
                                                           const store::History& history,
                                                           const store::model::Model& model);

}  // namespace decree::props
