/// Goal: no bytes break the reader of questions or what answers them, and none are read in two
/// ways. Method: decode the input as a question, and ask it of a store with a little of everything.

#include <algorithm>

#include "core/store/query.hpp"
#include "core/store/watch.hpp"
#include "tests/fuzz/decode_hostile.hpp"
#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

SmallStore furnished() {
    StoreSettings settings;
    settings.history = 4;
    SmallStore store(settings);
    for (const char* path : {"/a", "/b/a", "/b/c/d", "/b-c", "/b.c", "/z"})
        store.set(path, 0, path);
    store.del("/z", -1);
    return store;
}

void ask(const StoreQuery& question, Bytes bytes) {
    const SmallStore store = furnished();
    const auto answer = decode_query_answer(store.store().query(bytes));
    ENSURE(answer == query(store.state(), question), "an answer travels whole");
    if (const auto* walk = std::get_if<Walk>(&question)) {
        Watches watches;
        const auto id =
            watches.add({.glob = walk->glob,
                         .from = walk->at.value_or(Revision{}),
                         .kind = walk->most % 2 == 0 ? WatchKind::Once : WatchKind::Stream,
                         .mark_every = walk->most},
                        store.history(), store.state().settings);
        if (id) static_cast<void>(watches.take(*id, store.history()));
        static_cast<void>(watches.take_mark());
    }
}

}  // namespace
}  // namespace decree::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace decree;
    const Bytes input = std::as_bytes(std::span(data, size));
    if (const auto question = store::decode_query(input)) {
        const Value again = store::encode_query(*question);
        ENSURE(std::ranges::equal(again.bytes(), input), "a question has one wire form");
        store::ask(*question, input);
    }
    decode_hostile<store::StoreQuery>(data, size);
    decode_hostile<store::CommandAnswer>(data, size);
    decode_hostile<store::QueryAnswer>(data, size);
    return 0;
}
