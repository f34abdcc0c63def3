/// Goal: no bytes in a trace break the decoder, and none are read in two ways.
/// Method: decode the input as a Event, watch what is allocated, and encode it again.

#include "core/event.hpp"
#include "tests/fuzz/decode_hostile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    decree::decode_hostile<decree::Event>(data, size);
    return 0;
}
