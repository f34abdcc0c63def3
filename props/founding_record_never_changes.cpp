#include "props/founding_record_never_changes.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> founding_record_never_changes(NodeId node, std::uint64_t before,
                                                       std::uint64_t now, std::string_view how) {
    if (before == now) return std::nullopt;
    const auto record = [](std::uint64_t digest) {
        return digest == 0 ? std::string("none") : words("the one with digest ", digest);
    };
    return violated("FoundingRecordNeverChanges", how,
                    words(node, " had durably stored as its founding record ", record(before),
                          ", and now shows ", record(now), " (", how, ")"));
}

}  // namespace decree::props
