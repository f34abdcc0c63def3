#pragma once

#include <optional>

#include "core/ids.hpp"
#include "core/paxos/message.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// OnlyMembersTakePart: who is no member of a cluster yet says nothing but how far it is with
/// founding one: it promises nothing, votes for nothing, and answers nobody. DECREE
/// core/node/founding.cpp.
///
/// `node`, which is no member, says `message`.
[[nodiscard]] std::optional<Violation> only_members_take_part(NodeId node, const Message& message);

}  // namespace decree::props
