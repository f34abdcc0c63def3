#include "core/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace decree {

std::uint64_t hash_bytes(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace decree
