#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/paxos/message.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// BoundedQueues: no queue of a node and no message grows beyond what its options and the cluster's
/// settings allow, whatever the others do.

/// Something at `node` holds `size` of at most `bound`.
[[nodiscard]] std::optional<Violation> bounded_queue(NodeId node, std::string_view name,
                                                     std::size_t size, std::size_t bound);

/// How large messages may be in a cluster: bytes, by what they carry.
class MessageBounds {
public:
    explicit MessageBounds(const Settings& settings) : settings_(settings) {}
    /// The cluster's settings are these.
    void cluster(const Settings& settings) { settings_ = settings; }
    /// A node with these options takes part: what it proposes, others repeat.
    void allow(const Options& options);

    [[nodiscard]] std::optional<Violation> check(NodeId from, const Accept& message) const;
    [[nodiscard]] std::optional<Violation> check(NodeId from, const Promise& message) const;
    [[nodiscard]] std::optional<Violation> check(NodeId from, const Decide& message) const;
    [[nodiscard]] std::optional<Violation> check(NodeId from, const SnapshotPiece& message) const;
    [[nodiscard]] std::optional<Violation> check(NodeId from, const Forward& message) const;

private:
    [[nodiscard]] std::optional<Violation> at_most(NodeId from, std::string_view kind,
                                                   std::size_t size, std::size_t bound) const;

    Settings settings_;
    std::size_t value_ = 0;     // The largest value of a slot.
    std::size_t commands_ = 0;  // The most commands in one.
    std::size_t part_ = 0;
};

}  // namespace decree::props
