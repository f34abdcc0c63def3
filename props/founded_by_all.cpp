#include "props/founded_by_all.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> founded_by_all(NodeId node, const Charter& charter, std::uint64_t digest,
                                        const std::function<std::uint64_t(NodeId)>& stored) {
    for (const Founder& founder : charter.founders) {
        const std::uint64_t has = stored(founder.node);
        if (has == digest) continue;
        return violated("FoundedByAll", has == 0 ? "NotStored" : "OtherStored",
                        words(node, " takes its cluster for founded, and ", founder.node, " at ",
                              founder.address, " has durably stored ",
                              has == 0 ? "no founding record" : "another founding record"));
    }
    return std::nullopt;
}

}  // namespace decree::props
