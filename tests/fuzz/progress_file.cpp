#include <cstddef>
#include <cstdint>

#include "core/value.hpp"
#include "sim/progress.hpp"

// progress.json as anybody may have changed it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const decree::Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
    static_cast<void>(decree::sim::read_progress(decree::as_text(bytes)));
    return 0;
}
