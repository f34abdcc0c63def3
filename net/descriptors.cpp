#include "net/descriptors.hpp"

#include <algorithm>
#include <utility>

#include <sys/resource.h>

namespace decree::net {

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return own_descriptors;
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
    constexpr rlim_t most = 1U << 20U;
    return static_cast<std::size_t>(std::min(limit.rlim_cur, most));
}

}  // namespace decree::net
