#include "core/paxos/learner.hpp"

namespace decree {

std::optional<Slot> Learner::watermark(Acceptor& acceptor, Ballot ballot, Slot through) {
    std::optional<Slot> unknown;
    const Slot last = std::min(through, acceptor.log().end());
    for (Slot slot = next(chosen_through); slot <= last; slot = next(slot)) {
        const LogEntry* const entry = acceptor.log().find(slot);
        if (entry != nullptr && entry->ballot == ballot) {
            if (!entry->chosen) acceptor.mark_chosen(slot);
        } else if ((entry == nullptr || !entry->chosen) && !unknown) {
            unknown = slot;
        }
    }
    if (!unknown && last < through && chosen_through < through) {
        unknown = next(std::max(last, chosen_through));
    }
    advance(acceptor);
    return unknown;
}

bool Learner::advance(const Acceptor& acceptor) {
    const Slot before = chosen_through;
    for (const LogEntry* entry = acceptor.log().find(next(chosen_through));
         entry != nullptr && entry->chosen; entry = acceptor.log().find(next(chosen_through))) {
        chosen_through = next(chosen_through);
    }
    return chosen_through != before;
}

}  // namespace decree
