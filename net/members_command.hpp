#pragma once

/// `decree members`: who votes, and changing that. All changes are compare-and-sets of files in
/// /ctl/cal, which anyone may make; this one looks first at how the nodes are, and refuses what
/// would leave the cluster without a quorum.

#include <string>
#include <vector>

#include "net/cluster_view.hpp"

namespace decree::net {

struct MembersArguments {
    /// Nothing: the list. "add [ID]", "remove ID", "replace OLD NEW", "forget ID".
    std::vector<std::string> words;
    bool json = false;  ///< Of the list.
};

/// Returns the exit status: 0; 1 for what is refused as things are; 2 for what cannot be read, and
/// when no node answers.
[[nodiscard]] int members_command(const Where& where, const MembersArguments& arguments);

}  // namespace decree::net
