#include "core/store/state.hpp"

#include "core/digest.hpp"

namespace decree::store {

std::uint64_t State::digest() const {
    std::uint64_t digest = mix(digest_of(settings), history.digest());
    digest = mix(mix(digest, sessions.digest()), delays.digest());
    return digest_of(ElectorateWire::of(electorate), digest);
}

}  // namespace decree::store
