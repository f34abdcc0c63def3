#include "props/ghost/operations.hpp"

#include "core/contract.hpp"
#include "core/hash.hpp"

namespace decree::props {

namespace {
// Far more than any run makes: a larger name is a mistake of the world.
constexpr std::uint64_t most_operations = std::uint64_t{1} << 32U;
}  // namespace

Operation& Operations::place(std::uint64_t operation) {
    ENSURE(operation < most_operations, "operations are named 0, 1, 2, ...");
    if (operation >= all_.size()) all_.resize(static_cast<std::size_t>(operation) + 1);
    return all_[static_cast<std::size_t>(operation)];
}

void Operations::name(std::uint64_t operation) {
    const auto at = static_cast<std::size_t>(operation);
    const RequestId& id = all_[at].id;
    if (id.origin == NodeId{}) {
        by_payload_[all_[at].payload.digest()] = at;
        return;
    }
    std::size_t place = origin(id);
    if (place == none) {
        place = origins_.size();
        origins_.push_back(
            {.id = id.origin, .incarnation = id.incarnation, .first = id.number, .numbers = {}});
    }
    Origin& known = origins_[place];
    ENSURE(id.number >= known.first && id.number - known.first < most_operations,
           "the numbers of an origin grow from the first one that it asks");
    const auto index = static_cast<std::size_t>(id.number - known.first);
    if (index >= known.numbers.size()) known.numbers.resize(index + 1, none);
    ENSURE(known.numbers[index] == none, "a request's name is used for one operation only");
    known.numbers[index] = at;
}

std::size_t Operations::find(const RequestId& id, Bytes payload) const {
    if (const std::size_t place = origin(id); place != none) {
        const Origin& known = origins_[place];
        const std::uint64_t index = id.number - known.first;
        if (id.number >= known.first && index < known.numbers.size()) {
            return known.numbers[static_cast<std::size_t>(index)];
        }
    }
    if (by_payload_.empty()) return none;
    const auto it = by_payload_.find(payload.empty() ? 0 : hash_bytes(payload));
    return it == by_payload_.end() ? none : it->second;
}

std::size_t Operations::origin(const RequestId& id) const {
    for (std::size_t i = origins_.size(); i > 0; --i) {
        const Origin& origin = origins_[i - 1];
        if (origin.id == id.origin && origin.incarnation == id.incarnation) return i - 1;
    }
    return none;
}

}  // namespace decree::props
