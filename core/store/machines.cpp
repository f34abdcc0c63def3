#include "core/store/machines.hpp"

#include "core/store/command_log.hpp"
#include "core/store/store.hpp"

namespace decree {

std::unique_ptr<StateMachine> make_machine(const Settings& cluster,
                                           const std::optional<store::StoreSettings>& store) {
    if (store) return std::make_unique<store::Store>(cluster, *store);
    return std::make_unique<CommandLog>(cluster);
}

std::optional<std::string> bad_store(const Settings& cluster, const store::StoreSettings& store) {
    if (auto bad = store::bad_settings(store)) return bad;
    const std::uint64_t wanted = store::longest_write(store.limits);
    if (wanted <= cluster.command_bytes) return std::nullopt;
    return "values of " + std::to_string(store.limits.value_bytes) + " bytes need commands of " +
           std::to_string(wanted) + ", and the cluster allows " +
           std::to_string(cluster.command_bytes) +
           ": allow smaller values, shorter paths, or longer commands";
}

}  // namespace decree
