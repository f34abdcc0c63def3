#include "core/store/machines.hpp"

#include "core/store/command_log.hpp"
#include "core/store/store.hpp"

namespace decree {

std::unique_ptr<StateMachine> make_machine(const Settings& cluster,
                                           const std::optional<store::StoreSettings>& store) {
    if (store) return std::make_unique<store::Store>(cluster, *store);
    return std::make_unique<CommandLog>(cluster);
}

}  // namespace decree
