#include "props/one_cluster.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> one_cluster(NodeId node, std::uint64_t record,
                                     const std::optional<KnownCluster>& known) {
    if (known && known->record == record) return std::nullopt;
    if (!known) {
        return violated("OneCluster", "NotFounded",
                        words(node, " speaks of a cluster that nobody has founded"));
    }
    return violated("OneCluster", "Two",
                    words(node, " takes another cluster for founded than ", known->node, " did"));
}

}  // namespace decree::props
