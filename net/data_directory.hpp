#pragma once

/// Where a real node keeps what it must not forget: the journal and the snapshots that the core
/// hands out as bytes, on a real disk.

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/codec.hpp"
#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "net/data_files.hpp"
#include "net/disk_contents.hpp"
#include "net/file.hpp"
#include "net/folder.hpp"
#include "net/read_blocks.hpp"
#include "net/spare.hpp"

namespace decree::net {

/// A sync that may run beside everything else, on any thread, once; and not before those that began
/// earlier have run.
class Sync {
public:
    /// Waits for the disk. What is durable then: tell the node. An error: the node must stop, and
    /// nobody may try again (see File::sync).
    [[nodiscard]] std::expected<Position, std::string> run() const;

private:
    friend class DataDirectory;
    [[nodiscard]] Done sync_names(std::uint64_t newest_bytes) const;
    std::vector<std::shared_ptr<const File>> files_;
    std::vector<std::pair<std::string, std::string>> renamed_;  // When they are durable: from, to.
    std::vector<std::string> gone_;                             // Then deleted.
    std::string journal_;                                       // The folder.
    std::optional<Position> begins_;  // The newest segment, if its name is new in it.
    std::shared_ptr<const File> newest_;
    Position covers_;
};

/// The same for a whole snapshot, which gets its name once it is durable; then older ones go.
class SnapshotSync {
public:
    [[nodiscard]] std::expected<Slot, std::string> run() const;

private:
    friend class DataDirectory;
    std::shared_ptr<const File> file_;
    std::string folder_;
    std::string name_;
    Slot through_;
};

/// Bytes.
struct DiskUse {
    std::uint64_t journal{};
    std::uint64_t snapshots{};
    std::uint64_t free{};  ///< On the file system, for whoever runs the node.
};

/// One node's folder:
///
///     node              the format of all this, and who the node is
///     cluster           its cluster's name: see cluster.hpp
///     shown             which start it has shown to others: see shown.hpp
///     newest            how far its journal reaches at the least: see newest.hpp
///     lock              held by the process that uses it
///     reserve           room, for a node that finds the disk full to end in order
///     journal/POSITION  a segment, named by where it begins; POSITION.part until the first sync of
///                       the process that began it
///     journal/next.part room for the next one; old-N.part: segments of which some will be made
///     snapshots/SLOT    a whole snapshot; SLOT.part while it is written
///
/// Every failure is one line for a person. After a failure to write or sync the node must stop:
/// what it wrote may be on the disk or not, and only a new start can tell.
class DataDirectory {
public:
    /// Opens `path`, which nobody else may have open. Where there is nothing, or an empty folder,
    /// it is made for the node `fresh`; so it is where no node has begun a journal. Refuses a
    /// folder that holds anything else.
    [[nodiscard]] static std::expected<DataDirectory, std::string> open(const std::string& path,
                                                                        NodeId fresh);

    [[nodiscard]] NodeId node() const { return node_; }
    [[nodiscard]] const std::string& path() const { return path_; }

    /// As it is now; 0 for what cannot be told.
    [[nodiscard]] DiskUse use() const;
    /// Everything, into memory, as far as the disk can read it.
    [[nodiscard]] std::expected<DiskContents, std::string> read(
        const ReadAt& read_at = read_from_disk()) const;
    /// What recover() read is made durable: before the node's first step. What it did not keep goes
    /// with the first sync, and until then a crash finds what this start found.
    [[nodiscard]] Done started(const Recovered& kept);

    /// From now on each segment is made with room for `segment_bytes`, and there is a reserve of
    /// that and some more. Fails where the disk has not so much.
    [[nodiscard]] Done keep_room(std::uint64_t segment_bytes);
    /// The reserve is in use, or a snapshot had no room and was dropped: the node must end, while
    /// the journal can still be written.
    [[nodiscard]] bool full() const { return full_; }

    /// Writes a step's bytes; nothing is durable yet.
    [[nodiscard]] Done append(const JournalAppend& append);
    /// A sync of all that was appended so far, if anything was since the last one.
    /// REQUIRES: the last one has run.
    [[nodiscard]] std::optional<Sync> begin_sync();
    /// Room for the next segment, for make_spare(), if it is time for that.
    [[nodiscard]] std::optional<WantedSpare> begin_spare();
    /// That was tried, and this came of it.
    void spare_made(std::shared_ptr<const File> spare) { spare_.made(std::move(spare)); }
    /// Forgets segments that end at or below `position`; and snapshots that recover() could not
    /// use, nor misses, once the first sync has run. What is to be let go, in this order, on any
    /// thread, but before snapshots that are committed later are synced, and spares made that are
    /// begun later: the disk may take its time.
    [[nodiscard]] std::vector<LetGo> release(Position position);

    /// Writes a piece of a snapshot. A commit gives what makes it durable.
    [[nodiscard]] std::expected<std::optional<SnapshotSync>, std::string> write(
        const SnapshotWrite& write);
    /// What made it durable has run.
    void stored(Slot through) { stored_ = through; }

    /// What must be there once the start is durable. A file that is in this before and after
    /// somebody missed it was not deleted by this node.
    [[nodiscard]] NeededFiles needed() const;

private:
    struct Segment {
        std::shared_ptr<const File> file;  // None before the first write of this process.
        std::uint64_t size{};
    };
    struct Part {
        Slot through;
        std::shared_ptr<const File> file;
        std::uint64_t size{};
    };
    DataDirectory(std::string path, NodeId node, FolderLock lock);
    [[nodiscard]] std::string journal() const { return path_ + "/journal"; }
    [[nodiscard]] std::string snapshots() const { return path_ + "/snapshots"; }
    [[nodiscard]] Done make_segment(const JournalAppend& append);
    template <class Write>
    [[nodiscard]] Done use_spare(const File& file, Write write);
    template <class Write>
    [[nodiscard]] Done use_reserve(const File& file, Write write);
    [[nodiscard]] Done drop_part();
    [[nodiscard]] Done write(const SnapshotBegin& begin);
    [[nodiscard]] Done write(const SnapshotBytes& piece);
    [[nodiscard]] std::optional<SnapshotSync> commit(Slot through);

    std::string path_;
    NodeId node_;
    FolderLock lock_;
    std::map<Position, Segment> segments_;       // By begin.
    std::map<Position, std::string> given_up_;   // Their files, until the first sync.
    std::map<Slot, std::string> bad_snapshots_;  // The same; newer than what was kept.
    std::vector<std::pair<std::string, std::string>> unnamed_;  // Renamed by the next sync.
    enum class FirstSync : std::uint8_t { Wanted, Begun, Over } first_sync_ = FirstSync::Wanted;
    Position end_;           // Of what was appended.
    Position begun_;         // Of what a sync covers.
    bool new_name_ = false;  // In journal/, since the last sync.
    std::vector<std::shared_ptr<const File>> unsynced_;
    std::optional<Part> part_;
    std::optional<Slot> committed_;   // The newest snapshot: there, or soon.
    std::optional<Slot> stored_;      // The newest that is there.
    std::uint64_t segment_room_ = 0;  // 0: none is made, and nothing is reserved.
    Spare spare_;
    std::optional<Position> spare_for_;  // The newest segment when one was begun.
    bool full_ = false;
};

/// What is in a node's folder.
struct FolderContents {
    NodeId node;
    DiskContents disk;
    std::vector<std::string> leftovers;  ///< Files that no start reads.
};
/// Reads all of it and changes nothing. Fails with one line for a person: also where a process has
/// it open, since what is half written would look like damage.
[[nodiscard]] std::expected<FolderContents, std::string> look_into(const std::string& path);

}  // namespace decree::net
