#pragma once

/// What leaders decide about seats, and what they rest it on.

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/paxos/ballot.hpp"
#include "core/request.hpp"
#include "core/value.hpp"

namespace decree::props {

/// Whom a node heard when, in this life, by its own clock; and what it was told.
struct Watching {
    MemberOptions options;
    std::uint64_t election{};
    Time since;  ///< Its first step.
    struct Heard {
        NodeId node;
        Time at;
    };
    std::vector<Heard> heard;
    struct Told {
        NodeId by;
        NodeId about;
    };
    Ballot ballot;           ///< In which it was told.
    Time opened;             ///< When it opened its last ballot.
    Slot knew;               ///< Chosen, then.
    std::vector<Told> told;  ///< That they hear nothing.
    /// Who has answered it in its last ballot, and how much each knew chosen.
    std::map<NodeId, Slot> answered;

    /// How long ago it heard `node`; since its first step, if it never did.
    [[nodiscard]] std::uint64_t silent_us(NodeId node, Time now) const {
        const auto at = std::ranges::find(heard, node, &Heard::node);
        return now.value - (at == heard.end() ? since : at->at).value;
    }
};

/// Commands that leaders gave themselves: nobody asked for them.
class SeatChanges {
public:
    [[nodiscard]] bool is_new(const RequestId& id) const { return find(id) == nullptr; }
    void add(const RequestId& id, const Value& payload) { all_.push_back({id, payload}); }
    [[nodiscard]] bool has(const RequestId& id, Bytes payload) const {
        const Change* const known = find(id);
        return known != nullptr && std::ranges::equal(known->payload.bytes(), payload);
    }

private:
    struct Change {
        RequestId id;
        Value payload;
    };
    [[nodiscard]] const Change* find(const RequestId& id) const {
        const auto at = std::ranges::find_if(all_, [&](const Change& change) {
            return change.id.origin == id.origin && change.id.incarnation == id.incarnation &&
                   change.id.number == id.number;
        });
        return at == all_.end() ? nullptr : &*at;
    }
    std::vector<Change> all_;
};

}  // namespace decree::props
