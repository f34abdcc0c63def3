/// What crashes leave of a disk, and how what was durable goes bad.

#include <algorithm>
#include <utility>

#include "core/contract.hpp"
#include "core/journal/scrub.hpp"
#include "sim/disk.hpp"

namespace decree::sim {

namespace {

constexpr std::uint64_t sector = 512;

void flip_byte(DiskFile& file, std::uint64_t at, Dice& dice) {
    file.alter(at, file.bytes()[at] ^ static_cast<std::byte>(1U + dice.below(255)));
}

// A byte of it changes, or a sector is lost, or all from some place on.
void spoil(DiskFile& file, Dice& dice) {
    const std::uint64_t at = dice.below(file.size());
    file.remember();
    switch (dice.below(3)) {
    case 0:
        return flip_byte(file, at, dice);
    case 1:
        return file.erase(at / sector * sector,
                          std::min<std::uint64_t>((at / sector + 1) * sector, file.size()));
    default:
        return file.cut(at);
    }
}

}  // namespace

void Disk::crash(Leftover leftover, Dice& dice) {
    const bool naming = !first_sync_ended_ && !syncs_.empty();
    if (naming && leftover != Leftover::None && dice.chance(1, 2)) end_first_sync(dice);
    if (leftover != Leftover::All) {
        drop_unsynced(leftover, dice);
        drop_snapshots(leftover, dice);
    }
    forget_the_start();
    syncs_.clear();
    ++life_;
}

// It had come to an end all but for some segments that were to be deleted, and nobody was told.
void Disk::end_first_sync(Dice& dice) {
    durable_ = syncs_.front().covers;
    note_marks();
    for (Segment& each : segments_) each.named = each.named || each.begin < durable_;
    std::erase_if(given_up_, [&](const Segment& old) {
        return std::ranges::binary_search(segments_, old.begin, {}, &Segment::begin) ||
               dice.chance(1, 2);
    });
    for (Segment& old : given_up_) old.stale = true;
}

void Disk::wipe() {
    const std::uint32_t life = life_;
    *this = Disk{};
    life_ = life;
}

// Where a segment ends, of a journal that does at `last`.
Position Disk::end_of(std::size_t index, Position last) const {
    const auto behind = segments_.begin() + static_cast<std::ptrdiff_t>(index) + 1;
    const auto following = std::ranges::find(behind, segments_.end(), false, &Segment::stale);
    return following == segments_.end() ? last : std::min(last, following->begin);
}

bool Disk::is_looked_at(std::size_t index) const {
    const Segment& segment = segments_[index];
    return !segment.released && segment.named && !segment.bad &&
           segment.begin < end_of(index, durable_);
}

std::optional<Damage> Disk::look_at(std::size_t index) const {
    const Segment& segment = segments_[index];
    return decree::scrub({.begin = segment.begin, .bytes = segment.file.bytes()},
                         end_of(index, durable_));
}

std::optional<Damage> Disk::scrub() const {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        if (!is_looked_at(i)) continue;
        if (auto found = look_at(i)) return found;
    }
    for (const SnapshotFile& each : snapshots_) {
        if (each.state != SnapshotFile::State::Stored) continue;
        auto found = decree::scrub({.through = each.through, .bytes = each.file.bytes()});
        if (found) return found;
    }
    return std::nullopt;
}

bool Disk::is_bad() const {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const Segment& segment = segments_[i];
        const std::uint64_t size = end_of(i, durable_).value - segment.begin.value;
        if (is_looked_at(i) && segment.file.is_bad_below(size)) return true;
    }
    return std::ranges::any_of(snapshots_, [](const SnapshotFile& each) {
        return each.state == SnapshotFile::State::Stored && each.file.is_bad();
    });
}

bool Disk::is_bad_below_mark() const {
    const Position mark{sealed_through()};
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const Segment& segment = segments_[i];
        if (segment.released || segment.stale || mark <= segment.begin) continue;
        if (segment.file.is_bad_below(end_of(i, mark).value - segment.begin.value)) return true;
    }
    return false;
}

bool Disk::snapshot_is_rotten() const {
    const SnapshotFile* newest = nullptr;
    for (const SnapshotFile& each : snapshots_) {
        if (each.state == SnapshotFile::State::Stored) newest = &each;
    }
    return newest != nullptr && newest->rotten;
}

void Disk::put_back(const Disk& image, Dice& dice) {
    const std::uint32_t life = life_;
    *this = image;
    life_ = life;
    crash(Leftover::None, dice);
}

void Disk::erase(const Write& write) {
    Segment& segment = segments_[segment_of(write.begin)];
    const std::uint64_t from = write.begin - segment.begin.value;
    const std::uint64_t through =
        std::min<std::uint64_t>(write.end - segment.begin.value, segment.file.size());
    segment.file.erase(from, through);
}

// Only some bytes of the write reached the disk.
void Disk::tear(const Write& write, Dice& dice) {
    Segment& segment = segments_[segment_of(write.begin)];
    const std::uint64_t from = write.begin - segment.begin.value;
    const std::uint64_t through = write.end - segment.begin.value;
    if (dice.chance(1, 2)) {
        for (std::uint64_t at = from; at < through;) {
            const std::uint64_t end = std::min(through, (at / sector + 1) * sector);
            if (dice.chance(1, 2)) segment.file.erase(at, end);
            at = end;
        }
    } else {
        const std::uint64_t kept = dice.below(through - from);
        segment.file.erase(from + kept, through);
    }
}

void Disk::drop_unsynced(Leftover leftover, Dice& dice) {
    std::vector<Write> kept;  // What is there in part is kept: files reach that far.
    for (std::size_t i = 0; i < writes_.size();) {
        const Write write = writes_[i];
        if (write.end <= durable_.value) {
            ++i;
            continue;
        }
        const std::uint32_t fate =
            leftover == Leftover::None ? 0 : dice.below(leftover == Leftover::Torn ? 3 : 2);
        if (fate == 1) {
            kept.push_back(write);
            ++i;
            continue;
        }
        if (fate == 2) {
            tear(write, dice);
            kept.push_back(write);
        } else {
            erase(write);
        }
        writes_.erase(writes_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    cut_tails(kept);
}

// Files end where the last byte was written that stayed, or with zeros up to where they had grown.
void Disk::cut_tails(const std::vector<Write>& kept) {
    for (std::size_t i = segments_.size(); i-- > 0;) {
        Segment& segment = segments_[i];
        const std::uint64_t begin = segment.begin.value;
        const std::uint64_t end = begin + segment.file.size();
        if (end <= durable_.value) continue;
        std::uint64_t stays = std::max(begin + segment.read, std::min(durable_.value, end));
        for (const Write& write : kept) {
            if (write.begin >= begin && write.end <= end) stays = std::max(stays, write.end);
        }
        segment.file.cut(stays - begin);
        if (segment.file.size() == 0) remove_segment(i);
    }
}

void Disk::drop_snapshots(Leftover leftover, Dice& dice) {
    for (std::size_t i = snapshots_.size(); i-- > 0;) {
        SnapshotFile& file = snapshots_[i];
        if (file.state == SnapshotFile::State::Stored) continue;
        const std::uint32_t fate = leftover == Leftover::None ? 0 : dice.below(3);
        if (fate == 0) {
            snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(i));
        } else if (fate == 1) {
            file.file.cut(dice.below(file.file.size() + 1));
        }
    }
}

// Everything below is vouched for by a durable write that lies above it, and that nothing struck.
std::uint64_t Disk::sealed_through() const {
    std::uint64_t sealed = 0;
    for (const Write& write : writes_) {
        if (write.end <= durable_.value && !write.struck) sealed = std::max(sealed, write.mark);
    }
    return sealed;
}

void Disk::strike(std::uint64_t begin, std::uint64_t end) {
    for (Write& write : writes_) {
        write.struck = write.struck || (write.begin < end && begin < write.end);
    }
}

void Disk::flip_in(const Write& write, Dice& dice) {
    Segment& segment = segments_[segment_of(write.begin)];
    const std::uint64_t at = write.begin + dice.below(write.end - write.begin);
    segment.file.remember();
    flip_byte(segment.file, at - segment.begin.value, dice);
    strike(write.begin, write.end);
}

std::vector<Disk::Write> Disk::victims(std::uint64_t from, std::uint64_t through) const {
    std::vector<Write> found;
    for (const Write& write : writes_) {
        if (write.end > from && write.end <= through) found.push_back(write);
    }
    return found;
}

bool Disk::rot_snapshot(Dice& dice) {
    for (std::size_t i = snapshots_.size(); i-- > 0;) {
        SnapshotFile& file = snapshots_[i];
        if (file.state != SnapshotFile::State::Stored || file.file.size() == 0) continue;
        spoil(file.file, dice);
        file.rotten = file.file.is_bad();
        return file.rotten;
    }
    return false;
}

bool Disk::rot(Dice& dice, bool newest) {
    constexpr std::size_t few = 4;
    std::vector<Write> struck = victims(0, sealed_through());
    if (struck.empty()) return false;
    if (newest && struck.size() > few) struck.erase(struck.begin(), struck.end() - few);
    flip_in(dice.one_of(struck), dice);
    return true;
}

bool Disk::rot_unsealed(Dice& dice) {
    const std::vector<Write> struck = victims(vouched_, durable_.value);
    if (struck.empty()) return false;
    flip_in(dice.one_of(struck), dice);
    return true;
}

bool Disk::misplace_write(Dice& dice) {
    const std::uint64_t sealed = sealed_through();
    const std::vector<Write> struck = victims(0, sealed);
    if (struck.size() < 2) return false;
    const std::uint32_t first = dice.below(struck.size());
    const std::uint32_t second =
        (first + 1 + dice.below(struck.size() - 1)) % static_cast<std::uint32_t>(struck.size());
    const Write source = struck[first];
    const Write target = struck[second];
    if (source.struck) return false;  // What lies there may be what belongs to the other place.
    const Segment& from = segments_[segment_of(source.begin)];
    const std::uint64_t begin = source.begin - from.begin.value;
    const std::uint64_t end = source.end - from.begin.value;
    const auto whole = from.file.bytes().begin();
    const ByteBuffer bytes(whole + static_cast<std::ptrdiff_t>(begin),
                           whole + static_cast<std::ptrdiff_t>(end));
    segments_[segment_of(source.begin)].file.remember();
    erase(source);
    strike(source.begin, source.end);
    strike(target.begin, std::min<std::uint64_t>(target.begin + bytes.size(), sealed));
    Segment& to = segments_[segment_of(target.begin)];
    to.file.remember();
    for (std::uint64_t i = 0; i < bytes.size(); ++i) {
        const std::uint64_t position = target.begin + i;
        if (position >= sealed || position - to.begin.value >= to.file.size()) break;
        to.file.alter(position - to.begin.value, bytes[i]);
    }
    return true;
}

bool Disk::lose_write(Dice& dice) {
    const std::vector<Write> struck = victims(0, sealed_through());
    if (struck.empty()) return false;
    const Write write = dice.one_of(struck);
    const std::size_t index = segment_of(write.begin);
    const Segment& segment = segments_[index];
    const bool whole = segment.begin.value + segment.file.size() <= sealed_through();
    if (whole && dice.chance(1, 4)) {
        remove_segment(index);  // The file's name never reached the directory.
    } else {
        segments_[index].file.remember();
        erase(write);
        strike(write.begin, write.end);
    }
    return true;
}

// As a driver sees it: zeros, where it could not read. Only what lies below the mark is struck:
// where that is not so the node does not start, as with a lost disk.
bool Disk::lose_sector(Dice& dice) {
    const std::uint64_t sealed = sealed_through();
    const std::vector<Write> struck = victims(0, sealed);
    if (struck.empty()) return false;
    const Write write = dice.one_of(struck);
    Segment& segment = segments_[segment_of(write.begin)];
    const std::uint64_t at = write.begin + dice.below(write.end - write.begin);
    const std::uint64_t from = (at - segment.begin.value) / sector * sector;
    const std::uint64_t through =
        std::min({from + sector, sealed - segment.begin.value, std::uint64_t{segment.file.size()}});
    segment.file.remember();
    segment.file.erase(from, through);
    strike(segment.begin.value + from, segment.begin.value + through);
    return true;
}

}  // namespace decree::sim
