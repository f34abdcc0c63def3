#pragma once

/// A cluster as its nodes show it: all of them are asked, and none needs a quorum to answer.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/client.hpp"
#include "net/status.hpp"

namespace decree::net {

/// Where a client finds a cluster, as its options say.
struct Where {
    std::string uri;           ///< See uri.hpp.
    std::string boot;          ///< The cluster that knows where it is, if that only has a name.
    std::uint64_t patience{};  ///< Microseconds that any answer may take.
};

/// One node, and what it says.
struct AskedNode {
    ListedNode listed;
    std::expected<NodeStatus, std::string> status;  ///< Else why it says nothing.
};

struct ClusterView {
    NodeStatus::Cluster cluster;   ///< As the node knows it that has applied most.
    std::int64_t revision{};       ///< What that node had reached.
    std::vector<AskedNode> nodes;  ///< All that are listed, and who was asked: voters first.

    [[nodiscard]] const AskedNode* find(std::string_view node) const;
    [[nodiscard]] bool votes(std::string_view node) const;
    /// The highest slot that any of them knows chosen.
    [[nodiscard]] std::uint64_t chosen() const;
    /// Who leads, as a majority of the voters say; empty: nobody.
    [[nodiscard]] std::string leader() const;
    /// Why `node` could not do a voter's work now; nothing if it could.
    [[nodiscard]] std::optional<std::string> unfit(std::string_view node) const;
};

/// Asks a node of `where` whom it knows, and then all of those at once.
[[nodiscard]] std::expected<ClusterView, Refused> look_at_cluster(const Where& where);

/// One voter more, one less, or both. Empty: nobody.
struct VoterChange {
    std::string in;
    std::string out;
};
/// Why the change cannot be made now, or would leave the voters without a majority that works, for
/// a person; nothing if there is no reason.
[[nodiscard]] std::optional<std::string> loses_quorum(const ClusterView& view,
                                                      const VoterChange& change);

}  // namespace decree::net
