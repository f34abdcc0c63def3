/// Goal: no bytes on a disk crash recovery or make it allocate much, and what it believes it
/// proves: the same bytes give the same answer, and a journal that goes on from there is read back.
/// Method: the input is a list of files: a begin (1 byte, times 64), a length (2 bytes), the bytes.
/// With an odd first byte, our own writer first makes a journal, over which the input is laid.

#include <algorithm>
#include <map>
#include <vector>

#include "core/contract.hpp"
#include "core/journal/recovery.hpp"
#include "tests/footprint.hpp"

namespace decree {
namespace {

using Files = std::map<Position, ByteBuffer>;

constexpr JournalHeads heads{.node = NodeId{3},
                             .incarnation = Incarnation{1},
                             .promised = {2, NodeId{3}},
                             .snapshot_through = Slot{0}};

void append(Files& files, JournalWriter& writer, const JournalHeads& with) {
    JournalAppend out;
    writer.close_group(with, out);
    if (out.starts_segment) files[out.begin].clear();
    auto file = files.upper_bound(out.begin);
    --file;
    file->second.insert(file->second.end(), out.bytes.begin(), out.bytes.end());
    writer.durable(writer.end());
}

Files own_journal() {
    Files files;
    JournalWriter writer(JournalPlace{}, 256);
    writer.add(StartedRecord{.node = heads.node, .incarnation = heads.incarnation});
    append(files, writer, heads);
    for (std::uint64_t slot = 1; slot < 5; ++slot) {
        writer.add(VoteRecord{Slot{slot}, heads.promised, Value(as_bytes("value"))});
        append(files, writer, heads);
    }
    return files;
}

std::vector<SegmentBytes> as_segments(const Files& files) {
    std::vector<SegmentBytes> segments;
    for (const auto& [begin, bytes] : files) segments.push_back({.begin = begin, .bytes = bytes});
    return segments;
}

void lay_over(Files& files, Bytes input) {
    while (input.size() >= 3) {
        auto& file = files[Position{static_cast<std::uint64_t>(input[0]) * 64}];
        const std::size_t offset = static_cast<std::size_t>(input[1]) * 2;
        const std::size_t size = std::min(static_cast<std::size_t>(input[2]), input.size() - 3);
        if (file.size() < offset + size) file.resize(offset + size);
        std::ranges::copy(input.subspan(3, size), file.begin() + static_cast<long>(offset));
        input = input.subspan(3 + size);
    }
}

void go_on(Files& files, const Recovered& recovered) {
    std::erase_if(files, [&](const auto& file) {
        return std::ranges::none_of(recovered.place.segments,
                                    [&](const auto& kept) { return kept.begin == file.first; });
    });
    JournalWriter writer(recovered.place, 256);
    JournalHeads next = recovered.heads;
    ++next.incarnation.value;
    if (next.incarnation == Incarnation{}) return;
    if (next.node == NodeId{}) next.node = NodeId{1};
    writer.add(StartedRecord{.node = next.node, .incarnation = next.incarnation});
    append(files, writer, next);
    const auto again = recover(as_segments(files), {});
    ENSURE(again.has_value(), "a journal that goes on behind a cut is whole");
    ENSURE(again->slots == recovered.slots, "nothing is lost by going on");
    ENSURE(again->heads == next && !again->torn_at, "what was written last is read");
    ENSURE(again->doubt_through == recovered.doubt_through, "what was in doubt stays so");
    ENSURE(again->damage.size() == recovered.damage.size(), "what is bad stays bad");
}

}  // namespace
}  // namespace decree

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace decree;
    if (size == 0) return 0;
    const Bytes input = std::as_bytes(std::span(data, size));
    Files files = (data[0] & 1U) != 0 ? own_journal() : Files{};
    lay_over(files, input.subspan(1));
    std::size_t total = 0;
    for (const auto& [begin, bytes] : files) total += bytes.size();
    const auto segments = as_segments(files);
    const auto found = recover(segments, {});
    ENSURE(found == recover(segments, {}), "the same bytes give the same answer");
    if (!found) return 0;
    ENSURE(footprint(*found) <= allowed_footprint(total) + 64 * files.size(),
           "hostile lengths allocate nothing big");
    if (total > 0) go_on(files, *found);
    return 0;
}
