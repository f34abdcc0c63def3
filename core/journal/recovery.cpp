#include "core/journal/recovery.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "core/journal/contents.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/group.hpp"
#include "core/journal/segments.hpp"

namespace decree {
namespace {

using journal::Contents;
using journal::Evidence;
using journal::GroupHead;
using journal::head_bytes;
using journal::HeadSearch;
using journal::IntactHead;
using journal::Segment;
using journal::SegmentHead;
using journal::Segments;
using journal::Unreadable;

std::string text(Position position) { return std::to_string(position.value); }

// A place that cannot be read.
struct Bad {
    std::size_t segment{};
    Position at;
    Unreadable why;
};

// Reads the journal from its begin to its end. What is bad below the highest mark is passed over;
// what is bad at or above it ends the journal.
class Reader {
public:
    Reader(const Segments& segments, Contents& contents)
        : segments_(segments), contents_(contents) {}

    /// Where the rest was cut as torn, if anything was; or why nothing may be made of this.
    std::expected<std::optional<Position>, Damage> read() {
        while (const std::optional<Bad> bad = read_on()) {
            if (bad->why.foreign) return refuse(*bad, "");
            find_mark(*bad);
            if (bad->at >= mark_) return finish(bad->at);
            const std::optional<IntactHead> next = next_head(*bad);
            if (!next) return refuse(*bad, "; nothing readable is left behind it");
            if (const Bad* const foreign = foreign_between(*bad, *next))
                return refuse(*foreign, "");
            contents_.pass_over(
                segments_, bad->segment,
                {.at = bad->at,
                 .what = bad->why.what + how_known() + "; readable again from " + text(next->at)},
                *next);
            if (next->at > mark_) {
                // From the mark on nothing was durable, as far as is known, so that is where the
                // journal ends, as if it had been bad there first.
                contents_.end_at_mark(mark_, evidence_.sequence + 1);
                return finish(mark_);
            }
            go_to(*next);
        }
        return finish(std::nullopt);
    }

private:
    [[nodiscard]] Bad bad(Position at, Unreadable why) const {
        return {.segment = index_, .at = at, .why = std::move(why)};
    }
    static std::unexpected<Damage> refuse(const Bad& bad, const std::string& how) {
        return std::unexpected(Damage{.at = bad.at, .what = bad.why.what + how});
    }

    // What heads say behind the first bad place is true of all that are bad: the marks of those
    // before a place lie below it.
    void find_mark(const Bad& bad) {
        if (searched_) return;
        searched_ = true;
        evidence_ = journal::evidence_behind(segments_, bad.segment, bad.at);
        mark_ = evidence_.mark;
        // A segment is released only when the head of a later one is durable.
        const Position first = segments_.list.front().begin;
        if (bad.at == first && first != Position{}) {
            mark_ = std::max(mark_, Position{first.value + head_bytes<SegmentHead>});
        }
    }
    [[nodiscard]] std::string how_known() const {
        if (evidence_.mark < mark_) return "; nothing readable is left of the journal before it";
        return "; all below " + text(mark_) + " was durable, says the head at " +
               text(evidence_.mark_at);
    }

    // The records behind the cut are given up, but not what their heads repeat: a higher promise or
    // incarnation is always safe, and either may have been shown to somebody if what is bad was
    // durable, and rotted before it was sealed.
    std::optional<Position> finish(std::optional<Position> torn) {
        if (!contents_.place().segments.empty()) {
            contents_.raise(evidence_.promised, evidence_.incarnation);
        }
        return torn;
    }

    // The first intact head behind what is bad that goes on from what was read before.
    [[nodiscard]] std::optional<IntactHead> next_head(const Bad& bad) const {
        HeadSearch search(segments_, bad.segment, Position{bad.at.value + 1});
        while (std::optional<IntactHead> head = search.next()) {
            const bool later = head->sequence >= contents_.place().sequence &&
                               head->incarnation >= contents_.incarnation();
            if (later) return head;
        }
        return std::nullopt;
    }

    // A segment that no crash leaves is not passed over, either.
    [[nodiscard]] const Bad* foreign_between(const Bad& bad, const IntactHead& next) {
        for (std::size_t i = bad.segment + 1; i <= next.segment; ++i) {
            const Segment& segment = segments_.list[i];
            if (segment.head || !segment.head.error().foreign) continue;
            foreign_ = {.segment = i, .at = segment.begin, .why = segment.head.error()};
            return &foreign_;
        }
        return nullptr;
    }

    void go_to(const IntactHead& next) {
        index_ = next.segment;
        inside_ = !next.begins_segment;
    }

    // Reads until something is bad, or to the end.
    std::optional<Bad> read_on() {
        for (; index_ < segments_.list.size(); ++index_) {
            const Segment& segment = segments_.list[index_];
            if (!std::exchange(inside_, false)) {
                if (std::optional<Bad> bad = read_segment_head(segment)) return bad;
            }
            if (std::optional<Bad> bad = read_groups(segment)) return bad;
        }
        return std::nullopt;
    }

    std::optional<Bad> read_segment_head(const Segment& segment) {
        if (!segment.head) return bad(segment.begin, segment.head.error());
        // Positions join because a segment is read to its end, which is the next one's begin.
        const bool follows = contents_.place().segments.empty() ||
                             segment.head->sequence == contents_.place().sequence;
        if (!follows) return bad(segment.begin, {.what = "a segment out of sequence"});
        contents_.begin_segment(segment);
        return std::nullopt;
    }

    std::optional<Bad> read_groups(const Segment& segment) {
        while (contents_.place().end < segment.end) {
            const Position at = contents_.place().end;
            const Bytes rest = segment.bytes.subspan(
                std::min<std::size_t>(segment.bytes.size(), at.value - segment.begin.value));
            if (rest.empty()) {
                return bad(
                    at, {.what = "the bytes from here to " + text(segment.end) + " are missing"});
            }
            if (auto read = read_group(segment, at, rest); !read) {
                return bad(at, std::move(read.error()));
            }
        }
        return std::nullopt;
    }

    // The group with which `rest` begins, if it goes on from what was read.
    std::expected<void, Unreadable> read_group(const Segment& segment, Position at, Bytes rest) {
        const auto refuse = [](std::string what) {
            return std::unexpected(Unreadable{.what = std::move(what)});
        };
        // A head was read before, so it is known whose journal this is.
        const auto group = journal::read_group(rest, at, *segments_.node);
        if (!group) return std::unexpected(group.error());
        const GroupHead& head = group->head;
        if (head.sequence != contents_.place().sequence) return refuse("a group out of sequence");
        const bool of_this_start = segment.head ? head.incarnation == segment.head->incarnation
                                                : head.incarnation >= contents_.incarnation();
        if (!of_this_start) return refuse("a group of another start");
        contents_.add_group(head, group->records);
        return {};
    }

    const Segments& segments_;
    Contents& contents_;
    std::size_t index_ = 0;
    bool inside_ = false;  // Goes on inside a segment, at the end of what was read.
    bool searched_ = false;
    Evidence evidence_;
    Position mark_;
    Bad foreign_;
};

// Whether the first segment is missing, and nothing says that anything was ever durable: a power
// loss before the first sync ended may take one file and leave a later one.
bool never_durable(const Segments& segments) {
    if (segments.list.empty() || segments.list.front().begin == Position{}) return false;
    const auto vouches = [](const Segment& segment) {
        return segment.head && segment.head->mark != Position{};
    };
    if (std::ranges::any_of(segments.list, vouches)) return false;
    const bool readable = std::ranges::any_of(
        segments.list, [](const Segment& segment) { return segment.head.has_value(); });
    return readable &&
           journal::evidence_behind(segments, 0, segments.list.front().begin).mark == Position{};
}

// What the disk cannot read at or behind `end`. Nothing says that it was durable, but no crash
// leaves such a place: whatever stood there was written before, and may be the newest promise.
std::optional<Damage> unreadable_behind(const Segments& segments, Position end) {
    for (const Segment& segment : segments.list) {
        for (const ByteRange& range : segment.unreadable) {
            const std::uint64_t from = std::max(segment.begin.value + range.begin, end.value);
            const std::uint64_t to = std::min(segment.begin.value + range.end, segment.end.value);
            if (from >= to) continue;
            return Damage{.at = Position{from},
                          .what = "the disk cannot read its journal from " + std::to_string(from) +
                                  " to " + std::to_string(to) +
                                  ", where its newest promise and votes may stand"};
        }
    }
    return std::nullopt;
}

}  // namespace

std::expected<Recovered, Damage> recover(std::span<const SegmentBytes> segments,
                                         std::span<const SnapshotFileBytes> snapshots) {
    const auto arranged = journal::arrange(segments);
    if (!arranged) return std::unexpected(arranged.error());
    if (snapshots.empty() && never_durable(*arranged)) {
        if (auto lost = unreadable_behind(*arranged, Position{})) {
            return std::unexpected(*std::move(lost));
        }
        Recovered nothing;
        nothing.torn_at = Position{};
        return nothing;
    }
    Contents contents;
    const auto torn_at = Reader(*arranged, contents).read();
    if (!torn_at) return std::unexpected(torn_at.error());
    if (auto lost = unreadable_behind(*arranged, contents.place().end)) {
        return std::unexpected(*std::move(lost));
    }
    if (contents.place().segments.empty()) {
        if (!snapshots.empty()) {
            return std::unexpected(
                Damage{.at = Position{}, .what = "there is a snapshot, but no journal"});
        }
        Recovered nothing;
        nothing.torn_at = *torn_at;
        return nothing;
    }
    auto recovered = std::move(contents).finish(*arranged->node, snapshots);
    if (recovered) recovered->torn_at = *torn_at;
    return recovered;
}

}  // namespace decree
