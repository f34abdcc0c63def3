#include "core/node/outbox.hpp"

#include "core/digest.hpp"

namespace decree {

std::uint64_t Outbox::digest() const { return digest_of(waiting_, fresh_); }

}  // namespace decree
