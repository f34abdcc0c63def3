#pragma once

/// Things that never change once they are shared, held by counting who holds them.

#include <cstdint>
#include <type_traits>
#include <utility>

namespace decree::store {

/// What `Shared` can hold derives from this. The count is not atomic: like `Value`, what is shared
/// stays in one thread. It is no part of the thing: a copy begins with none.
struct Counted {
    Counted() = default;
    Counted(const Counted&) {}
    Counted(Counted&&) noexcept {}
    Counted& operator=(const Counted&) { return *this; }
    Counted& operator=(Counted&&) noexcept { return *this; }
    ~Counted() = default;

    mutable std::uint32_t owners = 0;
};

/// A pointer that owns jointly with its copies; eight bytes, and no second allocation.
template <class T>
class Shared {
public:
    Shared() = default;
    explicit Shared(std::remove_const_t<T>* thing) noexcept : thing_(thing) { hold(); }
    Shared(const Shared& other) noexcept : thing_(other.thing_) { hold(); }
    Shared(Shared&& other) noexcept : thing_(std::exchange(other.thing_, nullptr)) {}
    Shared& operator=(Shared other) noexcept {
        std::swap(thing_, other.thing_);
        return *this;
    }
    ~Shared() { drop(); }

    [[nodiscard]] T* get() const { return thing_; }
    T& operator*() const { return *thing_; }
    T* operator->() const { return thing_; }
    explicit operator bool() const { return thing_ != nullptr; }
    /// Whether nobody else holds it, so that it may be changed. REQUIRES: holds something.
    [[nodiscard]] bool alone() const { return thing_->owners == 1; }
    /// What may be changed: the thing itself if nobody else holds it, else a copy, held from now
    /// on. REQUIRES: holds something.
    [[nodiscard]] std::remove_const_t<T>& own() {
        if (!alone()) *this = Shared(new std::remove_const_t<T>(*thing_));
        return *thing_;
    }

private:
    void hold() const noexcept {
        if (thing_ != nullptr) ++thing_->owners;
    }
    void drop() noexcept {
        if (thing_ != nullptr && --thing_->owners == 0) delete thing_;
    }

    std::remove_const_t<T>* thing_ = nullptr;
};

}  // namespace decree::store
