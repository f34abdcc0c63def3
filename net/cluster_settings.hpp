#pragma once

/// The settings of a cluster that are numbers, by name: as they stand on command lines and in
/// requests.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/store/settings.hpp"
#include "net/doozer.hpp"

namespace decree::net {

/// All of them, and what they are.
[[nodiscard]] std::vector<std::pair<std::string_view, std::uint64_t>> named_settings(
    const store::StoreSettings& settings);

/// Changes one; false when none has that name. A number that cannot be is taken as well:
/// store::bad_settings() says what is wrong. REQUIRES: name and number are there.
[[nodiscard]] bool change_setting(store::StoreSettings& settings, const SettingField& field);

/// Why nodes could not make themselves known below /ctl with such settings, for a person; nothing
/// when they can.
[[nodiscard]] std::optional<std::string> too_small(const store::StoreSettings& settings);

/// "NAME=N". Fails with a line that says what may be written.
[[nodiscard]] std::expected<SettingField, std::string> parse_setting(const std::string& text);
/// Several, each with a name of its own; or the same.
[[nodiscard]] std::expected<std::vector<SettingField>, std::string> parse_settings(
    const std::vector<std::string>& texts);

}  // namespace decree::net
