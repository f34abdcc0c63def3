#pragma once

/// Files that are there as a whole or not at all.

#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace decree::sim {

/// Nothing, or one line for a person: what could not be written, where, and how to mend it.
using Written = std::expected<void, std::string>;

/// Puts `bytes` into the file at `path`: see traces::write_file.
[[nodiscard]] Written write_file(const std::string& path, std::string_view bytes);

/// Takes a file away, if it is there.
void remove_file(const std::string& path);

/// The whole of a file: see traces::read_file.
[[nodiscard]] std::expected<std::string, std::string> read_file(
    const std::string& path, std::initializer_list<std::string_view> beginnings = {});
/// The same, or nothing where no such file is. One that is there and cannot be read is an error.
[[nodiscard]] std::expected<std::optional<std::string>, std::string> read_file_if_any(
    const std::string& path);

/// The path as one word for a shell, and for a program that takes "-..." for an option.
[[nodiscard]] std::string shell_word(const std::string& path);

/// Sees that files can be written into `folder`, making it if need be. Does not leave an empty
/// folder that it made: it is only a trial.
[[nodiscard]] Written check_folder(const std::string& folder);

/// Makes `folder` and those above it; "" is where we are.
[[nodiscard]] Written make_folder(const std::string& folder);

}  // namespace decree::sim
