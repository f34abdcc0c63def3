#include "props/ghost/store_ghost.hpp"

#include <algorithm>

#include "core/node_name.hpp"

namespace decree::props {

StoreGhost::StoreGhost(const Settings& cluster, const store::Store& fresh)
    : retained_(1), revisions_(1) {
    model_.settings = fresh.state().settings;
    model_.alpha = cluster.alpha;
    model_.command_bytes = cluster.command_bytes;
    model_.quorums = cluster.quorums;
    model_.voters = fresh.voters();
}

std::vector<store::SessionId> StoreGhost::begin_slot(ClusterTime stamp, Time proposed) {
    proposed_ = proposed;
    const auto before = model_.sessions;
    const store::Revision revision = model_.last();
    model_.begin_slot(next(through()), stamp);
    std::vector<store::SessionId> over;
    for (const auto& [id, session] : before) {
        if (!model_.sessions.contains(id)) over.push_back(store::SessionId{id});
    }
    slot_changed_ = !over.empty() || model_.last() != revision;
    return over;
}

std::optional<store::CommandAnswer> StoreGhost::execute(Bytes payload) {
    const auto command = store::decode_command(payload);
    if (!command) return std::nullopt;
    store::CommandAnswer answer = model_.run(*command);
    if (answer.code != store::Code::Ok) return answer;
    if (const auto* const open = std::get_if<store::OpenSession>(&*command)) {
        signs_[answer.session] = {.ttl_us = open->ttl_us, .proposed = proposed_};
    } else if (const auto* const keep = std::get_if<store::KeepAlive>(&*command)) {
        signs_.at(keep->session).proposed = proposed_;
    }
    return answer;
}

void StoreGhost::placed(std::uint64_t position) {
    revisions_.resize(static_cast<std::size_t>(position) + 1, model_.last());
    for (auto& [id, ends] : ends_) {
        const auto open = model_.sessions.find(id);
        const ClusterTime end = open == model_.sessions.end() ? ClusterTime{} : open->second.end;
        if (ends.rbegin()->second != end) ends.emplace(position, end);
    }
    for (const auto& [id, session] : model_.sessions) {
        if (!ends_.contains(id)) ends_[id].emplace(position, session.end);
    }
}

void StoreGhost::end_slot() {
    model_.end_slot();
    retained_.push_back({.first = model_.first, .last = model_.last()});
}

store::QueryAnswer StoreGhost::answer_after(std::uint64_t position,
                                            const store::StoreQuery& question) const {
    store::QueryAnswer answer =
        model_.query(question, store::Revision{1}, revision_after(position));
    const auto* const info = std::get_if<store::SessionInfo>(&question);
    if (info == nullptr) return answer;
    answer.session_end = {};
    const auto ends = ends_.find(info->session.value);
    if (ends == ends_.end()) return answer;
    const auto later = ends->second.upper_bound(position);
    if (later != ends->second.begin()) answer.session_end = std::prev(later)->second;
    return answer;
}

const SignOfLife* StoreGhost::last_sign(store::SessionId session) const {
    const auto found = signs_.find(session);
    return found == signs_.end() ? nullptr : &found->second;
}

const Token* StoreGhost::token(const std::string& path) const {
    const auto found = tokens_.find(path);
    return found == tokens_.end() ? nullptr : &found->second;
}

/// Leaders write one file of /ctl/cal, if it is as they know it; so what it held then tells whose
/// seat it was.
std::optional<ChangeSeat> StoreGhost::seat_in(Bytes payload, const Voters& voters) const {
    const auto command = store::decode_command(payload);
    if (!command) return std::nullopt;
    const auto* const set = std::get_if<store::Set>(&*command);
    if (set == nullptr || !store::touches_slots(set->path)) return std::nullopt;
    if (set->revision < store::missing || set->revision > model_.last()) return std::nullopt;
    ChangeSeat change{.before = voters, .in = {}, .out = {}};
    const store::model::Files& files = model_.files_at(set->revision);
    if (const auto held = files.find(set->path); held != files.end()) {
        const auto out = parse_node_name(as_text(held->second.value.bytes()));
        if (out) change.out = *out;
    }
    if (!set->value.empty()) {
        const auto in = parse_node_name(as_text(set->value.bytes()));
        if (!in) return std::nullopt;  // Of a client without a name: no leader says such a thing.
        change.in = *in;
    }
    if (change.in == NodeId{} && change.out == NodeId{}) return std::nullopt;
    return change;
}

}  // namespace decree::props
