#pragma once

/// The founding record: who founded a cluster, and what every replica's state depends on.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/value.hpp"

namespace decree {

/// Raised when a record's fields change their meaning. An unknown version is refused.
inline constexpr std::uint32_t charter_version = 1;
/// The longest address of a founder.
inline constexpr std::size_t max_address_bytes = 512;

/// Who answered at a listed address when the cluster was founded.
struct Founder {
    std::string address;
    NodeId node;
    bool operator==(const Founder&) const = default;
};

/// What makes a cluster this one. Each of its founders stores the same one, and never another; the
/// cluster exists when all have. Whoever joins later keeps a copy.
struct Charter {
    std::uint32_t version = charter_version;
    ClusterId cluster;              ///< Drawn by whoever proposed the record.
    std::vector<Founder> founders;  ///< Ascending by address; no address and no node twice.
    Settings settings;              ///< Its first voters are the founders.
    Value machine;                  ///< The state machine's own settings, in its own form.
    bool operator==(const Charter&) const = default;
};

/// Why this cannot be a founding record, for a person; nothing when it can.
[[nodiscard]] std::optional<std::string> bad_charter(const Charter& charter);

/// The ids of all who founded.
[[nodiscard]] Voters founders_of(const Charter& charter);
/// Their addresses, ascending.
[[nodiscard]] std::vector<std::string> addresses_of(const Charter& charter);

/// A list of founders as it is compared: ascending, each once. The order in which it was given, and
/// whether an address was given twice, are of no matter.
[[nodiscard]] std::vector<std::string> ordered(std::vector<std::string> addresses);

/// The names of the settings in which `given` differs from the cluster's; voters are no such thing.
[[nodiscard]] std::vector<std::string> overruled(const Settings& given, const Settings& cluster);

}  // namespace decree
