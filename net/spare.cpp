#include "net/spare.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>

#include "net/folder.hpp"

namespace decree::net {
namespace {

// At a time, so that a sync of the journal does not wait behind all of it.
constexpr std::size_t stride = 256U << 10U;
// Snapshots come before it: so many times its size must be free.
constexpr std::uint64_t room_beside = 16;
// As many segments as a snapshot sets free, where nodes are started as usual.
constexpr std::size_t most_old = 16;

bool has_room(const std::string& folder, std::uint64_t bytes) {
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(folder, error);
    return !error && space.available / room_beside >= bytes;
}

bool fill(const File& file, std::uint64_t bytes) {
    static constexpr std::array<std::byte, stride> zeros{};
    for (std::uint64_t offset = 0; offset < bytes; offset += stride) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(stride, bytes - offset));
        if (!file.write_at(offset, Bytes(zeros).first(size))) return false;
        if (!file.write_back(offset, size)) return false;
    }
    return file.sync().has_value();
}

std::shared_ptr<const File> none(const std::string& path) {
    std::error_code error;
    std::filesystem::remove(path, error);
    return nullptr;
}

// Whatever name leads to it: what is written goes to the file that was ours all the time. Its old
// name must be gone for good before its bytes are.
std::expected<std::shared_ptr<const File>, std::string> renew(const OldFile& old,
                                                              const WantedSpare& wanted) {
    if (!rename_to_new(old.path, wanted.path)) return none(old.path);
    const auto folder = std::filesystem::path(wanted.path).parent_path();
    if (Done synced = sync_folder(folder); !synced) return std::unexpected(synced.error());
    if (fill(*old.file, std::max(old.bytes, wanted.bytes))) return old.file;
    return none(wanted.path);
}

}  // namespace

std::expected<std::shared_ptr<const File>, std::string> make_spare(const WantedSpare& wanted) {
    if (wanted.old) return renew(*wanted.old, wanted);
    const auto folder = std::filesystem::path(wanted.path).parent_path();
    if (!has_room(folder, wanted.bytes)) return nullptr;
    // A file that is there may be a segment by now, of a node that runs where this one did.
    auto file = File::open(wanted.path, O_WRONLY | O_CREAT | O_EXCL);
    if (!file) return nullptr;
    const bool whole = file->make_room(wanted.bytes) && fill(*file, wanted.bytes);
    if (whole) return std::make_shared<const File>(*std::move(file));
    return none(wanted.path);
}

Done let_go(const LetGo& file) {
    if (!file.kept_as.empty() && rename_to_new(file.path, file.kept_as)) return {};
    return remove_file(file.path);
}

std::optional<WantedSpare> Spare::begin(std::uint64_t bytes) {
    if (ready_ || making_) return std::nullopt;
    making_ = true;
    WantedSpare wanted{.path = next(), .bytes = bytes, .old = std::nullopt};
    if (!old_.empty()) {
        wanted.old = std::move(old_.back());
        old_.pop_back();
    }
    return wanted;
}

void Spare::made(std::shared_ptr<const File> file) {
    making_ = false;
    ready_ = std::move(file);
}

std::shared_ptr<const File> Spare::take(const std::string& name) {
    std::shared_ptr<const File> file = std::move(ready_);
    if (!file || !rename_file(next(), name)) return nullptr;
    return file;
}

LetGo Spare::keep(const std::string& path, std::shared_ptr<const File> file, std::uint64_t bytes) {
    if (!file || old_.size() >= most_old || !has_room(folder_, bytes)) {
        return {.path = path, .kept_as = {}};
    }
    const std::string kept_as = fmt::format("{}/old-{}.part", folder_, ++last_old_);
    old_.push_back({.file = std::move(file), .path = kept_as, .before = path, .bytes = bytes});
    return {.path = path, .kept_as = kept_as};
}

/// Also what is to be let go yet.
bool Spare::drop() {
    const bool any = ready_ || !old_.empty();
    bool freed = true;
    if (ready_) freed = remove_file(next()).has_value();
    for (const OldFile& old : old_) {
        freed = remove_file(old.before) && remove_file(old.path) && freed;
    }
    ready_.reset();
    old_.clear();
    return any && freed;
}

bool Spare::is_named(std::string_view name) {
    return name == "next.part" || (name.starts_with("old-") && name.ends_with(".part"));
}

}  // namespace decree::net
