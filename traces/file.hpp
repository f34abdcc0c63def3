#pragma once

/// Whole files, in and out.

#include <cstdio>
#include <expected>
#include <memory>
#include <string>

#include "core/codec.hpp"

namespace decree::traces {

struct CloseFile {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
/// An open file that closes itself; what closing says is lost.
using File = std::unique_ptr<std::FILE, CloseFile>;

/// All bytes of a file; or why not, for a person.
[[nodiscard]] std::expected<ByteBuffer, std::string> read_file(const std::string& path);

/// Puts `bytes` into a file that appears whole or not at all: written beside it, then renamed.
[[nodiscard]] std::expected<void, std::string> write_file(const std::string& path, Bytes bytes);

/// The same in two parts, for whoever has another program write it: a name beside `path` ...
[[nodiscard]] std::string temporary_name(const std::string& path);
/// ... and the renaming. On failure the temporary file is gone.
[[nodiscard]] std::expected<void, std::string> put_in_place(const std::string& temporary,
                                                            const std::string& path);

}  // namespace decree::traces
