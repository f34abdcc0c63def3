/// Goal: no bytes that a peer may send break the decoder, and none are read in two ways.
/// Method: decode the input as a Message, watch what is allocated, and encode it again.

#include "core/paxos/message.hpp"
#include "tests/fuzz/decode_hostile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    decree::decode_hostile<decree::Message>(data, size);
    return 0;
}
