/// Clients' reads: linearizable by a quorum's confirmation, shared by all that came before it.

#include <algorithm>
#include <utility>

#include "core/node/node.hpp"

namespace decree {

void Node::serve(const ClientRead& read, Effects& out) {
    out.took(Rule::ReadServed, {}, {}, executor_.applied());
    out.replies.push_back({.client = read.client,
                           .tag = read.tag,
                           .outcome = Outcome::Done,
                           .slot = executor_.applied(),
                           .answer = machine().query(read.query.bytes())});
}

/// A read that may be answered may be at any later time, too: then it sees more. So a step makes
/// so many answers as a node may hold at once.
void Node::serve_due(Effects& out) {
    constexpr std::size_t parts_a_step = 16;
    const std::size_t most = parts_a_step * options_.part_bytes;
    for (std::size_t bytes = 0; !reads_.due.empty() && bytes < most; reads_.due.pop_front()) {
        serve(reads_.due.front(), out);
        bytes += out.replies.back().answer.size();
    }
}

void Node::read(const ReadRequested& event, Effects& out) {
    const ClientRead read{.client = event.client, .tag = event.tag, .query = event.query};
    if (reads_.size() >= options_.max_waiting) {
        out.took(Rule::ReadRefused);
        out.replies.push_back({.client = event.client,
                               .tag = event.tag,
                               .outcome = Outcome::Busy,
                               .slot = {},
                               .answer = {}});
        return;
    }
    if (event.local) {
        reads_.due.push_back(read);
        return;
    }
    if (options_.by_hand && role() != Role::Leading) return out.took(Rule::ReadRefused);
    out.took(Rule::ReadQueued);
    reads_.gathering.push_back(read);
    timers_.retry = std::min(timers_.retry, now_ + options_.resend);
    if (!turn_open_) ask_for_read_point(out);  // A leader begins a round when the turn ends.
}

void Node::receive(NodeId from, const ReadIndex& message, Effects& out) {
    const bool leads = role() == Role::Leading;
    const std::optional<NodeId> known = leader();
    const bool passes_on = known && known != from && !message.relayed;
    if ((!leads && !passes_on) || reads_.size() >= options_.max_waiting) return;
    out.took(leads ? Rule::ReadQueued : Rule::ReadPassedOn, from);
    // Of one node's questions only the last is open.
    std::erase_if(reads_.gathering_peers, [&](const PeerRead& read) { return read.node == from; });
    reads_.gathering_peers.push_back({.node = from, .id = message.id});
    ask_for_read_point(out);
}

/// The gathered reads share a round that has not left yet: an answer to it shows that, after they
/// arrived, a quorum still had promised nothing higher.
void Node::gather_round(Effects& out) {
    auto& leading = std::get<Leading>(role_);
    leading.round = Round{leading.round.value + 1};
    note_round();
    out.took(Rule::ReadRoundStarted, options_.self, leading.phase1.ballot(),
             learner_.chosen_through);
    reads_.rounds.push_back({.round = leading.round,
                             .clients = std::exchange(reads_.gathering, {}),
                             .peers = std::exchange(reads_.gathering_peers, {})});
}

/// The lease will do for the gathered reads once this node has executed what it knows: at once.
bool Node::waits_for_own_execution() const { return owes_execution() && holds_lease(); }

/// Accepts leave in this step anyway: the round rides on them.
void Node::begin_riding_round(Effects& out) {
    if (options_.by_hand) return;  // An Accept speaks of its slot only.
    if (waits_for_own_execution()) return;
    if (!reads_.gathering.empty() || !reads_.gathering_peers.empty()) gather_round(out);
}

/// One round is open at a time; what arrives meanwhile shares the next.
void Node::begin_read_round(Effects& out) {
    const bool none = reads_.gathering.empty() && reads_.gathering_peers.empty();
    const bool waits = !reads_.rounds.empty() && !options_.by_hand;
    if (none || waits || waits_for_own_execution()) return;
    gather_round(out);
    ask_round(out);
}

/// Asks the voters to confirm the newest round.
void Node::ask_round(Effects& out) const {
    const auto& leading = std::get<Leading>(role_);
    const Slot told = options_.by_hand ? Slot{} : learner_.chosen_through;
    for (const Peer& peer : leading.peers) {
        if (!peer.voter) continue;
        send(peer.node,
             Heartbeat{.ballot = leading.phase1.ballot(),
                       .chosen_through = told,
                       .round = leading.round,
                       .shown = {}},
             out);
    }
}

/// Whether what is known chosen here is all that lower ballots ever chose: once a phase 1 quorum of
/// the next slot's voters has promised, and what it found is chosen, for an earlier leader may have
/// told a client of it.
bool Node::knows_read_point(Effects& out) {
    if (owes_execution()) return false;  // Others may have executed it, and told their clients.
    const auto& leading = std::get<Leading>(role_);
    if (learner_.chosen_through < leading.inherited_through) {
        out.took(Rule::ReadWaitsForInherited, {}, {}, leading.inherited_through);
        return false;
    }
    // In a slot whose voters have not promised this ballot, a lower one may go on choosing.
    if (!covers(membership().eras(first_open()).front())) {
        out.took(Rule::ReadWaitsForPhaseOne, {}, leading.phase1.ballot(), first_open());
        return false;
    }
    return true;
}

/// What is known chosen here is all there is: they may be answered.
void Node::answer_reads(const std::vector<ClientRead>& clients, const std::vector<PeerRead>& peers,
                        Effects& out) {
    const Slot point = learner_.chosen_through;
    for (const ClientRead& read : clients) reads_.due.push_back(read);
    for (const PeerRead& read : peers) {
        out.took(Rule::ReadPointGiven, read.node, {}, point);
        send(read.node, ReadPoint{.id = read.id, .slot = point, .ballot = ballot()}, out);
    }
}

/// A phase 2 quorum of the voters of the first slot not known chosen has answered the round: nobody
/// had then chosen anything there in a higher ballot.
void Node::confirm_reads(Effects& out) {
    const auto& leading = std::get<Leading>(role_);
    if (reads_.rounds.empty() || !knows_read_point(out)) return;
    const Voters& voters = membership().voters(first_open());
    while (!reads_.rounds.empty()) {
        const Round round = reads_.rounds.front().round;
        VoterBits bits = bit_of(voters, options_.self);
        for (const Peer& peer : leading.peers) {
            if (peer.confirmed >= round) bits = bits | bit_of(voters, peer.node);
        }
        if (!is_quorum(settings_.quorums, voters, Phase::Two, bits)) return;
        const ReadRound confirmed = std::move(reads_.rounds.front());
        reads_.rounds.pop_front();
        // What is known chosen now, not when the round began: the quorum is one of the slot after.
        out.took(Rule::ReadRoundConfirmed, options_.self, leading.phase1.ballot(),
                 learner_.chosen_through);
        answer_reads(confirmed.clients, confirmed.peers, out);
    }
}

/// A node that does not lead asks the leader. One question is open at a time; it is repeated, with
/// the same name, until it is answered, whoever leads then.
void Node::ask_for_read_point(Effects& out) {
    const std::optional<NodeId> to = towards_leader();
    if (!to || *to == options_.self || !start_durable_) return;
    if (reads_.asked.empty()) {
        if (reads_.gathering.empty() && reads_.gathering_peers.empty()) return;
        ++reads_.questions;
        reads_.asked.push_back({.id = (heads_.incarnation.value << 32U) + reads_.questions,
                                .to = {},
                                .asked = {},
                                .point = {},
                                .clients = std::exchange(reads_.gathering, {}),
                                .peers = std::exchange(reads_.gathering_peers, {})});
    }
    AskedReads& question = reads_.asked.front();
    if (*to != leader()) question.peers.clear();  // A question is passed on once: they ask again.
    const bool again = question.asked != Time{} && question.to == *to;
    if (again && now_ < question.asked + options_.resend) return;
    question.asked = now_;
    question.to = *to;
    out.took(Rule::ReadAskedLeader, *to);
    send(*to, ReadIndex{.id = question.id, .relayed = !question.peers.empty()}, out);
}

void Node::receive(NodeId from, const ReadPoint& message, Effects& out) {
    if (reads_.asked.empty() || reads_.asked.front().id != message.id) return;
    AskedReads question = std::move(reads_.asked.front());
    reads_.asked.clear();
    unanswered_ = 0;
    question.point = message.slot;
    for (const PeerRead& read : question.peers) {
        out.took(Rule::ReadPointGiven, read.node, {}, message.slot);
        send(read.node, ReadPoint{.id = read.id, .slot = message.slot, .ballot = {}}, out);
    }
    question.peers.clear();
    if (!question.clients.empty()) reads_.pointed.push_back(std::move(question));
    if (message.ballot != Ballot{} && message.ballot >= acceptor_.promised()) {
        take_watermark(from, message.ballot, message.slot, out);
    } else if (message.slot > learner_.chosen_through) {
        ask_to_catch_up(from, out);
    }
    serve_pointed();
    ask_for_read_point(out);
}

/// Points do not fall: a later question has a point at least as high.
void Node::serve_pointed() {
    while (!reads_.pointed.empty() && reads_.pointed.front().point <= executor_.applied()) {
        for (const ClientRead& read : reads_.pointed.front().clients) reads_.due.push_back(read);
        reads_.pointed.pop_front();
    }
}

/// Leads no more: its clients' reads are asked of the next leader; other nodes ask again.
void Node::take_back_reads() {
    for (; !reads_.rounds.empty(); reads_.rounds.pop_front()) {
        std::vector<ClientRead>& clients = reads_.rounds.front().clients;
        reads_.gathering.insert(reads_.gathering.end(), clients.begin(), clients.end());
    }
    reads_.gathering_peers.clear();
}

/// Leads now: open questions are its own to answer.
void Node::adopt_questions() {
    for (AskedReads& question : reads_.asked) {
        reads_.gathering.insert(reads_.gathering.end(), question.clients.begin(),
                                question.clients.end());
        reads_.gathering_peers.insert(reads_.gathering_peers.end(), question.peers.begin(),
                                      question.peers.end());
    }
    reads_.asked.clear();
}

void Reads::remove_client(ClientId client) {
    const auto is_of = [client](const ClientRead& read) { return read.client == client; };
    std::erase_if(gathering, is_of);
    for (std::size_t i = 0; i < rounds.size(); ++i) std::erase_if(rounds[i].clients, is_of);
    for (AskedReads& question : asked) std::erase_if(question.clients, is_of);
    for (std::size_t i = due.size(); i-- > 0; due.pop_front()) {
        if (!is_of(due.front())) due.push_back(std::move(due.front()));
    }
    // Groups that nobody waits for any more are not kept until their point is applied.
    for (std::size_t i = pointed.size(); i-- > 0; pointed.pop_front()) {
        std::erase_if(pointed.front().clients, is_of);
        if (!pointed.front().clients.empty()) pointed.push_back(std::move(pointed.front()));
    }
}

std::size_t Reads::size() const {
    std::size_t size = gathering.size() + gathering_peers.size() + due.size();
    for (std::size_t i = 0; i < rounds.size(); ++i) {
        size += rounds[i].clients.size() + rounds[i].peers.size();
    }
    for (const AskedReads& question : asked)
        size += question.clients.size() + question.peers.size();
    for (std::size_t i = 0; i < pointed.size(); ++i) size += pointed[i].clients.size();
    return size;
}

}  // namespace decree
