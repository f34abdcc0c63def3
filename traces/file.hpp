#pragma once

/// Whole files, in and out.

#include <cstdio>
#include <expected>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "core/codec.hpp"

namespace decree::traces {

struct CloseFile {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
/// An open file that closes itself; what closing says is lost.
using File = std::unique_ptr<std::FILE, CloseFile>;

/// Larger files are not read: a device that never ends would take all memory.
inline constexpr std::size_t most_bytes_read = std::size_t{1} << 30U;

/// All bytes of a file; or one line for a person: what cannot be read, why, and how to mend it.
///
/// `beginnings`: of a file that begins with none of them only a part is read, since whoever looks
/// at it will refuse it anyway. None given: any beginning will do.
[[nodiscard]] std::expected<ByteBuffer, std::string> read_file(
    const std::string& path, std::initializer_list<std::string_view> beginnings = {});

/// Puts `bytes` into a file that appears whole or not at all: written beside it, synced, then
/// renamed over it. Behind a symbolic link that is the file which the link names. What is no
/// regular file (a pipe, a terminal, /dev/null) cannot be replaced: it is written into. On failure
/// nothing is left behind, and one line says what cannot be written, why, and how to mend it.
[[nodiscard]] std::expected<void, std::string> write_file(const std::string& path, Bytes bytes);

/// "cannot WHAT PATH: REASON; ADVICE", the reason being the system's for `error`.
[[nodiscard]] std::string file_failure(std::string_view what, const std::string& path, int error);

}  // namespace decree::traces
