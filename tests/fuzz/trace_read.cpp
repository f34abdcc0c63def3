/// No bytes, however hostile, stop the reader of traces, or whoever replays what was read.

#include <cstddef>
#include <cstdint>

#include "core/codec.hpp"
#include "traces/disk_image.hpp"
#include "traces/format.hpp"
#include "traces/replay.hpp"

namespace {

using namespace decree;
using namespace decree::traces;

// Checksums keep a fuzzer out: put the right ones, so that it gets at what is behind them.
ByteBuffer framed(Bytes content) {
    ByteBuffer file;
    put_header(
        {.settings = {.voters = {NodeId{1}}}, .store = {}, .seed = 1, .profile = "p", .title = "t"},
        file);
    for (std::size_t i = 0; i < block_head; ++i) {
        file.push_back(static_cast<std::byte>(content.size() >> (8 * i)));
    }
    file.insert(file.end(), content.begin(), content.end());
    const std::uint64_t checksum = block_checksum(1, content);
    for (std::size_t i = 0; i < block_foot; ++i) {
        file.push_back(static_cast<std::byte>(checksum >> (8 * i)));
    }
    return file;
}

void read_all(const Trace& trace) {
    EntryReader reader(trace);
    Entry entry;
    while (reader.next(entry)) {
        const auto* start = std::get_if<Start>(&entry.what);
        if (start == nullptr) continue;
        WrittenFiles<Tape> written;
        Decoder in(start->disk);
        static_cast<void>(get_disk(written, in));
    }
    static_cast<void>(replay_check(trace));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes = std::as_bytes(std::span(data, size));
    if (const auto trace = Trace::read({bytes.begin(), bytes.end()})) read_all(*trace);
    if (const auto trace = Trace::read(framed(bytes))) read_all(*trace);
    return 0;
}
