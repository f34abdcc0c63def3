#include "core/options.hpp"

#include <cstddef>

#include "core/paxos/message.hpp"

namespace decree {

std::uint64_t most_log_slots(const Settings& settings, const Options& options) {
    return 2ULL * options.snapshot_every + options.keep_slots + 8 * settings.alpha;
}

std::optional<std::string> unusable(const Settings& settings, const Options& options) {
    if (settings.voters != make_voters(settings.voters)) return "the voters are not in order";
    if (const auto fit = check_quorums(settings.quorums, settings.voters); !fit) {
        return fit.error();
    }
    if (settings.alpha == 0 || settings.alpha > max_log_slots) {
        return "alpha is none, or too large";
    }
    if (options.drift_ppm > most_drift_ppm || settings.lease_us > longest_lease_us) {
        return "a lease that no clock can measure";
    }
    const std::size_t longest = std::size_t{settings.command_bytes} + options.batch_bytes;
    if (2 * longest > max_value_bytes || most_log_slots(settings, options) > max_log_slots) {
        return "a batch or the log may grow too large";
    }
    return std::nullopt;
}

}  // namespace decree
