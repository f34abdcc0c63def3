#include "core/value.hpp"

#include <cstring>
#include <new>

#include "core/contract.hpp"
#include "core/hash.hpp"

namespace decree {

Value::Value(Bytes bytes) : Value(bytes, Bytes{}) {}

Value::Value(Bytes head, Bytes tail) {
    const std::size_t size = head.size() + tail.size();
    if (size == 0) return;
    ENSURE(size <= max_size, "a value fits into 4 GiB");
    void* const memory = ::operator new(sizeof(Shared) + size);
    shared_ =
        new (memory) Shared{.digest = 0, .owners = 1, .size = static_cast<std::uint32_t>(size)};
    if (!head.empty()) std::memcpy(content(shared_), head.data(), head.size());
    if (!tail.empty()) std::memcpy(content(shared_) + head.size(), tail.data(), tail.size());
}

std::uint64_t Value::compute_digest() const { return shared_->digest = hash_bytes(bytes()); }

bool Value::equal_bytes(const Value& a, const Value& b) noexcept {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.bytes().data(), b.bytes().data(), a.size()) == 0);
}

void Value::release() noexcept {
    ::operator delete(shared_);
    shared_ = nullptr;
}

}  // namespace decree
