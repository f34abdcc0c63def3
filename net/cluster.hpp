#pragma once

/// Which cluster a node belongs to, as it is told and as it remembers it.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/options.hpp"
#include "core/store/settings.hpp"
#include "net/doozer.hpp"

namespace decree::net {

/// What a node is told about its cluster. With a founding record on its disk, that alone counts.
struct ClusterOptions {
    std::optional<std::string> name;       ///< None: the one that it has, or `usual_name`.
    std::vector<std::string> founders;     ///< Peer addresses of all who found it.
    std::vector<std::string> join;         ///< Peer addresses of members. Neither: one node alone.
    std::optional<std::uint64_t> history;  ///< Revisions kept; none: whatever is usual.
    std::optional<store::Names> names;     ///< In paths; none: Doozer's.
    std::vector<SettingField> limits;      ///< Other settings, by name; none: whatever is usual.
    std::uint64_t lease_us{};              ///< Of leaders; 0: reads ask a quorum.
};
inline constexpr const char* usual_name = "local";

/// The store's settings in a cluster that is founded so. REQUIRES: limits have known names.
[[nodiscard]] store::StoreSettings store_settings(const ClusterOptions& options);
/// The settings of any cluster, whose voters are not known yet.
[[nodiscard]] Settings cluster_settings();
/// The same for this one.
[[nodiscard]] Settings cluster_settings(const ClusterOptions& options);
/// Whether the node is told of nobody else: then it founds a cluster of its own, and needs no link
/// to reach itself.
[[nodiscard]] bool founds_alone(const ClusterOptions& options);
/// What a node at this peer address does first, if it knows no cluster.
[[nodiscard]] Beginning beginning_of(const ClusterOptions& options, const std::string& own_address);

/// What the cluster of a node has instead.
struct ClusterInForce {
    std::string name;
    store::StoreSettings store;
    std::uint64_t lease_us{};
};
/// What it was told in vain, a sentence each: what apply depends on is the cluster's, so a node
/// that is started with something else uses that.
[[nodiscard]] std::vector<std::string> overruled(const ClusterOptions& told,
                                                 const ClusterInForce& real);

/// The cluster's name that is kept in `folder`; nothing where none is. Fails with one line for a
/// person.
[[nodiscard]] std::expected<std::optional<std::string>, std::string> kept_name(
    const std::string& folder);
/// Keeps it there, durably.
[[nodiscard]] std::expected<void, std::string> keep_name(const std::string& folder,
                                                         const std::string& name);

}  // namespace decree::net
