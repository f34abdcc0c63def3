#include "core/paxos/log.hpp"

#include "core/digest.hpp"

namespace decree {

std::uint64_t Log::digest() const { return digest_of(entries_, trimmed_through_.value); }

}  // namespace decree
