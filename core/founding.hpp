#pragma once

/// Founding, as one node sees it: who is listed, who answered where, what each last said, and so
/// whom it waits for. Plain data; `node/founding.cpp` says what a node does about it. And what else
/// a node may wait for, in words.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/charter.hpp"
#include "core/ids.hpp"
#include "core/paxos/message.hpp"

namespace decree {

/// One address of the list.
struct Listed {
    std::string address;
    NodeId node;                       ///< Who answered there last; 0: nobody so far.
    std::optional<FoundingWord> said;  ///< By that node.
    bool operator==(const Listed&) const = default;
};

/// A node that is no member of a cluster yet.
struct Founding {
    NodeId self;
    std::vector<Listed> founders;  ///< Ascending by address. Empty: it only joins.
    std::vector<NodeId> met;       ///< Whom it asks beside them, ascending.
    /// The record that this node has stored, or is storing.
    std::optional<Charter> charter;
    bool vouched{};              ///< The record is durable, and a later group vouches for it.
    bool resumed{};              ///< It was on the disk when this node started.
    std::vector<NodeId> stored;  ///< Who has the very same record durably; ascending.
    bool forgotten{};            ///< A cluster exists of which this node was a founder.
    Time ask_at;                 ///< Then it asks again.
    bool operator==(const Founding&) const = default;
};

/// What is missing of one founder, or of one voter.
enum class Awaiting : std::uint8_t {
    Nothing,
    Connection,   ///< Nobody has answered at its address.
    Word,         ///< It was reached, and has not said how far it is.
    SameList,     ///< It was given another list of founders.
    SameNodes,    ///< At some address of the list it finds another node than this one does.
    OwnAddress,   ///< Two addresses of the list lead to it.
    MoreAnswers,  ///< It has not reached every founder itself.
    Proposal,     ///< It is the first of the list, so it is to propose the record.
    Store,        ///< It has not said that it has stored the record.
    Disk,         ///< This node: the record is not durable yet.
    Replaced,     ///< The record names a node that is no longer there: another one answers.
    OtherRecord,  ///< It has stored another record, or this node another than a cluster has.
    NotListed,    ///< This node: none of the addresses leads to it.
    Member,       ///< This node only joins, and has met no member of a cluster.
    Forgotten,  ///< This node: a cluster that it founded exists, and its disk knows nothing of it.
    // Of a member:
    Recognition,  ///< It has not said whether it has seen more of this node than there is now.
    Doubt,        ///< It has not told what was chosen where this node may have forgotten votes.
};

/// What is to be done about it, by whoever runs the nodes.
enum class Mend : std::uint8_t {
    Wait,          ///< Nothing, but to see that the other runs and can be reached.
    GiveSameList,  ///< Start all founders with the same list.
    NameEachOnce,  ///< List one address of each founder, which leads to it from everywhere.
    WipeFounders,  ///< Unless one of them is a member: stop all, wipe their disks, begin again.
    WipeThisDisk,  ///< It joins as a new node.
};
[[nodiscard]] Mend mend(Awaiting why);

/// Whom a node waits for, and why.
struct Awaited {
    std::string address;  ///< Empty: no address is meant.
    NodeId node;          ///< 0: not known. Doubt: there is nobody else who could tell.
    Awaiting why{};
    Slot first;  ///< Doubt: in these slots.
    Slot last;
    std::vector<std::string> only_here;   ///< SameList: what its list lacks ...
    std::vector<std::string> only_there;  ///< ... and what it has that this node's lacks.
    bool operator==(const Awaited&) const = default;
};
/// The same as a sentence, with what is to be done.
[[nodiscard]] std::string sentence(const Awaited& awaited);

/// A node without a founding record begins.
[[nodiscard]] Founding begin_founding(NodeId self, std::vector<std::string> addresses);
/// A node that stored `charter` before it was known that all have.
[[nodiscard]] Founding resume_founding(NodeId self, const Charter& charter);

/// What is missing of founder number `index` (by address).
[[nodiscard]] Awaiting awaiting(const Founding& founding, std::size_t index);
/// All that is missing. Never empty: if nothing is, founding has ended.
[[nodiscard]] std::vector<Awaited> awaited(const Founding& founding);

/// Whether this node is the first of the list, and all others are there, have stored nothing, were
/// given the same list, and find the same nodes.
[[nodiscard]] bool ready_to_propose(const Founding& founding);
/// Whether a node in that state may store `charter`, which it has not proposed itself: it names
/// this node, the list, and those who answered here. A record that is late, and names a node that
/// is gone, would only be in the way.
[[nodiscard]] bool may_store(const Founding& founding, const Charter& charter);
/// Whether each founder has stored the record durably.
[[nodiscard]] bool all_stored(const Founding& founding);
/// Whom to ask, ascending.
[[nodiscard]] std::vector<NodeId> to_ask(const Founding& founding);
/// What a node in that state tells others. Of a record only when it is durable for good.
[[nodiscard]] FoundingWord founding_word(const Founding& founding, bool asks);

}  // namespace decree
