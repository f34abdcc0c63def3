#pragma once

#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/contract.hpp"

namespace decree {

/// A queue over one growing array: push at the back, pop at either end, index from the front.
/// Allocates only when it must hold more than ever before.
template <class T>
class Ring {
public:
    Ring() = default;
    Ring(const Ring&) = default;
    Ring& operator=(const Ring&) = default;
    /// What was moved from is empty.
    Ring(Ring&& other) noexcept
        : slots_(std::exchange(other.slots_, {})),
          head_(std::exchange(other.head_, 0)),
          size_(std::exchange(other.size_, 0)) {}
    Ring& operator=(Ring&& other) noexcept {
        std::swap(slots_, other.slots_);
        std::swap(head_, other.head_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~Ring() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

    /// REQUIRES: index < size().
    [[nodiscard]] T& operator[](std::size_t index) { return slots_[place(index)]; }
    [[nodiscard]] const T& operator[](std::size_t index) const { return slots_[place(index)]; }
    [[nodiscard]] T& front() { return (*this)[0]; }
    [[nodiscard]] const T& front() const { return (*this)[0]; }
    [[nodiscard]] T& back() { return (*this)[size_ - 1]; }
    [[nodiscard]] const T& back() const { return (*this)[size_ - 1]; }

    T& push_back(T item) { return push_back() = std::move(item); }
    /// A fresh `T{}`, to be filled in place.
    T& push_back() {
        if (size_ == slots_.size()) grow();
        ++size_;
        return back();
    }
    /// Removes the first; what it held is released at once. REQUIRES: not empty.
    void pop_front() {
        ENSURE(size_ > 0, "only a queue that holds something gives something");
        front() = T{};
        head_ = (head_ + 1) & (slots_.size() - 1);
        --size_;
    }
    void pop_back() {
        ENSURE(size_ > 0, "only a queue that holds something gives something");
        back() = T{};
        --size_;
    }
    void clear() {
        while (size_ > 0) pop_back();
        head_ = 0;
    }

    friend bool operator==(const Ring& a, const Ring& b) {
        if (a.size_ != b.size_) return false;
        for (std::size_t i = 0; i < a.size_; ++i) {
            if (!(a[i] == b[i])) return false;
        }
        return true;
    }

private:
    [[nodiscard]] std::size_t place(std::size_t index) const {
        return (head_ + index) & (slots_.size() - 1);
    }
    void grow() {
        std::vector<T> larger(slots_.empty() ? 4 : slots_.size() * 2);
        for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
        slots_ = std::move(larger);
        head_ = 0;
    }

    std::vector<T> slots_;  // Its size is 0 or a power of two.
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

}  // namespace decree
