#include "net/frames.hpp"

namespace decree::net {

void put_frame_head(char* to, std::uint32_t size) {
    for (std::size_t i = 0; i < frame_head_bytes; ++i) {
        to[i] = static_cast<char>(size >> (24 - 8 * i) & 0xFFU);
    }
}

void Frames::add(std::string_view bytes) {
    bytes_.erase(0, at_);
    at_ = 0;
    bytes_.append(bytes);
}

std::optional<std::uint32_t> Frames::length() const {
    if (held() < frame_head_bytes) return std::nullopt;
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < frame_head_bytes; ++i) {
        length = length << 8U | static_cast<unsigned char>(bytes_[at_ + i]);
    }
    return length;
}

bool Frames::too_long() const {
    const auto size = length();
    return size && *size > longest_;
}

void Frames::give_back() {
    if (bytes_.capacity() <= 2 * held()) return;
    std::string(bytes_, at_).swap(bytes_);
    at_ = 0;
}

std::optional<std::string_view> Frames::next() {
    const auto size = length();
    if (!size || *size > longest_ || held() < frame_head_bytes + *size) {
        // A burst is over.
        if (bytes_.capacity() > kept_) give_back();
        return std::nullopt;
    }
    const std::string_view body(bytes_.data() + at_ + frame_head_bytes, *size);
    at_ += frame_head_bytes + *size;
    return body;
}

}  // namespace decree::net
