/// Founding a cluster, or joining one: what a node does that is no member yet.
///
/// Each founder stores one founding record durably and never another, and a node takes a cluster
/// for founded only when all of the record's founders have stored it. So of two records that name
/// one founder, only one can ever make a cluster. The price is that a founder that is gone for good
/// before all have stored blocks that record: then nobody can know that it had not.

#include <algorithm>
#include <utility>

#include "core/contract.hpp"
#include "core/node/node.hpp"
#include "core/overload.hpp"

namespace decree {

namespace {

bool insert(std::vector<NodeId>& ascending, NodeId node) {
    const auto at = std::ranges::lower_bound(ascending, node);
    if (at != ascending.end() && *at == node) return false;
    ascending.insert(at, node);
    return true;
}

bool same_list(const FoundingWord& word, const Founding& founding) {
    return std::ranges::equal(word.founders, founding.founders, {}, &Founder::address,
                              &Listed::address);
}

bool begins(const Beginning& beginning) { return beginning.joins || !beginning.founders.empty(); }

// Whether the disk of a node without a founding record shows that there was one: whoever promised
// or voted was a member.
bool has_lost_charter(const Recovered& disk) {
    return !disk.slots.empty() || disk.snapshot || disk.heads.promised != Ballot{} ||
           !disk.damage.empty();
}

// Why no cluster can be founded so; nothing when one can, or when that is not asked.
std::optional<std::string> cannot_found(const Beginning& beginning) {
    const std::vector<std::string> list = ordered(beginning.founders);
    if (list.empty()) return std::nullopt;
    for (const std::string& address : list) {
        if (address.size() > max_address_bytes) return "an address of a founder is too long";
    }
    if (std::holds_alternative<Weights>(beginning.settings.quorums)) {
        return "founders cannot have weights: their names are not known before they found";
    }
    Voters as_many;
    for (std::size_t i = 1; i <= list.size(); ++i) as_many.push_back(NodeId{i});
    const auto fit = check_quorums(beginning.settings.quorums, as_many);
    return fit ? std::nullopt : std::optional(fit.error());
}

}  // namespace

/// The settings with which a node comes up: those of its cluster, as far as they are known.
std::expected<Settings, std::string> first_settings(const Beginning& beginning, NodeId self,
                                                    const Recovered& disk) {
    if (disk.charter) return disk.charter->settings;
    if (!begins(beginning)) return beginning.settings;
    if (has_lost_charter(disk)) {
        return std::unexpected(
            "the founding record is missing; wipe this disk, and it joins as a "
            "new node");
    }
    if (auto why = cannot_found(beginning)) return std::unexpected(*std::move(why));
    // The voters are not known, and until they are, this node takes no part.
    Settings settings = beginning.settings;
    settings.voters = {self};
    settings.quorums = Majority{};
    return settings;
}

/// What can happen to a node that is no member yet: everything, and most of it is not for it.
void Node::found(const Event& event, Effects& out) {
    const auto refuse = [&](ClientId client, std::uint64_t tag) {
        out.took(Rule::IgnoredBeforeFounding);
        turn_away(client, tag, out);
    };
    std::visit(Overload{
                   [&](const Received& e) {
                       const bool founds = std::holds_alternative<FoundingWord>(e.message) ||
                                           std::holds_alternative<Welcome>(e.message);
                       if (founds) return receive(e, out);
                       out.took(Rule::IgnoredBeforeFounding, e.from);
                   },
                   [&](const TimePassed&) {
                       if (founding_->ask_at <= now_) ask_founders(out);
                   },
                   [&](const Durable& e) {
                       journal_.durable(e.position);
                       release(out);
                   },
                   [&](const Requested& e) { refuse(e.client, e.tag); },
                   [&](const ReadRequested& e) { refuse(e.client, e.tag); },
                   [&](const Reached& e) { reached(e, out); },
                   [](const auto&) {},
               },
               event.what);
}

/// After a start that was not refused.
void Node::begin_with(const Beginning& beginning, bool same_machine, const Recovered& disk) {
    given_ = beginning.settings;
    begin_membership(beginning, same_machine, disk);
    const bool was_here = disk.heads.incarnation != Incarnation{};
    if (was_here && !options_.by_hand) returning_ = Returning{.ask_at = never, .recognized_by = {}};
}

void Node::begin_membership(const Beginning& beginning, bool same_machine, const Recovered& disk) {
    if (disk.charter) {
        note_overruled(*disk.charter, same_machine);
        // Whoever promised or voted did so as a member.
        const bool member = disk.founded || acceptor_.promised() != Ballot{};
        if (!member) {
            founding_ = resume_founding(options_.self, *disk.charter);
            return;
        }
        charter_ = disk.charter;
        for (const NodeId founder : charter_->settings.voters) add_contact(founder);
    } else if (begins(beginning)) {
        founding_ = decree::begin_founding(options_.self, beginning.founders);
    }
}

void Node::begin_founding(Effects& out) {
    if (!overruled_.empty()) out.took(Rule::SettingsOverruled);
    if (!founding_) return;
    founding_->ask_at = now_ + options_.resend;
    out.took(founding_->resumed            ? Rule::FoundingResumed
             : founding_->founders.empty() ? Rule::JoiningBegun
                                           : Rule::FoundingBegun);
}

/// A node finds itself in the list by reaching itself: an address is not a name, and only this
/// shows that the others would reach it there.
void Node::reached(const Reached& event, Effects& out) {
    if (!founding_) {
        // What was asked over a link that is gone, or its answer, is lost.
        if (catching_up_.asked == event.node) catching_up_.asked.reset();
        return ask_contact(event.node, out);
    }
    const auto listed = std::ranges::find(founding_->founders, event.address, &Listed::address);
    if (listed == founding_->founders.end()) {
        const bool room = founding_->met.size() < max_voters;
        if (event.node != options_.self && room) insert(founding_->met, event.node);
    } else if (listed->node != event.node) {
        out.took(event.node == options_.self ? Rule::FounderIsSelf
                 : listed->node == NodeId{}  ? Rule::FounderReached
                                             : Rule::FounderReplaced,
                 event.node);
        listed->node = event.node;
        listed->said.reset();
    } else {
        return;
    }
    propose_charter(out);
    ask_founders(out);
}

/// A member asks who answers at an address first: it may belong to another cluster, whose log is
/// another one.
void Node::ask_contact(NodeId node, Effects& out) {
    const std::vector<NodeId>& contacts = options_.contacts;
    const bool known = std::ranges::find(contacts, node) != contacts.end();
    if (known) return look_for_leader(node, out);
    if (!charter_ || node == options_.self) return;
    out.took(Rule::ContactAsked, node);
    hold(node,
         FoundingWord{.founders = {}, .charter = Value(Bytes(encode(*charter_))), .asks = true},
         out);
}

bool Node::add_contact(NodeId node) {
    std::vector<NodeId>& contacts = options_.contacts;
    constexpr std::size_t most = std::size_t{4} * max_voters;
    const bool known = std::ranges::find(contacts, node) != contacts.end();
    if (node == options_.self || known || contacts.size() >= most) return false;
    contacts.push_back(node);
    return true;
}

/// Nothing is said between storing a record and its being durable: neither that there is none, nor
/// that there is one. Nor before this start is durable: a disk without any start is a new node's,
/// and a record that named the one before would wait for it in vain.
bool Node::may_tell() const {
    return start_durable_ && (!founding_->charter || founding_->vouched);
}

/// This start is durable.
void Node::begin_telling(Effects& out) {
    if (!founding_) return returning_ ? announce_return(out) : void();
    if (founding_->resumed) return charter_vouched(out);
    ask_founders(out);
}

void Node::ask_founders(Effects& out) {
    founding_->ask_at = now_ + options_.resend;
    if (!may_tell()) return;
    for (const NodeId node : to_ask(*founding_)) {
        out.took(Rule::FoundersAsked, node);
        send(node, founding_word(*founding_, true), out);
    }
}

void Node::receive(NodeId from, const FoundingWord& word, Effects& out) {
    std::optional<Charter> charter;
    if (!word.charter.empty()) {
        auto read = decode<Charter>(word.charter.bytes());
        if (!read || bad_charter(*read)) return refuse_message(from, out);
        charter = *std::move(read);
    }
    if (!founding_) return welcome(from, word, out);
    for (Listed& listed : founding_->founders) {
        if (listed.node == from) listed.said = word;
    }
    if (charter) {
        take_charter(from, *charter, out);
    } else if (!founding_->charter && !same_list(word, *founding_)) {
        if (!word.founders.empty()) out.took(Rule::FoundingListDiffers, from);
    } else {
        propose_charter(out);
    }
    if (!word.asks || !founding_ || !may_tell()) return;
    out.took(Rule::FoundingAnswered, from);
    send(from, founding_word(*founding_, false), out);
}

/// A member is asked by somebody who is none, or does not know that it is one.
void Node::welcome(NodeId from, const FoundingWord& word, Effects& out) {
    if (!word.asks || !charter_) return;
    out.took(Rule::NewcomerWelcomed, from);
    send(from,
         Welcome{.charter = Value(Bytes(encode(*charter_))),
                 .members = membership().voters(first_open())},
         out);
}

/// The first of the list proposes one record once every listed address has answered, empty, with
/// the same list. Its own disk has the record before anybody else hears of it: else it could
/// propose another one after a crash.
void Node::propose_charter(Effects& out) {
    if (!ready_to_propose(*founding_)) return;
    Charter charter{.cluster = ClusterId{jitter(~std::uint64_t{0}) + 1},
                    .founders = {},
                    .settings = given_,
                    .machine = machine().founding_settings()};
    for (const Listed& listed : founding_->founders) {
        charter.founders.push_back({.address = listed.address, .node = listed.node});
    }
    charter.settings.voters = founders_of(charter);
    out.took(Rule::FoundingProposed);
    store_charter(std::move(charter), out);
}

/// Somebody has stored `charter`.
void Node::take_charter(NodeId from, const Charter& charter, Effects& out) {
    if (founding_->charter == charter) {
        const bool founder = std::ranges::binary_search(charter.settings.voters, from);
        if (!founder || !insert(founding_->stored, from)) return;
        out.took(Rule::FounderStored, from);
        return found_cluster_if_all_stored(out);
    }
    if (!may_store(*founding_, charter) || !usable(charter)) {
        return out.took(Rule::FoundingRecordRefused, from);
    }
    insert(founding_->stored, from);
    out.took(Rule::FoundingRecordStored, from);
    store_charter(charter, out);
}

bool Node::usable(const Charter& charter) const {
    return !unusable(charter.settings, options_) &&
           machine().founded(charter.settings, charter.machine.bytes()) != nullptr;
}

/// REQUIRES: no record was stored before.
void Node::store_charter(Charter charter, Effects& out) {
    ENSURE(!founding_->charter, "a node stores one founding record, and never another");
    founding_->charter = std::move(charter);
    use_settings(*founding_->charter, out);
    record_charter();
    outbox_.hold(OwnCharter{.vouched = false});
}

void Node::record_charter() {
    const Charter& charter = founding_ ? *founding_->charter : *charter_;
    journal_.add(FoundingRecord{.founded = static_cast<std::uint8_t>(founding_ ? 0 : 1),
                                .charter = Value(Bytes(encode(charter)))});
}

void Node::note_overruled(const Charter& charter, bool same_machine) {
    overruled_ = overruled(given_, charter.settings);
    if (!same_machine) overruled_.emplace_back("machine");
}

/// What this node was given is of no matter any more.
void Node::use_settings(const Charter& charter, Effects& out) {
    note_overruled(charter, machine().founding_settings() == charter.machine);
    if (!overruled_.empty()) out.took(Rule::SettingsOverruled);
    settings_ = charter.settings;
    auto machine = this->machine().founded(settings_, charter.machine.bytes());
    ENSURE(machine != nullptr, "the machine can have the cluster's settings");
    executor_ = Executor(settings_, std::move(machine));
}

void Node::charter_vouched(Effects& out) {
    if (!founding_ || !founding_->charter || founding_->vouched) return;
    founding_->vouched = true;
    out.took(Rule::FoundingRecordVouched);
    found_cluster_if_all_stored(out);
    if (founding_) ask_founders(out);
}

void Node::found_cluster_if_all_stored(Effects& out) {
    if (!all_stored(*founding_)) return;
    out.took(Rule::ClusterFounded);
    become_member({}, out);
}

/// A member says that its cluster exists. Whoever has stored nothing joins it, as a learner: it has
/// no vote, so what it does not know harms nobody.
void Node::receive(NodeId from, const Welcome& message, Effects& out) {
    const auto charter = decode<Charter>(message.charter.bytes());
    if (!charter || bad_charter(*charter)) return refuse_message(from, out);
    const std::optional<Charter>& own = founding_ ? founding_->charter : charter_;
    if (own && *own != *charter) return out.took(Rule::FoundingRecordRefused, from);
    if (!founding_) {
        if (!charter_ || !add_contact(from)) return;
        out.took(Rule::ContactLearned, from);
        return look_for_leader(from, out);
    }
    if (own) {
        if (!founding_->vouched) return;
        out.took(Rule::ClusterWelcomes, from);
        return become_member(message.members, out);
    }
    if (std::ranges::binary_search(charter->settings.voters, options_.self)) {
        if (!std::exchange(founding_->forgotten, true)) out.took(Rule::FoundingForgotten, from);
        return;
    }
    if (founding_->forgotten || !usable(*charter)) {
        return out.took(Rule::FoundingRecordRefused, from);
    }
    out.took(Rule::ClusterJoined, from);
    founding_->charter = *charter;
    use_settings(*charter, out);
    add_contact(from);
    become_member(message.members, out);
    look_for_leader(from, out);
}

void Node::become_member(const std::vector<NodeId>& members, Effects& out) {
    charter_ = std::move(founding_->charter);
    founding_.reset();
    record_charter();
    for (const NodeId founder : charter_->settings.voters) add_contact(founder);
    for (const NodeId member : members) add_contact(member);
    timers_.leader_heard = now_;
    wait_for_leader();
    if (returning_ && start_durable_) announce_return(out);
}

}  // namespace decree
