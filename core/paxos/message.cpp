#include "core/paxos/message.hpp"

#include <algorithm>
#include <tuple>
#include <type_traits>

#include "core/reflect.hpp"

namespace decree {

namespace {

bool fits(Slot slot) { return slot.value < max_number; }
bool fits(const Ballot& ballot) { return ballot.round < max_number; }
bool fits(const Value& value) { return value.size() <= max_value_bytes; }
template <class T>
bool fits(const std::vector<T>& things);
template <class T>
bool fits(const T& thing);

/// A promise's last part covers all slots there can be.
bool fits(const Promise& promise) {
    return fits(promise.ballot) && fits(promise.covers_from) && fits(promise.trimmed_through) &&
           fits(promise.votes);
}

bool fits(const Founder& founder) { return founder.address.size() <= max_address_bytes; }

/// No list is longer than a cluster has voters.
bool fits(const FoundingWord& word) {
    return fits(word.charter) && word.founders.size() <= max_voters &&
           std::ranges::all_of(word.founders, [](const Founder& each) { return fits(each); });
}

bool fits(const Welcome& welcome) {
    return fits(welcome.charter) && welcome.members.size() <= max_voters;
}

template <class T>
bool fits(const std::vector<T>& things) {
    return std::ranges::all_of(things, [](const T& thing) { return fits(thing); });
}

template <class T>
bool fits(const T& thing) {
    if constexpr (reflect::Aggregate<T>) {
        return std::apply([](const auto&... field) { return (fits(field) && ...); },
                          reflect::fields(thing));
    } else {
        return true;
    }
}

}  // namespace

bool is_plausible(const Message& message) {
    return std::visit([](const auto& each) { return fits(each); }, message);
}

}  // namespace decree
