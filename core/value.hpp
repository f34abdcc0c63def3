#pragma once

/// What a slot holds: bytes that never change, shared and not copied.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

namespace decree {

using Bytes = std::span<const std::byte>;

/// An immutable sequence of bytes. Copies share one allocation. The empty value (no allocation) is
/// the no-op. Paxos never looks inside.
///
/// The count of owners is not atomic: a value must not be shared between threads. One simulated
/// world, or one running node, lives in one thread.
class Value {
public:
    /// The most bytes that a value holds.
    static constexpr std::size_t max_size = std::numeric_limits<std::uint32_t>::max();

    Value() = default;
    explicit Value(Bytes bytes);
    /// Joins `head` and `tail` in one allocation.
    Value(Bytes head, Bytes tail);
    Value(const Value& other) noexcept : shared_(other.shared_) { hold(); }
    Value(Value&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
    Value& operator=(const Value& other) noexcept {
        Value copy(other);
        std::swap(shared_, copy.shared_);
        return *this;
    }
    Value& operator=(Value&& other) noexcept {
        std::swap(shared_, other.shared_);
        return *this;
    }
    ~Value() { drop(); }

    [[nodiscard]] Bytes bytes() const {
        return shared_ == nullptr ? Bytes{} : Bytes{content(shared_), shared_->size};
    }
    [[nodiscard]] std::size_t size() const { return shared_ == nullptr ? 0 : shared_->size; }
    [[nodiscard]] bool empty() const { return shared_ == nullptr; }

    /// XXH3 of the bytes, computed when it is first asked for; 0 for the empty value.
    [[nodiscard]] std::uint64_t digest() const {
        if (shared_ == nullptr) return 0;
        return shared_->digest != 0 ? shared_->digest : compute_digest();
    }

    friend bool operator==(const Value& a, const Value& b) noexcept {
        return a.shared_ == b.shared_ || equal_bytes(a, b);
    }

private:
    struct Shared {
        std::uint64_t digest;  // 0: not computed yet.
        std::uint32_t owners;
        std::uint32_t size;
    };
    static std::byte* content(Shared* shared) { return reinterpret_cast<std::byte*>(shared + 1); }
    static bool equal_bytes(const Value& a, const Value& b) noexcept;
    void hold() const noexcept {
        if (shared_ != nullptr) ++shared_->owners;
    }
    void drop() noexcept {
        if (shared_ != nullptr && --shared_->owners == 0) release();
    }
    void release() noexcept;
    [[nodiscard]] std::uint64_t compute_digest() const;

    Shared* shared_ = nullptr;
};

/// The bytes of a text, for tests and literals.
inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
/// Bytes seen as text.
inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace decree
