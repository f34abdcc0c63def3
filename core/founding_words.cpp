/// Whom a node waits for, in words: for people who run it.

#include "core/founding.hpp"
#include "core/node_name.hpp"

namespace decree {

namespace {

std::string quoted(const std::vector<std::string>& addresses) {
    std::string text;
    for (const std::string& address : addresses) text += (text.empty() ? "" : ", ") + address;
    return text;
}

std::string difference(const Awaited& awaited) {
    std::string text = awaited.address + " was given another list of founders";
    if (!awaited.only_here.empty()) text += "; it lacks " + quoted(awaited.only_here);
    if (!awaited.only_there.empty()) text += "; only it has " + quoted(awaited.only_there);
    return text;
}

std::string doubt(const Awaited& awaited, const std::string& who) {
    const std::string slots =
        "in slots " + std::to_string(awaited.first.value) + " to " +
        std::to_string(awaited.last.value) +
        ", where this node may have forgotten votes, so that it promises nothing and does not lead";
    return who.empty() ? "nobody else votes who could tell what was chosen " + slots
                       : who + " has not told yet what was chosen " + slots;
}

std::string what_is_missing(const Awaited& awaited) {
    const bool named = !awaited.address.empty() || awaited.node == NodeId{};
    const std::string who = named ? awaited.address : node_name(awaited.node);
    switch (awaited.why) {
    case Awaiting::Nothing:
        return who + " has done its part";
    case Awaiting::Connection:
        return "nobody answers at " + who;
    case Awaiting::Word:
        return who + " was reached, and has not said anything yet";
    case Awaiting::SameList:
        return difference(awaited);
    case Awaiting::SameNodes:
        return who + " finds other nodes at the listed addresses than this one does";
    case Awaiting::OwnAddress:
        return who + " leads to a node to which another listed address leads, too";
    case Awaiting::MoreAnswers:
        return who + " does not reach every founder itself";
    case Awaiting::Proposal:
        return who + ", the first of the list, has not proposed the founding record yet";
    case Awaiting::Store:
        return who + " has not stored the founding record yet";
    case Awaiting::Disk:
        return who + ", this node: its disk does not have the founding record yet";
    case Awaiting::Replaced:
        return "the founding record names a node at " + who + " that is there no more";
    case Awaiting::OtherRecord:
        return who + " belongs to another founding record than this node can store";
    case Awaiting::NotListed:
        return "no address of the list of founders leads to this node";
    case Awaiting::Member:
        return "no member of a cluster has answered";
    case Awaiting::Forgotten:
        return "this node founded a cluster that exists, and its disk knows nothing of it";
    case Awaiting::Recognition:
        return who +
               " has not said yet that it saw no more of this node than its disk has, so "
               "that it does not vote";
    case Awaiting::Doubt:
        return doubt(awaited, who);
    }
    return {};
}

std::string what_to_do(Mend mend) {
    switch (mend) {
    case Mend::Wait:
        return {};
    case Mend::GiveSameList:
        return "; start all founders with the same list";
    case Mend::NameEachOnce:
        return "; list one address of each founder, which leads to it from everywhere";
    case Mend::WipeFounders:
        return "; unless one of them is a member, stop all founders, wipe their disks, and start "
               "them again; else wipe the disks of those that are none";
    case Mend::WipeThisDisk:
        return "; wipe its disk, and it joins as a new node";
    }
    return {};
}

}  // namespace

Mend mend(Awaiting why) {
    switch (why) {
    case Awaiting::SameList:
        return Mend::GiveSameList;
    case Awaiting::SameNodes:
    case Awaiting::OwnAddress:
    case Awaiting::NotListed:
        return Mend::NameEachOnce;
    case Awaiting::Replaced:
    case Awaiting::OtherRecord:
        return Mend::WipeFounders;
    case Awaiting::Forgotten:
        return Mend::WipeThisDisk;
    default:
        return Mend::Wait;
    }
}

std::string sentence(const Awaited& awaited) {
    return what_is_missing(awaited) + what_to_do(mend(awaited.why));
}

}  // namespace decree
