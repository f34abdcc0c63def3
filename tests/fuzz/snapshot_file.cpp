/// Goal: no bytes break the reader of snapshot files, and none are read in two ways.
/// Method: read the input; read it as pieces of a file with good checksums, too; write again what
/// was accepted.

#include "core/journal/snapshot_file.hpp"

#include <algorithm>

#include "core/contract.hpp"
#include "tests/footprint.hpp"

namespace decree {
namespace {

ByteBuffer write(const SnapshotImage& image) {
    ByteBuffer file;
    begin_snapshot_file(image.through, file);
    for (std::size_t i = 0; i < image.pieces.size(); ++i) {
        add_snapshot_piece(image.through, i, image.pieces[i].bytes(), file);
    }
    end_snapshot_file(image.through, image.pieces.size(), file);
    return file;
}

void read(Bytes bytes) {
    const auto image = read_snapshot_file(bytes);
    if (!image) {
        ENSURE(image.error().offset <= bytes.size(), "a reader stays within its bytes");
        return;
    }
    ENSURE(footprint(*image) <= allowed_footprint(bytes.size()),
           "hostile lengths allocate nothing big");
    ENSURE(std::ranges::equal(write(*image), bytes), "a snapshot has one file form");
}

}  // namespace
}  // namespace decree

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace decree;
    const Bytes input = std::as_bytes(std::span(data, size));
    read(input);
    // The first byte says where the pieces of a good file are cut, and where it is then spoiled.
    if (size < 2) return 0;
    const std::size_t step = 1 + (data[0] & 31U);
    SnapshotImage image{.through = Slot{size}, .pieces = {}};
    for (std::size_t at = 1; at < size; at += step) {
        image.pieces.emplace_back(input.subspan(at, std::min(step, size - at)));
    }
    ByteBuffer file = write(image);
    ENSURE(read_snapshot_file(file) == image, "what is written is read");
    file[(data[0] * std::size_t{37}) % file.size()] ^= static_cast<std::byte>(1U << (data[1] & 7U));
    ENSURE(!read_snapshot_file(file), "no bit flips unnoticed");
    read(Bytes(file).first(file.size() / 2));
    return 0;
}
