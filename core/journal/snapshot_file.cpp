#include "core/journal/snapshot_file.hpp"

#include <optional>
#include <utility>

#include "core/hash.hpp"
#include "core/journal/frame.hpp"

namespace decree {
namespace {

using journal::head_bytes;
using journal::load_head;

// "decree-s", "piec", "foot", read as little-endian numbers.
constexpr std::uint64_t file_magic = 0x732D656572636564U;
constexpr std::uint32_t piece_magic = 0x63656970U;
constexpr std::uint32_t foot_magic = 0x746F6F66U;

struct FileHead {
    std::uint64_t magic = file_magic;
    std::uint32_t version = journal::format_version;
    Slot through;
    std::uint32_t checksum{};
};

struct PieceHead {
    std::uint32_t magic = piece_magic;
    std::uint64_t index{};
    std::uint64_t size{};
    std::uint64_t body_checksum{};
    std::uint32_t checksum{};
};

struct FileFoot {
    std::uint32_t magic = foot_magic;
    Slot through;
    std::uint64_t pieces{};
    std::uint32_t checksum{};
};

std::uint64_t piece_checksum(Slot through, std::uint64_t index, Bytes piece) {
    return mix(mix(hash_bytes(piece), index), through.value);
}

template <class Head>
void append_head(const Head& head, ByteBuffer& out) {
    out.resize(out.size() + head_bytes<Head>);
    journal::store_head(head, out.data() + out.size() - head_bytes<Head>);
}

// Reads a file part by part; `error` stands for the first thing that was wrong.
class FileReader {
public:
    explicit FileReader(Bytes bytes) : bytes_(bytes) {}

    std::expected<SnapshotImage, BadSnapshot> read() {
        SnapshotImage image;
        const std::optional<FileHead> head = take_head<FileHead>("the file's head");
        if (!head) return std::unexpected(error_);
        if (head->magic != file_magic) return refuse("not a snapshot file");
        if (head->version != journal::format_version) {
            return refuse("format version " + std::to_string(head->version) +
                          ", and this program reads " + std::to_string(journal::format_version));
        }
        through_ = image.through = head->through;
        while (next_magic() != foot_magic) {
            std::optional<Value> piece = take_piece(image.pieces.size());
            if (!piece) return std::unexpected(error_);
            image.pieces.push_back(*std::move(piece));
        }
        const std::optional<FileFoot> foot = take_head<FileFoot>("the file's foot");
        if (!foot) return std::unexpected(error_);
        if (foot->through != through_) return refuse("the foot of another snapshot");
        if (foot->pieces != image.pieces.size()) {
            return refuse("the foot counts " + std::to_string(foot->pieces) +
                          " pieces, there are " + std::to_string(image.pieces.size()));
        }
        if (!rest().empty()) return refuse("bytes behind the foot");
        return image;
    }

private:
    [[nodiscard]] Bytes rest() const { return bytes_.subspan(at_); }

    std::unexpected<BadSnapshot> refuse(std::string what, bool unfinished = false) {
        error_ = BadSnapshot{.what = std::move(what), .offset = at_, .unfinished = unfinished};
        return std::unexpected(error_);
    }
    std::nullopt_t refuse_part(std::string what, bool unfinished = false) {
        static_cast<void>(refuse(std::move(what), unfinished));
        return std::nullopt;
    }

    // What the next part begins with; none at the end of the bytes.
    [[nodiscard]] std::optional<std::uint32_t> next_magic() const {
        std::uint32_t magic = 0;
        if (rest().size() < sizeof magic) return std::nullopt;
        const std::byte* at = rest().data();
        journal::detail::load(magic, at);
        return magic;
    }

    template <class Head>
    std::optional<Head> take_head(const std::string& what) {
        if (rest().size() < head_bytes<Head>) return refuse_part(what + " is incomplete", true);
        std::optional<Head> head = load_head<Head>(rest());
        if (!head) return refuse_part(what + " does not match its checksum");
        at_ += head_bytes<Head>;
        return head;
    }

    std::optional<Value> take_piece(std::uint64_t index) {
        const std::string name = "piece " + std::to_string(index);
        if (next_magic().value_or(piece_magic) != piece_magic) {
            return refuse_part("neither a piece nor the foot");
        }
        const std::optional<PieceHead> head = take_head<PieceHead>("the head of " + name);
        if (!head) return std::nullopt;
        if (head->index != index) {
            return refuse_part("piece " + std::to_string(head->index) + " in place of " + name);
        }
        if (head->size > rest().size()) return refuse_part(name + " is incomplete", true);
        const Bytes body = rest().first(static_cast<std::size_t>(head->size));
        if (piece_checksum(through_, index, body) != head->body_checksum) {
            return refuse_part(name + " does not match its checksum");
        }
        at_ += body.size();
        return Value(body);
    }

    Bytes bytes_;
    std::size_t at_ = 0;
    Slot through_;
    BadSnapshot error_;
};

}  // namespace

void begin_snapshot_file(Slot through, ByteBuffer& out) {
    append_head(FileHead{.through = through}, out);
}

void add_snapshot_piece(Slot through, std::uint64_t index, Bytes piece, ByteBuffer& out) {
    out.reserve(out.size() + head_bytes<PieceHead> + piece.size());
    append_head(PieceHead{.index = index,
                          .size = piece.size(),
                          .body_checksum = piece_checksum(through, index, piece)},
                out);
    out.insert(out.end(), piece.begin(), piece.end());
}

void end_snapshot_file(Slot through, std::uint64_t pieces, ByteBuffer& out) {
    append_head(FileFoot{.through = through, .pieces = pieces}, out);
}

std::expected<SnapshotImage, BadSnapshot> read_snapshot_file(Bytes bytes) {
    return FileReader(bytes).read();
}

}  // namespace decree
