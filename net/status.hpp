#pragma once

/// How a node says how it is: to `decree status`, and to whoever sends the verb STATUS. Needs no
/// quorum, so it says what this node knows.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace decree::net {

/// A node as another one knows it from the tree.
struct ListedNode {
    std::string id;
    std::string client;
    std::string peer;
    std::string slot;  ///< Of /ctl/cal; empty: none.
    bool operator==(const ListedNode&) const = default;
};

/// A change of voters that a node decided on while it led, or wanted to.
struct DecidedChange {
    std::string id;     ///< "NODE.START.NUMBER" of the command; empty: withheld.
    std::string in;     ///< Gets a vote.
    std::string out;    ///< Loses its own.
    std::string state;  ///< "pending", "scheduled", "done", "refused", "unknown", "withheld".
    std::string why;    ///< It is refused, or withheld.
    std::uint64_t slot{};
    bool operator==(const DecidedChange&) const = default;
};
/// The same as a sentence.
[[nodiscard]] std::string sentence(const DecidedChange& change);

/// Names of nodes are node_name()s. What is not known is empty.
struct NodeStatus {
    struct Cluster {
        std::string name;
        std::string id;  ///< 16 hexadecimal digits; empty: it is no member of one yet.
        std::vector<std::string> voters;
        std::vector<std::string> removed;
        std::vector<std::string> free_slots;  ///< Names in /ctl/cal.
        std::vector<ListedNode> nodes;
        bool change_pending{};     ///< A change of voters is not in force yet.
        std::uint64_t lease_us{};  ///< Of leaders; 0: none.
        bool operator==(const Cluster&) const = default;
    };
    struct Log {
        std::string leader;
        std::string ballot;  ///< "ROUND.NODE": promised.
        std::uint64_t chosen{};
        std::uint64_t applied{};
        std::int64_t revision{};
        bool in_doubt{};      ///< Its disk may have forgotten votes: it gives no promise yet.
        bool unrecognized{};  ///< Started, and not recognized by a quorum yet: it does not vote.
        bool operator==(const Log&) const = default;
    };
    /// Bytes.
    struct Disk {
        std::uint64_t journal{};
        std::uint64_t snapshots{};
        std::uint64_t free{};
        bool operator==(const Disk&) const = default;
    };
    std::string node;
    std::string version;
    std::string standing;  ///< As in standing.hpp.
    std::string role;      ///< "leading", "following", "canvassing", "preparing".
    std::uint64_t start{};
    Cluster cluster;
    Log log;
    Disk disk;
    std::vector<std::string> waits;
    std::vector<std::string> connected;
    std::vector<DecidedChange> changes;  ///< The latest last.
    std::uint64_t drift_ppm{};           ///< That it takes clocks to have.
    bool operator==(const NodeStatus&) const = default;
};

/// As JSON, in one line.
[[nodiscard]] std::string to_json(const NodeStatus& status);
/// The same, back; or why it is none. Fields that are missing are empty.
[[nodiscard]] std::expected<NodeStatus, std::string> parse_status(const std::string& json);

}  // namespace decree::net
