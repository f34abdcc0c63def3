#include "core/store/settings.hpp"

namespace decree::store {

namespace {

constexpr std::uint32_t longest_path = 65536;
constexpr std::uint32_t longest_value = 1U << 28U;
constexpr std::uint32_t most_parts = 65536;
constexpr std::uint64_t most_amount = std::uint64_t{1} << 48U;
constexpr std::uint64_t most_files = std::uint64_t{1} << 31U;
constexpr std::uint32_t most_sessions = 1U << 20U;
// They go all at once, in one slot.
constexpr std::uint32_t most_session_files = 65536;
constexpr std::uint32_t most_delays = 1U << 20U;
constexpr std::uint32_t most_watches = 1U << 24U;

std::optional<std::string> bad_limits(const Limits& limits) {
    if (limits.path_depth < 8 || limits.path_depth > deepest_path) {
        return "path depth must be 8 to " + std::to_string(deepest_path);
    }
    if (limits.path_bytes < 64 || limits.path_bytes > longest_path) {
        return "path bytes must be 64 to " + std::to_string(longest_path);
    }
    if (limits.value_bytes > longest_value) {
        return "value bytes must be at most " + std::to_string(longest_value);
    }
    if (limits.transaction_parts > most_parts) {
        return "transaction parts must be at most " + std::to_string(most_parts);
    }
    if (limits.files > most_files) return "files must be at most " + std::to_string(most_files);
    if (limits.bytes > most_amount) return "bytes must be at most " + std::to_string(most_amount);
    if (limits.sessions > most_sessions) {
        return "sessions must be at most " + std::to_string(most_sessions);
    }
    if (limits.session_files > most_session_files) {
        return "session files must be at most " + std::to_string(most_session_files);
    }
    if (limits.lock_delays > most_delays) {
        return "lock delays must be at most " + std::to_string(most_delays);
    }
    if (limits.watches > most_watches) {
        return "watches must be at most " + std::to_string(most_watches);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> bad_settings(const StoreSettings& settings) {
    if (settings.history < 1 || settings.history > most_files) {
        return "history must be 1 to " + std::to_string(most_files);
    }
    if (settings.history_bytes > most_amount) {
        return "history bytes must be at most " + std::to_string(most_amount);
    }
    if (settings.shortest_session_us < 1 ||
        settings.shortest_session_us > settings.longest_session_us) {
        return "the shortest session must be 1 us at least, and no longer than the longest";
    }
    if (settings.longest_session_us > most_amount || settings.lock_delay_us > most_amount) {
        return "the longest session and the lock delay must be at most " +
               std::to_string(most_amount);
    }
    return bad_limits(settings.limits);
}

std::uint64_t longest_write(const Limits& limits) {
    constexpr std::uint64_t numbers = 64;  // Of the command and its parts.
    return std::uint64_t{limits.path_bytes} + limits.value_bytes + numbers;
}

}  // namespace decree::store
