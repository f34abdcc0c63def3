#pragma once

/// Whole files of a disk that may not be able to read all of them.

#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/codec.hpp"
#include "core/journal/recovery.hpp"

namespace decree::net {

/// What is lost where one sector cannot be read.
inline constexpr std::size_t block_bytes = 4096;

/// A file as far as the disk can read it.
struct BlocksRead {
    ByteBuffer bytes;
    std::vector<ByteRange> unreadable;  ///< Zeros stand there. Ascending, whole blocks.
};

/// As pread(2), for whoever tries what happens when it fails.
using ReadAt = std::function<ssize_t(int file, void* into, std::size_t bytes, off_t offset)>;
/// That of the system.
[[nodiscard]] ReadAt read_from_disk();

/// The next read of that file goes to the disk, as far as the system has written it there, or has
/// failed to: what a failed sync lost may still be remembered, and no later sync writes it.
void forget_cached(const std::string& path);

/// Reads a file. What the disk cannot read (EIO) is left out, block by block; every other failure
/// is one line for a person.
[[nodiscard]] std::expected<BlocksRead, std::string> read_blocks(
    const std::string& path, const ReadAt& read = read_from_disk());

}  // namespace decree::net
