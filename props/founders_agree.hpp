#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/charter.hpp"
#include "core/ids.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// FoundersAgree: a founding record is proposed only when all whom it names were given the same
/// list of founders: that of the record. DECREE core/node/founding.cpp.
///
/// `node` is the first to store `charter`. `given` says which list a node was given, ascending.
[[nodiscard]] std::optional<Violation> founders_agree(
    NodeId node, const Charter& charter,
    const std::function<const std::vector<std::string>&(NodeId)>& given);

}  // namespace decree::props
