#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/codec.hpp"
#include "traces/disk_image.hpp"

namespace decree::sim {

/// The bytes of a file, and which of them are not what was written there.
class DiskFile {
public:
    DiskFile() = default;
    /// An empty file in used memory, whose content is dropped.
    explicit DiskFile(ByteBuffer&& memory) : bytes_(std::move(memory)) { bytes_.clear(); }

    void append(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    /// The end of the file is lost. REQUIRES: size <= this->size().
    void cut(std::size_t size) { bytes_.resize(size); }
    /// Something is about to strike what was written: that is kept, to be compared with what is
    /// left of it.
    void remember() {
        if (sound_.size() >= bytes_.size()) return;
        sound_.insert(sound_.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(sound_.size()),
                      bytes_.end());
    }
    /// The disk makes another byte of it. REQUIRES: at < size().
    void alter(std::uint64_t at, std::byte byte) {
        bytes_[at] = byte;
        altered_begin_ = std::min(altered_begin_, at);
        altered_end_ = std::max(altered_end_, at + 1);
    }
    /// Zeros are left of these bytes. REQUIRES: end <= size().
    void erase(std::uint64_t begin, std::uint64_t end) {
        for (std::uint64_t at = begin; at < end; ++at) alter(at, std::byte{});
    }
    /// Whatever is there may be other than what was written under its name.
    void disown() {
        altered_begin_ = 0;
        altered_end_ = bytes_.size();
    }
    /// From now on, what is there counts as what was written.
    void accept() {
        altered_begin_ = untouched;
        altered_end_ = 0;
        sound_.clear();
    }
    /// Whether one of the first `count` bytes is missing, or not the one that was written.
    [[nodiscard]] bool is_bad_below(std::uint64_t count) const {
        const std::uint64_t known = std::min<std::uint64_t>(count, sound_.size());
        return bytes_.size() < count ||
               !std::equal(sound_.begin(), sound_.begin() + static_cast<std::ptrdiff_t>(known),
                           bytes_.begin());
    }
    [[nodiscard]] bool is_bad() const {
        return is_bad_below(std::max(bytes_.size(), sound_.size()));
    }

    [[nodiscard]] const ByteBuffer& bytes() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] traces::FileView view() const {
        return {.bytes = bytes_, .altered_begin = altered_begin_, .altered_end = altered_end_};
    }
    /// Its memory, to be used again.
    [[nodiscard]] ByteBuffer take() { return std::move(bytes_); }

private:
    static constexpr std::uint64_t untouched = ~std::uint64_t{0};

    ByteBuffer bytes_;
    ByteBuffer sound_;  // The first bytes as they were written, if something struck the file.
    std::uint64_t altered_begin_ = untouched;
    std::uint64_t altered_end_ = 0;
};

}  // namespace decree::sim
