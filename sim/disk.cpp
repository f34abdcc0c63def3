#include "sim/disk.hpp"

#include <algorithm>
#include <utility>

#include "core/contract.hpp"
#include "core/overload.hpp"

namespace decree::sim {

std::size_t Disk::segment_of(std::uint64_t position) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        if (segments_[i].begin.value <= position && !segments_[i].stale) found = i;
    }
    return found;
}

void Disk::forget_writes(std::uint64_t begin, std::uint64_t end) {
    std::erase_if(writes_, [&](const Write& w) { return w.begin >= begin && w.begin < end; });
}

void Disk::remove_segment(std::size_t index) {
    Segment& gone = segments_[index];
    const std::uint64_t end =
        index + 1 < segments_.size() ? segments_[index + 1].begin.value : ~std::uint64_t{0};
    forget_writes(gone.begin.value, end);
    give_spare(gone.file.take());
    segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Disk::give_up(std::size_t index) {
    Segment& segment = segments_[index];
    segment.file.disown();
    given_up_.push_back({.begin = segment.begin, .file = std::move(segment.file)});
    remove_segment(index);
}

// Segments that have no names are lost, those that were not gone yet are back.
void Disk::forget_the_start() {
    for (std::size_t i = segments_.size(); i-- > 0;) {
        if (!segments_[i].named) remove_segment(i);
    }
    for (Segment& back : given_up_) {
        const auto place = std::ranges::lower_bound(segments_, back.begin, {}, &Segment::begin);
        segments_.insert(place, std::move(back));
    }
    given_up_.clear();
    first_sync_ended_ = true;
}

ByteBuffer Disk::take_spare() {
    if (spare_.empty()) return {};
    ByteBuffer bytes = std::move(spare_.back());
    spare_.pop_back();
    return bytes;
}

void Disk::give_spare(ByteBuffer&& bytes) {
    constexpr std::size_t most = 4;
    if (spare_.size() >= most) return;
    bytes.clear();
    spare_.push_back(std::move(bytes));
}

void Disk::append(const JournalAppend& append, Position mark) {
    if (append.bytes.empty()) return;
    if (append.starts_segment) {
        const auto place = std::lower_bound(
            segments_.begin(), segments_.end(), append.begin,
            [](const Segment& segment, Position begin) { return segment.begin < begin; });
        Segment segment{.begin = append.begin,
                        .file = DiskFile(take_spare()),
                        .released = false,
                        .read = 0,
                        .named = first_sync_ended_};
        if (place != segments_.end() && place->begin == append.begin) {
            *place = std::move(segment);
        } else {
            segments_.insert(place, std::move(segment));
        }
    }
    ENSURE(!segments_.empty(), "a journal begins with a segment");
    Segment& last = segments_.back();
    ENSURE(last.begin.value + last.file.size() == append.begin.value,
           "journal bytes follow upon one another");
    last.file.append(append.bytes);
    end_ = Position{append.begin.value + append.bytes.size()};
    writes_.push_back({.begin = append.begin.value, .end = end_.value, .mark = mark.value});
}

void Disk::write(const SnapshotWrite& write) {
    using State = SnapshotFile::State;
    const auto file = [this](Slot through) -> SnapshotFile& {
        for (SnapshotFile& each : snapshots_) {
            if (each.through == through && each.state == State::Writing) return each;
        }
        ENSURE(false, "bytes of a snapshot follow its begin");
    };
    std::visit(
        Overload{
            [&](const SnapshotBegin& begin) {
                std::erase_if(snapshots_, [&](const SnapshotFile& each) {
                    return each.state == State::Writing || each.through == begin.through;
                });
                snapshots_.push_back({.through = begin.through, .file = DiskFile(take_spare())});
            },
            [&](const SnapshotBytes& bytes) { file(bytes.through).file.append(bytes.bytes); },
            [&](const SnapshotCommit& commit) { file(commit.through).state = State::Committed; },
        },
        write);
}

// A segment ends where the next one begins: behind that its file may hold what a crash left.
void Disk::release(Position position, const DiskHabits& habits) {
    if (position <= released_) return;
    released_ = position;
    std::size_t gone = 0;
    while (gone + 1 < segments_.size() && segments_[gone + 1].begin <= position) ++gone;
    for (std::size_t i = gone; i-- > 0;) {
        if (habits.keeps_released && !segments_[i].released) {
            segments_[i].released = true;  // Goes with the next release.
            forget_writes(segments_[i].begin.value, segments_[i + 1].begin.value);
        } else {
            remove_segment(i);
        }
    }
}

bool Disk::wants_sync(const DiskHabits& habits) const {
    return begun_ < end_ && syncs_.size() < habits.syncs_at_once;
}

std::uint64_t Disk::begin_sync(std::uint64_t ends_at) {
    if (!syncs_.empty()) ends_at = std::max(ends_at, syncs_.back().ends_at);
    begun_ = end_;
    syncs_.push_back({.covers = end_, .ends_at = ends_at});
    return ends_at;
}

// Of those that are durable the newest has the highest.
void Disk::note_marks() {
    for (std::size_t i = writes_.size(); i-- > 0;) {
        if (writes_[i].end > durable_.value) continue;
        vouched_ = std::max(vouched_, writes_[i].mark);
        return;
    }
}

Position Disk::end_sync() {
    ENSURE(!syncs_.empty(), "a sync that ends has begun");
    durable_ = syncs_.front().covers;
    syncs_.erase(syncs_.begin());
    note_marks();
    if (!std::exchange(first_sync_ended_, true)) {
        given_up_.clear();
        for (Segment& each : segments_) each.named = true;
    }
    return durable_;
}

Slot Disk::store_snapshot(const DiskHabits& habits) {
    using State = SnapshotFile::State;
    for (std::size_t i = 0; i < snapshots_.size(); ++i) {
        if (snapshots_[i].state != State::Committed) continue;
        snapshots_[i].state = State::Stored;
        const Slot through = snapshots_[i].through;
        const std::size_t keep = habits.keeps_released ? 1 : 0;
        std::size_t older = 0;
        for (const SnapshotFile& each : snapshots_) {
            older += each.through < through && each.state == State::Stored ? 1U : 0U;
        }
        for (std::size_t k = 0; k < snapshots_.size();) {
            const bool old =
                snapshots_[k].through < through && snapshots_[k].state == State::Stored;
            if (!old || older-- <= keep) {
                ++k;
                continue;
            }
            give_spare(snapshots_[k].file.take());
            snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(k));
        }
        return through;
    }
    ENSURE(false, "a snapshot that is stored was committed");
}

std::expected<Recovered, Damage> Disk::recover() const {
    std::vector<SegmentBytes> segments;
    segments.reserve(segments_.size());
    for (const Segment& each : segments_) segments.push_back({each.begin, each.file.bytes()});
    std::vector<SnapshotFileBytes> snapshots;
    snapshots.reserve(snapshots_.size());
    for (const SnapshotFile& each : snapshots_)
        snapshots.push_back({each.through, each.file.bytes()});
    return decree::recover(segments, snapshots);
}

traces::DiskView Disk::view() const {
    traces::DiskView view;
    for (const Segment& each : segments_) {
        view.segments.emplace_back(each.begin, each.file.view());
    }
    for (const SnapshotFile& each : snapshots_) {
        view.snapshots.emplace_back(each.through, each.file.view());
    }
    return view;
}

void Disk::started(const Recovered& kept) {
    const auto& named = kept.place.segments;
    for (std::size_t i = segments_.size(); i-- > 0;) {
        const auto found =
            std::ranges::find(named, segments_[i].begin, &JournalPlace::Segment::begin);
        if (found == named.end()) {
            give_up(i);
        } else {
            segments_[i].released = segments_[i].bad = segments_[i].stale = false;
            segments_[i].file.accept();
            segments_[i].read = segments_[i].file.size();
        }
    }
    const Position end = kept.place.end;
    std::erase_if(writes_, [&](const Write& write) { return write.end > end.value; });
    std::erase_if(snapshots_, [&](const SnapshotFile& each) {
        return !kept.snapshot || each.through != kept.snapshot->through;
    });
    for (SnapshotFile& each : snapshots_) {
        each.state = SnapshotFile::State::Stored;
        each.file.accept();
    }
    end_ = begun_ = durable_ = end;
    for (std::size_t i = 0; i < segments_.size() && !kept.damage.empty(); ++i) {
        segments_[i].bad = look_at(i).has_value();
    }
    released_ = Position{};
    first_sync_ended_ = false;
    ++life_;
}

}  // namespace decree::sim
