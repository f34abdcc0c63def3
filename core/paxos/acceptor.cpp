#include "core/paxos/acceptor.hpp"

#include <algorithm>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree {

PrepareVerdict Acceptor::prepare(Ballot ballot) {
    if (ballot < promised_) return PrepareVerdict::Refused;
    if (ballot == promised_) return PrepareVerdict::PromisedAgain;
    promised_ = ballot;
    return PrepareVerdict::Promised;
}

void Acceptor::report(Ballot ballot, Slot from, std::uint32_t part_bytes,
                      std::vector<Promise>& out) const {
    ENSURE(promised_ == ballot, "a promise names the ballot that was promised");
    constexpr std::size_t vote_overhead = 48;
    Promise part{.ballot = ballot,
                 .covers_from = from,
                 .covers_through = last_slot,
                 .trimmed_through = log_.trimmed_through(),
                 .votes = {}};
    std::size_t bytes = 0;
    for (Slot slot = std::max(from, next(log_.trimmed_through())); slot <= log_.end();
         slot = next(slot)) {
        const LogEntry* const entry = log_.find(slot);
        if (entry == nullptr) continue;  // A hole; votes above it are reported all the same.
        const std::size_t size = entry->value.size() + vote_overhead;
        if (!part.votes.empty() && bytes + size > part_bytes) {
            Promise following = part;
            part.covers_through = previous(slot);
            out.push_back(std::move(part));
            part = std::move(following);
            part.votes.clear();
            part.covers_from = slot;
            bytes = 0;
        }
        bytes += size;
        part.votes.push_back({.slot = slot,
                              .ballot = entry->ballot,
                              .value = entry->value,
                              .chosen = entry->chosen});
    }
    out.push_back(std::move(part));
}

bool Acceptor::contradicts(Slot slot, Ballot ballot, const Value& value) const {
    const LogEntry* const entry = log_.find(slot);
    if (entry == nullptr || entry->value == value) return false;
    return entry->chosen || entry->ballot >= ballot;
}

AcceptVerdict Acceptor::accept(Ballot ballot, Slot slot, const Value& value, Slot highest) {
    if (ballot < promised_) return AcceptVerdict::Refused;
    promised_ = ballot;
    if (slot <= log_.trimmed_through()) return AcceptVerdict::Trimmed;
    if (slot > highest) return AcceptVerdict::TooFar;
    LogEntry& entry = log_.place(slot);
    ENSURE(!entry.chosen || entry.value == value, "no value but the chosen one is proposed later");
    if (entry.ballot == ballot) {
        ENSURE(entry.value == value, "one value per ballot and slot");
        // What is known chosen may have been learned and never voted for: then this is the vote.
        return entry.chosen ? AcceptVerdict::Voted : AcceptVerdict::VotedAgain;
    }
    ENSURE(entry.ballot < ballot, "no vote is above the promise");
    log_.hold(entry, ballot, value);
    return AcceptVerdict::Voted;
}

bool Acceptor::learn(Slot slot, Ballot ballot, const Value& value) {
    LogEntry& entry = log_.place(slot);
    ENSURE(!entry.chosen || entry.value == value, "one value is chosen per slot");
    entry.chosen = true;
    promised_ = std::max(promised_, ballot);
    if (entry.ballot >= ballot) {
        // A vote at or above the ballot in which a value was chosen is a vote for that value: P2b.
        ENSURE(entry.value == value, "a later ballot proposes the chosen value");
        return false;
    }
    log_.hold(entry, ballot, value);
    return true;
}

void Acceptor::mark_chosen(Slot slot) {
    ENSURE(log_.find(slot) != nullptr, "what is known chosen by a vote was voted for");
    log_.place(slot).chosen = true;
}

void Acceptor::restore(Slot slot, const LogEntry& held) {
    if (slot <= log_.trimmed_through()) return;
    LogEntry& entry = log_.place(slot);
    if (entry.chosen) return;
    if (entry.ballot < held.ballot) {
        log_.hold(entry, held.ballot, held.value);
        entry.chosen = held.chosen;
    } else if (entry.value == held.value) {
        entry.chosen = held.chosen;
    }
}

std::uint64_t Acceptor::digest() const { return mix(digest_of(promised_), log_.digest()); }

}  // namespace decree
