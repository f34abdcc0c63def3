#include "net/cluster_settings.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>
#include <type_traits>

#include <fmt/format.h>

namespace decree::net {
namespace {

// Calls `visit(name, number)` for each; `settings` may be const.
template <class Settings, class F>
void for_each_setting(Settings& settings, F visit) {
    visit("history", settings.history);
    visit("history-bytes", settings.history_bytes);
    visit("shortest-session-us", settings.shortest_session_us);
    visit("longest-session-us", settings.longest_session_us);
    visit("lock-delay-us", settings.lock_delay_us);
    visit("path-bytes", settings.limits.path_bytes);
    visit("path-depth", settings.limits.path_depth);
    visit("value-bytes", settings.limits.value_bytes);
    visit("files", settings.limits.files);
    visit("bytes", settings.limits.bytes);
    visit("transaction-parts", settings.limits.transaction_parts);
    visit("sessions", settings.limits.sessions);
    visit("session-files", settings.limits.session_files);
    visit("lock-delays", settings.limits.lock_delays);
    visit("watches", settings.limits.watches);
}

std::string known_names() {
    std::string names;
    for (const auto& [name, number] : named_settings({})) {
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    return names;
}

}  // namespace

std::vector<std::pair<std::string_view, std::uint64_t>> named_settings(
    const store::StoreSettings& settings) {
    std::vector<std::pair<std::string_view, std::uint64_t>> all;
    for_each_setting(settings, [&](std::string_view name, std::uint64_t number) {
        all.emplace_back(name, number);
    });
    return all;
}

bool change_setting(store::StoreSettings& settings, const SettingField& field) {
    bool known = false;
    for_each_setting(settings, [&](std::string_view name, auto& number) {
        if (name != *field.name) return;
        known = true;
        // One that is too large, or below 0, becomes the largest, which no setting may be.
        using Number = std::remove_reference_t<decltype(number)>;
        const std::uint64_t most = std::numeric_limits<Number>::max();
        number = static_cast<Number>(std::min(static_cast<std::uint64_t>(*field.number), most));
    });
    return known;
}

std::optional<std::string> too_small(const store::StoreSettings& settings) {
    // Of addresses, of the transaction that founds the tree, and of all nodes' files.
    constexpr std::uint32_t least_value = 512;
    constexpr std::uint32_t least_parts = 64;
    constexpr std::uint64_t least_files = 1000;
    constexpr std::uint64_t least_bytes = 1U << 20U;
    const store::Limits& limits = settings.limits;
    const auto least = [](std::string_view name, std::uint64_t number) {
        return fmt::format("{} must be at least {}, for what nodes write below /ctl", name, number);
    };
    if (limits.value_bytes < least_value) return least("value bytes", least_value);
    if (limits.transaction_parts < least_parts) return least("transaction parts", least_parts);
    if (limits.files < least_files) return least("files", least_files);
    if (limits.bytes < least_bytes) return least("bytes", least_bytes);
    return std::nullopt;
}

std::expected<SettingField, std::string> parse_setting(const std::string& text) {
    SettingField field{.name = text.substr(0, text.find('=')), .number = {}};
    const std::string number = text.substr(std::min(text.size(), field.name->size() + 1));
    std::int64_t parsed = 0;
    const char* const last = number.data() + number.size();
    const auto [end, error] = std::from_chars(number.data(), last, parsed);
    if (error != std::errc{} || end != last || number.empty() || parsed < 0) {
        return std::unexpected(fmt::format("'{}': write NAME=N, with a whole number", text));
    }
    field.number = parsed;
    store::StoreSettings any;
    if (change_setting(any, field)) return field;
    return std::unexpected(
        fmt::format("'{}': no setting is called so; there are {}", *field.name, known_names()));
}

std::expected<std::vector<SettingField>, std::string> parse_settings(
    const std::vector<std::string>& texts) {
    std::vector<SettingField> fields;
    for (const std::string& text : texts) {
        auto field = parse_setting(text);
        if (!field) return std::unexpected(field.error());
        if (std::ranges::find(fields, field->name, &SettingField::name) != fields.end()) {
            return std::unexpected(
                fmt::format("'{}': {} is given twice; give it once", text, *field->name));
        }
        fields.push_back(*std::move(field));
    }
    return fields;
}

}  // namespace decree::net
