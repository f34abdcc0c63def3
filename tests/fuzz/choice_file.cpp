#include "sim/choice_file.hpp"

#include <cstddef>
#include <cstdint>

#include "core/contract.hpp"
#include "core/value.hpp"

// Records of choices that anybody may have written. What can be read can be written, and is then
// read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const decree::Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
    const auto read = decree::sim::read_choices(decree::as_text(bytes));
    if (!read) return 0;
    const std::string text = decree::sim::to_text(*read);
    const auto again = decree::sim::read_choices(text);
    ENSURE(again && decree::sim::to_text(*again) == text, "choices are read as they are written");
    return 0;
}
