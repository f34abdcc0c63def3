#include "core/founding.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/codec.hpp"

namespace decree {

namespace {

std::vector<std::string> addresses(const Founding& founding) {
    std::vector<std::string> list;
    for (const Listed& listed : founding.founders) list.push_back(listed.address);
    return list;
}

std::vector<std::string> addresses(const FoundingWord& word) {
    std::vector<std::string> list;
    for (const Founder& founder : word.founders) list.push_back(founder.address);
    return list;
}

bool reached_twice(const Founding& founding, NodeId node) {
    return std::ranges::count(founding.founders, node, &Listed::node) > 1;
}

bool has(const std::vector<NodeId>& nodes, NodeId node) {
    return std::ranges::binary_search(nodes, node);
}

// What is missing of one who was reached, while no record is stored here.
Awaiting awaiting_agreement(const Founding& founding, const FoundingWord& word) {
    if (!word.charter.empty()) return Awaiting::OtherRecord;
    if (addresses(word) != addresses(founding)) return Awaiting::SameList;
    bool complete = true;
    for (std::size_t i = 0; i < word.founders.size(); ++i) {
        const NodeId there = word.founders[i].node;
        if (there == NodeId{}) {
            complete = false;
        } else if (there != founding.founders[i].node) {
            return Awaiting::SameNodes;
        }
    }
    return complete ? Awaiting::Nothing : Awaiting::MoreAnswers;
}

Awaiting awaiting_store(const Founding& founding, std::size_t index) {
    const Listed& listed = founding.founders[index];
    const NodeId named = founding.charter->founders[index].node;
    if (named == founding.self) return founding.vouched ? Awaiting::Nothing : Awaiting::Disk;
    if (has(founding.stored, named)) return Awaiting::Nothing;
    if (listed.node == NodeId{}) return Awaiting::Connection;
    if (listed.node != named) return Awaiting::Replaced;
    if (!listed.said) return Awaiting::Word;
    if (!listed.said->charter.empty()) return Awaiting::OtherRecord;
    const bool agrees = addresses(*listed.said) == addresses(founding);
    return agrees ? Awaiting::Store : Awaiting::SameList;
}

}  // namespace

Founding begin_founding(NodeId self, std::vector<std::string> addresses) {
    Founding founding;
    founding.self = self;
    for (std::string& address : ordered(std::move(addresses))) {
        founding.founders.push_back({.address = std::move(address), .node = {}, .said = {}});
    }
    return founding;
}

Founding resume_founding(NodeId self, const Charter& charter) {
    Founding founding = begin_founding(self, addresses_of(charter));
    founding.charter = charter;
    founding.resumed = true;
    return founding;
}

Awaiting awaiting(const Founding& founding, std::size_t index) {
    if (founding.charter) return awaiting_store(founding, index);
    const Listed& listed = founding.founders[index];
    if (listed.node == NodeId{}) return Awaiting::Connection;
    if (reached_twice(founding, listed.node)) return Awaiting::OwnAddress;
    if (listed.node == founding.self) return Awaiting::Nothing;
    return listed.said ? awaiting_agreement(founding, *listed.said) : Awaiting::Word;
}

std::vector<Awaited> awaited(const Founding& founding) {
    std::vector<Awaited> all;
    const auto add = [&](std::string address, NodeId node, Awaiting why) -> Awaited& {
        return all.emplace_back(Awaited{.address = std::move(address),
                                        .node = node,
                                        .why = why,
                                        .first = {},
                                        .last = {},
                                        .only_here = {},
                                        .only_there = {}});
    };
    if (founding.forgotten) add({}, founding.self, Awaiting::Forgotten);
    bool here = false;
    bool reached = true;
    for (std::size_t i = 0; i < founding.founders.size(); ++i) {
        const Listed& listed = founding.founders[i];
        here = here || listed.node == founding.self;
        reached = reached && listed.node != NodeId{};
        const Awaiting why = awaiting(founding, i);
        if (why == Awaiting::Nothing) continue;
        Awaited& added = add(listed.address, listed.node, why);
        if (why != Awaiting::SameList) continue;
        const std::vector<std::string> mine = addresses(founding);
        const std::vector<std::string> theirs = addresses(*listed.said);
        std::ranges::set_difference(mine, theirs, std::back_inserter(added.only_here));
        std::ranges::set_difference(theirs, mine, std::back_inserter(added.only_there));
    }
    if (!founding.charter && reached && !here && !founding.founders.empty()) {
        add({}, founding.self, Awaiting::NotListed);
    }
    if (!all.empty()) return all;
    if (founding.founders.empty()) {
        add({}, founding.self, Awaiting::Member);
    } else {
        const Listed& first = founding.founders.front();
        add(first.address, first.node, Awaiting::Proposal);
    }
    return all;
}

bool ready_to_propose(const Founding& founding) {
    if (founding.charter || founding.forgotten || founding.founders.empty()) return false;
    if (founding.founders.front().node != founding.self) return false;
    for (std::size_t i = 0; i < founding.founders.size(); ++i) {
        if (awaiting(founding, i) != Awaiting::Nothing) return false;
    }
    return true;
}

bool may_store(const Founding& founding, const Charter& charter) {
    if (founding.charter || founding.forgotten) return false;
    if (addresses_of(charter) != addresses(founding)) return false;
    bool named = false;
    for (std::size_t i = 0; i < founding.founders.size(); ++i) {
        const NodeId here = founding.founders[i].node;
        const NodeId node = charter.founders[i].node;
        if (here != node) return false;
        named = named || node == founding.self;
    }
    return named;
}

bool all_stored(const Founding& founding) {
    if (!founding.charter) return false;
    for (std::size_t i = 0; i < founding.founders.size(); ++i) {
        if (awaiting(founding, i) != Awaiting::Nothing) return false;
    }
    return true;
}

std::vector<NodeId> to_ask(const Founding& founding) {
    std::vector<NodeId> nodes = founding.met;
    for (const Listed& listed : founding.founders) nodes.push_back(listed.node);
    if (founding.charter) {
        for (const Founder& founder : founding.charter->founders) nodes.push_back(founder.node);
    }
    std::erase(nodes, founding.self);
    std::erase(nodes, NodeId{});
    return make_voters(std::move(nodes));
}

FoundingWord founding_word(const Founding& founding, bool asks) {
    FoundingWord word{.founders = {}, .charter = {}, .asks = asks};
    for (const Listed& listed : founding.founders) {
        word.founders.push_back({.address = listed.address, .node = listed.node});
    }
    if (founding.vouched) word.charter = Value(Bytes(encode(*founding.charter)));
    return word;
}

}  // namespace decree
