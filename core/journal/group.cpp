#include "core/journal/group.hpp"

#include <string>
#include <utility>

namespace decree::journal {

std::expected<Group, Unreadable> read_group(Bytes bytes, Position at, NodeId node) {
    const auto refuse = [](std::string what) {
        return std::unexpected(Unreadable{.what = std::move(what)});
    };
    if (bytes.empty()) return refuse("the bytes from here on are missing");
    const auto head = group_head_at(bytes, at, node);
    if (!head) return refuse(why_no_group_head(bytes, at, node));
    Bytes body = bytes.subspan(head_bytes<GroupHead>);
    if (head->body_bytes > body.size()) return refuse("the bytes end inside a group");
    body = body.first(head->body_bytes);
    Group group{.head = *head, .records = {}};
    RecordPlace place(node, head->incarnation, at);
    for (; place.index < head->records; ++place.index) {
        auto record = read_record(body, place);
        if (!record) return std::unexpected(std::move(record.error()));
        group.records.push_back(*std::move(record));
    }
    if (!body.empty()) return refuse("bytes behind the last record of a group");
    return group;
}

}  // namespace decree::journal
