/// Goal: no bytes break the reader of commands or what executes them, and none are read in two
/// ways; a replica that executes anything stays one that can be copied by snapshot. Method: decode
/// the input as a command; then cut it into payloads, some of them slots, execute all on a small
/// store, and restore its snapshot.

#include <algorithm>

#include "core/store/command.hpp"
#include "tests/fuzz/decode_hostile.hpp"
#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

StoreSettings small() {
    StoreSettings settings;
    settings.history = 4;
    settings.shortest_session_us = 1;
    settings.limits.sessions = 4;
    return settings;
}

// Payloads are behind their lengths; a length of 255 ends the slot and lets some time pass.
void execute(Bytes input) {
    SmallStore store(small());
    std::vector<Value> payloads;
    for (std::size_t at = 0; at < input.size();) {
        const auto length = static_cast<std::size_t>(input[at++]);
        if (length == 255) {
            store.pass(1000);
            static_cast<void>(store.raw(payloads));
            payloads.clear();
            continue;
        }
        const std::size_t size = std::min(length, input.size() - at);
        payloads.emplace_back(input.subspan(at, size));
        at += size;
    }
    static_cast<void>(store.raw(payloads));
    SmallStore other;
    ENSURE(other.restore(store.snapshot()), "what was executed can be restored");
    ENSURE(other.state().digest() == store.state().digest(), "and is the same");
}

}  // namespace
}  // namespace decree::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace decree;
    const Bytes input = std::as_bytes(std::span(data, size));
    if (const auto command = store::decode_command(input)) {
        const Value again = store::encode_command(*command);
        ENSURE(std::ranges::equal(again.bytes(), input), "a command has one wire form");
        const auto refusal = store::check(*command, store::StoreSettings{}, Settings{});
        ENSURE(!refusal || refusal->code != store::Code::Ok, "a refusal says what is wrong");
    }
    // The shortest write of a transaction, a file without a name removed, has two bytes.
    decode_hostile<store::StoreCommand>(data, size, sizeof(store::Write) + 8);
    store::execute(input);
    return 0;
}
