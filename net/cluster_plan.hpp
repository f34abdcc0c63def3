#pragma once

/// What cluster a node belongs to, as fixed at its first start: kept in its folder, so that later
/// starts have the same, whatever they are told.

#include <expected>
#include <string>
#include <vector>

#include "core/options.hpp"
#include "core/store/settings.hpp"

namespace decree::net {

/// A founding member, and where it listens.
struct Member {
    NodeId node;
    std::string peer;
    std::string client;
    bool operator==(const Member&) const = default;
};

struct ClusterPlan {
    std::string name;
    Settings settings;  ///< Its voters are the members.
    store::StoreSettings store;
    std::vector<Member> members;
    bool operator==(const ClusterPlan&) const = default;
};

/// The plan of a cluster with these members and settings.
[[nodiscard]] ClusterPlan make_plan(const std::string& name, const store::StoreSettings& store,
                                    std::vector<Member> members);

/// The plan that is kept in `folder`; where none is, `fresh` is from now on, durably. Fails with
/// one line for a person.
[[nodiscard]] std::expected<ClusterPlan, std::string> keep_plan(const std::string& folder,
                                                                const ClusterPlan& fresh);

}  // namespace decree::net
