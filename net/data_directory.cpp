#include "net/data_directory.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "core/contract.hpp"
#include "core/node_name.hpp"
#include "core/overload.hpp"
#include "net/folder.hpp"
#include "net/newest.hpp"
#include "traces/file.hpp"

namespace decree::net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view data_format = "decree data, format 1";
constexpr std::string_view part_suffix = ".part";
// In the reserve, beside a segment: for what a node still writes while it ends.
constexpr std::uint64_t reserve_beside = 4U << 20U;

Done remove_older(const std::string& snapshots, Slot than) {
    const auto found = files_in<Slot>(snapshots);
    if (!found) return std::unexpected(found.error());
    for (const auto& [through, path] : *found) {
        if (through >= than) break;
        if (Done gone = remove_file(path); !gone) return gone;
    }
    return {};
}

// What was not whole, or had not its name yet, when the process died.
Done remove_parts(const std::string& folder) {
    std::vector<std::string> parts;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (at->path().string().ends_with(part_suffix)) parts.push_back(at->path().string());
    }
    if (error) return failed("read", folder, error);
    for (const std::string& part : parts) {
        if (Done gone = remove_file(part); !gone) return gone;
    }
    return {};
}

// What the file `node` says.
std::expected<NodeId, std::string> read_identity(const std::string& path) {
    const auto bytes = traces::read_file(path);
    if (!bytes) return std::unexpected(bytes.error());
    const std::string_view text = as_text(*bytes);
    const std::size_t line = text.find('\n');
    const auto broken = [&](const std::string& what) {
        return std::unexpected(fmt::format(
            "cannot use {}: {}; put back the file from a copy, or start with an empty folder as a "
            "new node",
            path, what));
    };
    if (line == std::string_view::npos || text.substr(0, line) != data_format) {
        return broken(fmt::format("its first line is not '{}'", data_format));
    }
    std::string_view name = text.substr(line + 1);
    if (!name.ends_with('\n')) return broken("it has no second line");
    name.remove_suffix(1);
    const auto node = parse_node_name(name);
    if (!node) return broken(node.error());
    return *node;
}

// The folder and what is in it, for a node that is new.
Done make(const std::string& path, NodeId fresh) {
    for (const std::string& folder : {path + "/journal", path + "/snapshots"}) {
        if (Done made = make_folder(folder); !made) return made;
    }
    const std::string identity = fmt::format("{}\n{}\n", data_format, node_name(fresh));
    // Last: a folder without it is one that was never used.
    return keep_file(path, "node", as_bytes(identity));
}

// Whether a node has started in the folder so that it shows. If not, nobody has heard of the one
// whose name is there; and a folder that is put back as it was before its node's first start was
// durable would let another one live under that name, which would have forgotten everything.
std::expected<bool, std::string> has_started(const std::string& path) {
    std::error_code none;
    if (fs::exists(path + "/shown", none) || fs::exists(path + "/newest", none)) return true;
    for (const std::string& folder : {path + "/journal", path + "/snapshots"}) {
        const auto files = files_by_number(folder);
        if (!files) return std::unexpected(files.error());
        if (!files->empty()) return true;
    }
    return false;
}

// Whether there is anything in the folder that a node of ours did not put there half way.
std::expected<bool, std::string> holds_strangers(const std::string& path) {
    std::error_code error;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        // "lost+found": the folder is where a file system is mounted.
        const bool ours = name == "lock" || name == "lost+found" || name.starts_with("node.");
        const bool unused =
            (name == "journal" || name == "snapshots") && fs::is_empty(at->path(), error);
        if (!ours && !unused) return true;
    }
    if (error) return failed("read", path, error);
    return false;
}

// Whatever is no file of a name that a start reads.
std::expected<std::vector<std::string>, std::string> find_leftovers(const std::string& path) {
    std::vector<std::string> found;
    std::error_code error;
    for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
         at.increment(error)) {
        if (at->is_directory(error)) continue;
        const std::string name = fs::path(at->path()).lexically_relative(path).string();
        const bool numbered = number_of(at->path().filename().string()).has_value();
        const bool known =
            name == "node" || name == "lock" || name == "cluster" || name == "shown" ||
            name == "newest" || name == "reserve" ||
            (name.starts_with("journal/") && Spare::is_named(name.substr(8))) ||
            (numbered && (name.starts_with("journal/") || name.starts_with("snapshots/")));
        if (!known) found.push_back(name);
    }
    if (error) return failed("read", path, error);
    std::ranges::sort(found);
    return found;
}

}  // namespace

std::expected<FolderContents, std::string> look_into(const std::string& path) {
    std::error_code error;
    if (!fs::exists(path + "/node", error)) {
        if (error) {
            return std::unexpected(
                fmt::format("cannot check {}: {}; do it as a user who may read it, or name another",
                            path, error.message()));
        }
        return std::unexpected(fmt::format(
            "cannot check {}: no node's folder, since it has no file 'node'; name another", path));
    }
    const auto lock = FolderLock::take(path, false);
    if (!lock) return std::unexpected(lock.error());
    if (!*lock) {
        return std::unexpected(
            fmt::format("cannot check {}: a process has it open; stop that one first", path));
    }
    const auto node = read_identity(path + "/node");
    if (!node) return std::unexpected(node.error());
    auto disk = read_disk(path, read_from_disk());
    if (!disk) return std::unexpected(disk.error());
    auto leftovers = find_leftovers(path);
    if (!leftovers) return std::unexpected(leftovers.error());
    return FolderContents{
        .node = *node, .disk = *std::move(disk), .leftovers = *std::move(leftovers)};
}

/// Behind the names: the newest segment is kept as such when it is there for good.
Done Sync::sync_names(std::uint64_t newest_bytes) const {
    if (!begins_) return {};
    if (Done synced = sync_folder(journal_); !synced) return synced;
    return keep_newest(fs::path(journal_).parent_path().string(),
                       {.begin = *begins_, .bytes = newest_bytes});
}

std::expected<Position, std::string> Sync::run() const {
    // Before it is synced: while it is, somebody writes on.
    const auto newest_bytes = newest_ ? newest_->size() : 0;
    if (!newest_bytes) return std::unexpected(newest_bytes.error());
    for (const auto& file : files_) {
        if (Done synced = file->sync(); !synced) return std::unexpected(synced.error());
    }
    for (const auto& [from, to] : renamed_) {
        if (Done renamed = rename_file(from, to); !renamed) return std::unexpected(renamed.error());
    }
    if (Done synced = sync_names(*newest_bytes); !synced) return std::unexpected(synced.error());
    for (const std::string& path : gone_) {
        if (Done removed = remove_file(path); !removed) return std::unexpected(removed.error());
    }
    if (gone_.empty()) return covers_;
    if (Done synced = sync_folder(journal_); !synced) return std::unexpected(synced.error());
    return covers_;
}

std::expected<Slot, std::string> SnapshotSync::run() const {
    if (Done synced = file_->sync(); !synced) return std::unexpected(synced.error());
    if (Done renamed = rename_file(file_->path(), name_); !renamed) {
        return std::unexpected(renamed.error());
    }
    if (Done synced = sync_folder(folder_); !synced) return std::unexpected(synced.error());
    if (Done gone = remove_older(folder_, through_); !gone) return std::unexpected(gone.error());
    return through_;
}

std::expected<DataDirectory, std::string> DataDirectory::open(const std::string& path,
                                                              NodeId fresh) {
    if (Done made = make_folder(path); !made) return std::unexpected(made.error());
    if (Done whole = has_all_parts(path); !whole) return std::unexpected(whole.error());
    const auto used = [&path] {
        std::error_code none;
        return fs::exists(path + "/node", none);
    };
    if (!used()) {
        const auto strangers = holds_strangers(path);
        if (!strangers) return std::unexpected(strangers.error());
        if (*strangers) {
            return std::unexpected(fmt::format(
                "cannot use {}: it holds files, but no node's; name an empty folder", path));
        }
    }
    auto lock = FolderLock::take(path, true);
    if (!lock) return std::unexpected(lock.error());
    if (!*lock) {
        return std::unexpected(fmt::format(
            "cannot use {}: another process has it open; stop that one, or name another folder",
            path));
    }
    auto node = used() ? read_identity(path + "/node") : fresh;
    if (!node) return std::unexpected(node.error());
    const auto started = used() ? has_started(path) : false;
    if (!started) return std::unexpected(started.error());
    if (!*started) {
        if (Done made = make(path, fresh); !made) return std::unexpected(made.error());
        node = fresh;
    }
    return DataDirectory(path, *node, **std::move(lock));
}

DataDirectory::DataDirectory(std::string path, NodeId node, FolderLock lock)
    : path_(std::move(path)), node_(node), lock_(std::move(lock)), spare_(journal()) {}

DiskUse DataDirectory::use() const {
    const auto sum = [](const std::string& folder) {
        std::uint64_t bytes = 0;
        std::error_code error;
        for (fs::directory_iterator at(folder, error), end; !error && at != end;
             at.increment(error)) {
            std::error_code gone;
            const std::uintmax_t size = at->file_size(gone);
            if (!gone) bytes += size;
        }
        return bytes;
    };
    std::error_code error;
    const fs::space_info space = fs::space(path_, error);
    return {.journal = sum(journal()),
            .snapshots = sum(snapshots()),
            .free = error ? 0 : space.available};
}

std::expected<DiskContents, std::string> DataDirectory::read(const ReadAt& read_at) const {
    return read_disk(path_, read_at);
}

Done DataDirectory::started(const Recovered& kept) {
    const auto segments = files_in<Position>(journal());
    if (!segments) return std::unexpected(segments.error());
    for (const auto& [begin, path] : *segments) {
        if (Done synced = sync_file(path); !synced) return synced;
    }
    given_up_ = *segments;
    for (const JournalPlace::Segment& segment : kept.place.segments) {
        ENSURE(given_up_.erase(segment.begin) == 1, "a segment that was recovered is there");
        segments_[segment.begin] = {};
    }
    for (const std::string& folder : {journal(), snapshots()}) {
        if (Done removed = remove_parts(folder); !removed) return removed;
    }
    if (Done synced = sync_folder(journal()); !synced) return synced;
    end_ = begun_ = kept.place.end;
    auto found = files_in<Slot>(snapshots());
    if (!found) return std::unexpected(found.error());
    // While anything is in doubt a bad one may be all that is left of it, for whoever can mend it.
    if (kept.doubt_through == Slot{}) bad_snapshots_ = *std::move(found);
    if (!kept.snapshot) return {};
    const Slot through = kept.snapshot->through;
    committed_ = stored_ = through;
    std::erase_if(bad_snapshots_, [&](const auto& file) { return file.first <= through; });
    if (Done synced = sync_file(path_in(path_, through)); !synced) return synced;
    if (Done synced = sync_folder(snapshots()); !synced) return synced;
    return remove_older(snapshots(), through);
}

Done DataDirectory::keep_room(std::uint64_t segment_bytes) {
    segment_room_ = segment_bytes;
    const auto file = File::open(path_ + "/reserve", O_RDWR | O_CREAT);
    if (!file) return std::unexpected(file.error());
    if (Done made = file->make_room(segment_bytes + reserve_beside); !made) return made;
    return sync_folder(path_);
}

/// Where the disk is full, writes once more with the room of the spare segment, if there is one.
template <class Write>
Done DataDirectory::use_spare(const File& file, Write write) {
    Done done = write();
    if (!done && file.found_disk_full() && spare_.drop()) return write();
    return done;
}

/// Where the disk is full, writes once more with the room that was kept for this.
template <class Write>
Done DataDirectory::use_reserve(const File& file, Write write) {
    Done done = use_spare(file, write);
    if (done || !file.found_disk_full() || segment_room_ == 0 || std::exchange(full_, true)) {
        return done;
    }
    if (Done freed = remove_file(path_ + "/reserve"); !freed) return freed;
    return write();
}

Done DataDirectory::make_segment(const JournalAppend& append) {
    std::string path = path_in(path_, append.begin);
    if (first_sync_ != FirstSync::Over) {
        const std::string name = path;
        path += part_suffix;
        unnamed_.emplace_back(path, name);
    }
    new_name_ = true;
    Segment& segment = segments_[append.begin];
    segment.file = spare_.take(path);
    if (segment.file) return {};
    auto file = File::open(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) return std::unexpected(file.error());
    segment.file = std::make_shared<File>(*std::move(file));
    if (segment_room_ == 0) return {};
    const File& made = *segment.file;
    return use_reserve(made, [&] { return made.make_room(segment_room_); });
}

Done DataDirectory::append(const JournalAppend& append) {
    if (append.bytes.empty()) return {};
    if (append.starts_segment) {
        if (Done made = make_segment(append); !made) return made;
    }
    ENSURE(!segments_.empty(), "a journal begins with a segment");
    auto& [begin, segment] = *segments_.rbegin();
    ENSURE(segment.file && begin.value + segment.size == append.begin.value,
           "journal bytes follow upon one another");
    const File& file = *segment.file;
    const Done written =
        use_reserve(file, [&] { return file.write_at(segment.size, append.bytes); });
    if (!written) return written;
    segment.size += append.bytes.size();
    end_ = Position{append.begin.value + append.bytes.size()};
    if (unsynced_.empty() || unsynced_.back() != segment.file) unsynced_.push_back(segment.file);
    return {};
}

std::optional<Sync> DataDirectory::begin_sync() {
    if (begun_ == end_) return std::nullopt;
    Sync sync;
    sync.files_ = std::exchange(unsynced_, {});
    first_sync_ = first_sync_ == FirstSync::Wanted ? FirstSync::Begun : FirstSync::Over;
    sync.renamed_ = std::exchange(unnamed_, {});
    for (const auto& [from, to] : sync.renamed_) {
        std::erase_if(given_up_, [&](const auto& old) { return old.second == to; });
    }
    for (auto& [begin, path] : std::exchange(given_up_, {})) sync.gone_.push_back(path);
    sync.journal_ = journal();
    if (std::exchange(new_name_, false)) {
        sync.begins_ = segments_.rbegin()->first;
        sync.newest_ = segments_.rbegin()->second.file;
    }
    sync.covers_ = begun_ = end_;
    return sync;
}

/// Once a segment is filled by a quarter it will be filled: a node that writes little makes none.
std::optional<WantedSpare> DataDirectory::begin_spare() {
    if (segment_room_ == 0 || full_ || first_sync_ != FirstSync::Over) return std::nullopt;
    const auto& [begin, segment] = *segments_.rbegin();
    if (segment.size < segment_room_ / 4 || spare_for_ == begin) return std::nullopt;
    spare_for_ = begin;
    return spare_.begin(segment_room_);
}

// A segment ends where the next one begins.
std::vector<LetGo> DataDirectory::release(Position position) {
    std::vector<LetGo> gone;
    if (first_sync_ == FirstSync::Over) {
        for (auto& [through, path] : std::exchange(bad_snapshots_, {})) {
            gone.push_back({.path = path, .kept_as = {}});
        }
    }
    while (segments_.size() > 1 && std::next(segments_.begin())->first <= position) {
        auto& [begin, segment] = *segments_.begin();
        // One that a few large values made long would stay so.
        const bool fits = segment.size < 2 * segment_room_;
        gone.push_back(spare_.keep(path_in(path_, begin), fits ? std::move(segment.file) : nullptr,
                                   std::max(segment.size, segment_room_)));
        segments_.erase(segments_.begin());
    }
    return gone;
}

std::expected<std::optional<SnapshotSync>, std::string> DataDirectory::write(
    const SnapshotWrite& write) {
    std::optional<SnapshotSync> commits;
    if (full_) return commits;
    const Done done = std::visit(Overload{[&](const SnapshotCommit& commit_now) -> Done {
                                              commits = commit(commit_now.through);
                                              return {};
                                          },
                                          [&](const auto& other) { return this->write(other); }},
                                 write);
    if (!done && full_) return std::nullopt;
    if (!done) return std::unexpected(done.error());
    return commits;
}

Done DataDirectory::drop_part() {
    if (!part_) return {};
    const std::string abandoned = part_->file->path();
    part_.reset();
    return remove_file(abandoned);
}

Done DataDirectory::write(const SnapshotBegin& begin) {
    if (Done gone = drop_part(); !gone) return gone;
    const std::string path = fmt::format("{}{}", path_in(path_, begin.through), part_suffix);
    auto file = File::open(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) return std::unexpected(file.error());
    part_ = {.through = begin.through, .file = std::make_shared<File>(*std::move(file)), .size = 0};
    return {};
}

Done DataDirectory::write(const SnapshotBytes& piece) {
    ENSURE(part_ && part_->through == piece.through, "bytes of a snapshot follow its begin");
    Done written =
        use_spare(*part_->file, [&] { return part_->file->write_at(part_->size, piece.bytes); });
    if (!written) {
        if (!part_->file->found_disk_full() || segment_room_ == 0) return written;
        full_ = true;
        if (Done gone = drop_part(); !gone) return gone;
        return written;
    }
    part_->size += piece.bytes.size();
    return {};
}

/// A file is forgotten before it is given away to be deleted: segments one by one, a snapshot when
/// the next one is committed.
NeededFiles DataDirectory::needed() const {
    NeededFiles needed;
    for (const auto& [begin, segment] : segments_) needed.segments.insert(begin);
    if (stored_ == committed_) needed.snapshot = stored_;
    return needed;
}

std::optional<SnapshotSync> DataDirectory::commit(Slot through) {
    ENSURE(part_ && part_->through == through, "a snapshot that is committed was written");
    SnapshotSync sync;
    sync.file_ = std::move(part_->file);
    sync.folder_ = snapshots();
    sync.name_ = path_in(path_, through);
    sync.through_ = through;
    part_.reset();
    bad_snapshots_.erase(through);
    committed_ = through;
    return sync;
}

}  // namespace decree::net
