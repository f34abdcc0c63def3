#pragma once

/// Folders of files that are named by numbers. Every failure is one line for a person.

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/codec.hpp"
#include "net/file.hpp"

namespace decree::net {

/// The name of a file with this number: 20 digits, so that names are in the order of numbers.
[[nodiscard]] std::string name_of(std::uint64_t number);

/// The number that a file of this name has, if it has one.
[[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view name);

/// The files of a folder by the numbers that are their names; others are left alone.
[[nodiscard]] std::expected<std::map<std::uint64_t, std::string>, std::string> files_by_number(
    const std::string& folder);

/// The same, by what those numbers are.
template <class Name>
[[nodiscard]] std::expected<std::map<Name, std::string>, std::string> files_in(
    const std::string& folder) {
    const auto files = files_by_number(folder);
    if (!files) return std::unexpected(files.error());
    std::map<Name, std::string> found;
    for (const auto& [number, path] : *files) found.emplace_hint(found.end(), Name{number}, path);
    return found;
}

/// Keeps other processes that ask for it out of a folder, for as long as it lives.
class FolderLock {
public:
    /// Nothing: another process has it. `make`: the file `lock`, where it is not there; only
    /// somebody who changes nothing does without.
    [[nodiscard]] static std::expected<std::optional<FolderLock>, std::string> take(
        const std::string& folder, bool make);

private:
    std::vector<File> held_;
};

/// Makes it, and those above it, where they are missing; durably.
[[nodiscard]] Done make_folder(const std::string& path);
/// Nothing happens where there is no such file.
[[nodiscard]] Done remove_file(const std::string& path);
[[nodiscard]] Done rename_file(const std::string& from, const std::string& to);
/// The same, but fails where something of that name is, and on file systems that cannot see to it.
[[nodiscard]] Done rename_to_new(const std::string& from, const std::string& to);
[[nodiscard]] Done sync_file(const std::string& path);
/// Puts `bytes` into a file of `folder`, whole or not at all. It is on the disk, under its name,
/// when this returns.
[[nodiscard]] Done keep_file(const std::string& folder, std::string_view name, Bytes bytes);
/// `what` cannot be done with `path`.
[[nodiscard]] std::unexpected<std::string> failed(std::string_view what, const std::string& path,
                                                  const std::error_code& error);

}  // namespace decree::net
