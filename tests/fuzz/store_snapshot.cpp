/// Goal: no bytes break the reader of snapshots; what it accepts is a state that can go on and be
/// copied again.
/// Method: read the input as a list of pieces; of what is accepted, execute a little, and restore
/// its own snapshot.

#include "core/contract.hpp"
#include "core/store/snapshot.hpp"
#include "tests/support/small_store.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace decree;
    using namespace decree::store;
    const auto pieces = decode<std::vector<ByteBuffer>>(std::as_bytes(std::span(data, size)));
    if (!pieces) return 0;
    SmallStore restored;
    if (!restored.restore(*pieces)) return 0;
    SmallStore again;
    ENSURE(again.restore(restored.snapshot()), "a restored store can be restored");
    ENSURE(again.snapshot() == restored.snapshot(), "equal states have equal pieces");
    for (SmallStore* store : {&restored, &again}) {
        store->pass(std::uint64_t{1} << 40U);
        store->set("/a/b", -1, "x");
        store->del("/a/b", -1);
        store->run(Acquire{"/l", store->open(1'000'000), {}});
        store->idle();
    }
    ENSURE(again.state().digest() == restored.state().digest(), "equal states stay equal");
    return 0;
}
