#pragma once

/// The applications, by what tells them apart.

#include <memory>
#include <optional>

#include "core/options.hpp"
#include "core/state_machine.hpp"
#include "core/store/settings.hpp"

namespace decree {

/// A store with these settings, or a CommandLog where there are none; nothing is applied yet.
/// REQUIRES: settings that are not bad_settings().
[[nodiscard]] std::unique_ptr<StateMachine> make_machine(
    const Settings& cluster, const std::optional<store::StoreSettings>& store);

}  // namespace decree
