#pragma once

/// What is in a data folder, found out without changing it.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace decree::net {

struct DataReport {
    std::string node;        ///< As node_name().
    std::string cluster;     ///< Its name; empty: none is kept.
    std::string cluster_id;  ///< 16 hexadecimal digits; empty: it has no founding record.
    bool member{};           ///< All founders have the record: the cluster exists.
    std::vector<std::string> founders;  ///< "NODE at ADDRESS".
    std::uint64_t starts{};
    std::string promised;              ///< The ballot, as "ROUND.NODE"; empty: none.
    std::uint64_t snapshot_through{};  ///< 0: there is none.
    std::uint64_t slots{};             ///< Recovered above that.
    std::uint64_t last_slot{};         ///< The highest of them.
    std::uint64_t known_chosen{};      ///< Through here, as the disk proves.
    std::optional<std::uint64_t>
        torn_at;  ///< From this position on an unfinished write is cut off.
    std::vector<std::string> damage;
    std::uint64_t doubt_through{};  ///< Above known_chosen, through here, votes may be lost.
    std::string unusable;           ///< Why no node can be started on it; empty: one can.
    std::string advice;             ///< What to do then.
    std::uint64_t journal_files{};
    std::uint64_t journal_bytes{};
    std::uint64_t snapshot_files{};
    std::uint64_t snapshot_bytes{};
    std::vector<std::string> leftovers;  ///< Files that no start reads.
    /// Whether a node started on it has all that it ever told anybody.
    [[nodiscard]] bool intact() const { return damage.empty() && unusable.empty(); }
};

/// Fails with one line for a person: the folder is none, cannot be read, or is in use.
[[nodiscard]] std::expected<DataReport, std::string> check_data(const std::string& folder);

/// `decree check-data`. Returns the exit status: 0; 1 for damage; 2 when the folder cannot be read.
[[nodiscard]] int check_data_command(const std::string& folder, bool json);

}  // namespace decree::net
