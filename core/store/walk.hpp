#pragma once

/// The files that match a glob, in Doozer's order: depth first, names by their bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/store/glob.hpp"
#include "core/store/tree.hpp"

namespace decree::store {

struct Walked {
    std::string path;
    File file;
};

/// Files that match, from number `offset` on: up to `most`, and no more once their paths and values
/// have `bytes`. Looks only where something can match; subtrees that match whole are passed over
/// at once while they lie before `offset`.
[[nodiscard]] std::vector<Walked> walk(const Tree& tree, const Glob& glob, std::uint64_t offset,
                                       std::size_t most, std::size_t bytes);

}  // namespace decree::store
