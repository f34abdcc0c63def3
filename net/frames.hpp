#pragma once

/// Messages in a stream of bytes: each is a length, 4 bytes with the most significant first, and
/// then so many bytes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace decree::net {

inline constexpr std::size_t frame_head_bytes = 4;

/// Writes the head of a frame with a body of `size` bytes at `to`.
void put_frame_head(char* to, std::uint32_t size);

/// Gives back the memory of what was there, too: `text = {}` and clear() keep it.
inline void empty_out(std::string& text) { std::string().swap(text); }

/// What arrives, cut into frames. Holds one frame that is not whole yet, and what was added
/// behind it; no length that somebody claims allocates anything.
class Frames {
public:
    /// A body of more than `longest` bytes is refused.
    /// Memory for `kept` bytes is given back only when told to.
    explicit Frames(std::size_t longest, std::size_t kept = 1U << 20U)
        : longest_(longest), kept_(kept) {}

    void add(std::string_view bytes);
    /// The body of the next frame, good until the next call. None: it is not here yet, or too long.
    [[nodiscard]] std::optional<std::string_view> next();
    /// Gives back what is more than twice of what is held. So does next() that has none, of much.
    void give_back();
    /// The next frame claims to be longer than allowed: nothing more comes out of this.
    [[nodiscard]] bool too_long() const;
    /// Bytes that no frame was made of yet.
    [[nodiscard]] std::size_t held() const { return bytes_.size() - at_; }
    /// Bytes of its buffer.
    [[nodiscard]] std::size_t memory() const { return bytes_.capacity(); }

private:
    [[nodiscard]] std::optional<std::uint32_t> length() const;

    std::size_t longest_;
    std::size_t kept_;
    std::string bytes_;
    std::size_t at_ = 0;
};

}  // namespace decree::net
