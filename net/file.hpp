#pragma once

/// Open files, and what the system says when it refuses.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "core/codec.hpp"

namespace decree::net {

/// Nothing, or one line for a person: what cannot be done, where, why, and how to mend it.
using Done = std::expected<void, std::string>;

/// An open file. All operations name it in their errors.
class File {
public:
    /// `flags` as for open(2). A file that is made can be read by its owner only.
    [[nodiscard]] static std::expected<File, std::string> open(const std::string& path, int flags);

    File(File&& other) noexcept
        : number_(std::exchange(other.number_, -1)), path_(std::move(other.path_)) {}
    File& operator=(File&& other) noexcept {
        std::swap(number_, other.number_);
        std::swap(path_, other.path_);
        return *this;
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File();

    /// Writes all of `bytes` at `offset`.
    [[nodiscard]] Done write_at(std::uint64_t offset, Bytes bytes) const;
    /// The file has room for `bytes` bytes from now on, which read as zeros until they are written.
    /// Where that cannot be had beforehand nothing is done.
    [[nodiscard]] Done make_room(std::uint64_t bytes) const;
    /// Whether the last failure was that the disk is full.
    [[nodiscard]] bool found_disk_full() const { return disk_full_; }
    /// These bytes are on their way to the disk when this returns, and not all at once with others
    /// at the next sync(), without which they may not be there to stay.
    [[nodiscard]] Done write_back(std::uint64_t offset, std::uint64_t bytes) const;
    /// What was written is on the disk when this returns. After an error it may never get there,
    /// whatever a second call says: who wrote must not go on.
    [[nodiscard]] Done sync() const;
    /// In bytes, as it is now.
    [[nodiscard]] std::expected<std::uint64_t, std::string> size() const;
    /// Takes the file for this process, for as long as it is open. False: another one has it.
    [[nodiscard]] std::expected<bool, std::string> lock() const;

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    File(int number, std::string path) : number_(number), path_(std::move(path)) {}
    [[nodiscard]] std::unexpected<std::string> failure(std::string_view what) const;

    int number_;
    mutable bool disk_full_ = false;
    std::string path_;
};

/// Names that were made, changed or removed in `folder` are on the disk when this returns.
[[nodiscard]] Done sync_folder(const std::string& folder);

}  // namespace decree::net
