#pragma once

/// One group as it lies on the disk: all of it or nothing.

#include <expected>
#include <vector>

#include "core/ids.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/record.hpp"
#include "core/value.hpp"

namespace decree::journal {

/// A group whose every byte is as it was written.
struct Group {
    GroupHead head;
    std::vector<Record> records;

    [[nodiscard]] Position end() const {
        return Position{head.position.value + head_bytes<GroupHead> + head.body_bytes};
    }
};

/// The group of `node` with which `bytes` begin, at position `at`. Whether it follows what stands
/// before it is for the caller to judge.
[[nodiscard]] std::expected<Group, Unreadable> read_group(Bytes bytes, Position at, NodeId node);

}  // namespace decree::journal
