/// Goal: no bytes that a disk may give back break the decoder, and none are read in two ways.
/// Method: decode the input as a Record, watch what is allocated, and encode it again.

#include "core/journal/record.hpp"
#include "tests/fuzz/decode_hostile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    decree::decode_hostile<decree::Record>(data, size);
    return 0;
}
