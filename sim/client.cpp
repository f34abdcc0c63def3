#include "sim/client.hpp"

#include <algorithm>

namespace decree::sim {

std::uint64_t Client::lowest_unanswered(std::uint64_t number) const {
    for (const Operation& each : open) {
        if (each.id.origin == origin) number = std::min(number, each.id.number);
    }
    return number;
}

}  // namespace decree::sim
