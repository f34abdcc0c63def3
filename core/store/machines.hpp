#pragma once

/// The applications, by what tells them apart.

#include <memory>
#include <optional>
#include <string>

#include "core/options.hpp"
#include "core/state_machine.hpp"
#include "core/store/settings.hpp"

namespace decree {

/// A store with these settings, or a CommandLog where there are none; nothing is applied yet.
/// REQUIRES: settings that are not bad_settings().
[[nodiscard]] std::unique_ptr<StateMachine> make_machine(
    const Settings& cluster, const std::optional<store::StoreSettings>& store);

/// Why such a store cannot be in such a cluster, for a person: what it allows to be written would
/// not fit into a command. Nothing when it can.
[[nodiscard]] std::optional<std::string> bad_store(const Settings& cluster,
                                                   const store::StoreSettings& store);

}  // namespace decree
