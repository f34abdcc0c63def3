#include "props/ghost/store_model.hpp"

namespace decree::store::model {

namespace {

Refusal refusal(Code code) { return Refusal{code, ""}; }
Refusal refusal(const std::string& detail) { return Refusal{Code::Other, detail}; }
std::string number(std::uint64_t n) { return std::to_string(n); }

bool among_slots(const std::string& path) { return path == "/ctl/cal" || below(path, "/ctl/cal"); }

std::uint64_t bytes_of_event(const Event& event) {
    return event.path.size() + event.value.size() + 32;
}

}  // namespace

void Model::begin_slot(Slot at, ClusterTime stamp) {
    slot = at;
    now = stamp;
    slot_begin = last();
    std::size_t ended = 0;
    std::size_t files_gone = 0;
    const auto open = sessions;
    for (const auto& [id, session] : open) {
        if (session.end > now || ended == 64 || files_gone >= 4096) continue;
        ++ended;
        files_gone += static_cast<std::size_t>(std::ranges::count_if(
            files, [own = id](const auto& f) { return f.second.session.value == own; }));
        end_session(id, true);
    }
    std::size_t forgotten = 0;
    for (const std::string& path : [&] {
             std::vector<std::vector<std::string>> order;
             for (const auto& [p, until] : delays) order.push_back(split(p));
             std::ranges::sort(order);
             std::vector<std::string> paths;
             for (const auto& names : order) {
                 std::string joined;
                 for (const std::string& name : names) joined += "/" + name;
                 paths.push_back(joined);
             }
             return paths;
         }()) {
        if (delays.at(path) > now || forgotten == 64) continue;
        delays.erase(path);
        ++forgotten;
    }
}

void Model::end_slot() {
    const auto made = static_cast<std::uint64_t>(last().value - slot_begin.value);
    for (std::uint64_t forgotten = 0; forgotten < made + 4096; ++forgotten) {
        const auto kept = static_cast<std::uint64_t>(last().value - first.value + 1);
        std::uint64_t bytes = 0;
        for (std::int64_t r = first.value; r <= last().value; ++r) {
            bytes += bytes_of_event(events.at(static_cast<std::size_t>(r - 1)));
        }
        const bool may = kept > 1 && kept > made;
        if (!may || (kept <= settings.history && bytes <= settings.history_bytes)) return;
        ++first.value;
    }
}

std::optional<ClusterTime> Model::stamp_wanted() const {
    std::optional<ClusterTime> earliest;
    for (const auto& [id, session] : sessions) {
        if (!earliest || session.end < *earliest) earliest = session.end;
    }
    return earliest;
}

bool Model::alive(SessionId id) const {
    const auto found = sessions.find(id.value);
    return found != sessions.end() && found->second.end > now;
}

void Model::add(Change& c, EventKind kind, const std::string& path, const Value& value,
                SessionId session, bool lock) const {
    const Revision revision{static_cast<std::int64_t>(events.size() + c.events.size()) + 1};
    if (kind == EventKind::Set) c.files[path] = File{revision, value, session, lock};
    if (kind == EventKind::Del) c.files.erase(path);
    c.events.push_back(Event{revision, {}, kind, path, value, session, lock});
    c.states.push_back(c.files);
}

void Model::keep(Change c) {
    const Revision group{static_cast<std::int64_t>(events.size() + c.events.size())};
    for (Event& event : c.events) {
        event.group = group;
        events.push_back(event);
    }
    for (const Files& after : c.states) states.push_back(after);
    files = c.files;
}

std::optional<Refusal> Model::bad_path(const std::string& path) const {
    const Limits& l = settings.limits;
    if (path.size() > l.path_bytes)
        return refusal("path exceeds " + number(l.path_bytes) + " bytes");
    if (!good_path(path, settings.names)) return refusal(Code::BadPath);
    if (split(path).size() > l.path_depth) {
        return refusal("path exceeds " + number(l.path_depth) + " names");
    }
    return std::nullopt;
}

std::optional<Refusal> Model::bad_file(const std::string& path, const Value& value,
                                       SessionId session) const {
    if (auto bad = bad_path(path)) return bad;
    const bool own = among_slots(path) || path == "/ctl/err";
    if (own && session.value != 0) return refusal("this file belongs to no session");
    if (value.size() <= settings.limits.value_bytes) return std::nullopt;
    return refusal("value exceeds " + number(settings.limits.value_bytes) + " bytes");
}

std::optional<Refusal> Model::bad_command(const StoreCommand& command) const {
    if (const auto* set = std::get_if<Set>(&command)) {
        return bad_file(set->path, set->value, set->session);
    }
    if (const auto* del = std::get_if<Del>(&command)) return bad_path(del->path);
    if (const auto* a = std::get_if<Acquire>(&command))
        return bad_file(a->path, a->value, a->session);
    if (const auto* release = std::get_if<Release>(&command)) return bad_path(release->path);
    if (const auto* open = std::get_if<OpenSession>(&command)) {
        const std::uint64_t low = settings.shortest_session_us;
        const std::uint64_t high = settings.longest_session_us;
        if (open->ttl_us >= low && open->ttl_us <= high) return std::nullopt;
        return refusal("a session lasts " + number(low) + " to " + number(high) + " us");
    }
    if (const auto* t = std::get_if<Transact>(&command)) {
        const std::uint32_t most = settings.limits.transaction_parts;
        if (t->compares.size() + t->writes.size() > most) {
            return refusal("transaction exceeds " + number(most) + " parts");
        }
        for (const Compare& compare : t->compares) {
            const auto path = [](const auto& c) { return c.path; };
            if (auto bad = bad_path(std::visit(path, compare))) return bad;
        }
        for (const Write& write : t->writes) {
            std::optional<Refusal> bad;
            if (const auto* p = std::get_if<PutFile>(&write)) {
                bad = bad_file(p->path, p->value, p->session);
            } else {
                bad = bad_path(std::get<RemoveFile>(write).path);
            }
            if (bad) return bad;
        }
    }
    if (const auto* configure = std::get_if<Configure>(&command)) {
        if (configure->settings.names != settings.names) {
            return refusal("names are fixed for the cluster's life");
        }
        if (auto bad = bad_settings(configure->settings)) return refusal(*bad);
        const Limits& limits = configure->settings.limits;
        const std::uint64_t longest = std::uint64_t{limits.path_bytes} + limits.value_bytes + 64;
        if (longest > command_bytes) {
            return refusal("values of " + std::to_string(limits.value_bytes) +
                           " bytes need commands of " + std::to_string(longest) +
                           ", and the cluster allows " + std::to_string(command_bytes) +
                           ": allow smaller values, shorter paths, or longer commands");
        }
    }
    return std::nullopt;
}

std::optional<Refusal> Model::compare(const Files& files, const std::string& path, Revision given,
                                      bool set) {
    const Revision cur = revision_of(files, path);
    if (set && is_below_file(files, path)) return refusal(Code::NotDir);
    if (given.value != -1 && given.value < cur.value) return refusal(Code::RevMismatch);
    if (cur.value == -2) return refusal(Code::IsDir);
    return std::nullopt;
}

/// When something at or below `path` last changed, as seen after the first `until` revisions.
Revision Model::subtree(std::size_t until, const std::string& path) const {
    const Files nothing;
    const Files& present = until == 0 ? nothing : states.at(until - 1);
    // The nearest thing that exists, going up.
    std::string there = path;
    while (!present.contains(there) && !is_directory(present, there)) {
        there = there.substr(0, there.rfind('/'));
        if (there.empty()) there = "/";
    }
    Revision latest{0};
    for (std::size_t i = 0; i < until; ++i) {
        const Event& event = events[i];
        const bool there_before = i > 0 && states[i - 1].contains(event.path);
        const bool changed =
            event.kind == EventKind::Set || (event.kind == EventKind::Del && there_before);
        if (changed && (event.path == there || below(event.path, there))) latest = event.revision;
    }
    return latest;
}

std::optional<Refusal> Model::put(Change& c, const std::string& path, const Value& value,
                                  SessionId session, bool lock) const {
    const Limits& l = settings.limits;
    if (is_below_file(c.files, path)) return refusal(Code::NotDir);
    if (is_directory(c.files, path)) return refusal(Code::IsDir);
    const bool there = c.files.contains(path);
    const SessionId before = there ? c.files.at(path).session : SessionId{};
    if (session.value != 0) {
        if (!alive(session)) return refusal("no such session");
        const auto bound = static_cast<std::size_t>(std::ranges::count_if(
            c.files, [&](const auto& f) { return f.second.session == session; }));
        if (before != session && bound >= l.session_files) {
            return refusal("session exceeds " + number(l.session_files) + " files");
        }
    }
    if (!there && c.files.size() >= l.files) {
        return refusal("store exceeds " + number(l.files) + " files");
    }
    Files after = c.files;
    after[path].value = value;
    if (bytes_of(after) > l.bytes && bytes_of(after) > bytes_of(c.files)) {
        return refusal("store exceeds " + number(l.bytes) + " bytes");
    }
    const bool stays_lock = there && c.files.at(path).lock && before == session;
    add(c, EventKind::Set, path, value, session, lock || stays_lock);
    return std::nullopt;
}

std::optional<Refusal> Model::remove(Change& c, const std::string& path) const {
    if (is_directory(c.files, path)) return refusal(Code::IsDir);
    add(c, EventKind::Del, path);
    return std::nullopt;
}

CommandAnswer Model::ok() const { return CommandAnswer{Code::Ok, last(), "", {}, {}}; }
CommandAnswer Model::no(const Refusal& why) {
    return CommandAnswer{why.code, {}, why.detail, {}, {}};
}

CommandAnswer Model::no_write(const Refusal& why) {
    std::string text = why.detail;
    if (why.code == Code::RevMismatch) text = "rev mismatch";
    if (why.code == Code::NotDir) text = "not a directory";
    if (why.code == Code::IsDir) text = "is a directory";
    Change c = change();
    if (is_directory(files, "/ctl/err") || is_below_file(files, "/ctl/err")) {
        add(c, EventKind::Nop, "/");
    } else {
        add(c, EventKind::Set, "/ctl/err", Value(as_bytes(text)));
    }
    keep(c);
    return no(why);
}

std::optional<Refusal> Model::vote(const Files& after) {
    std::vector<NodeId> named;
    for (const auto& [path, file] : after) {
        if (!path.starts_with("/ctl/cal/") || split(path).size() != 3) continue;
        if (file.value.empty()) continue;
        const auto node = parse_node_name(as_text(file.value.bytes()));
        if (!node) return refusal("a slot names no node");
        if (std::ranges::find(named, *node) != named.end()) {
            return refusal("node " + node_name(*node) + " in two slots");
        }
        named.push_back(*node);
    }
    if (named.empty() && slots_filled) return refusal("no voter left");
    if (named.empty()) return std::nullopt;
    std::ranges::sort(named);
    if (named == voters) {
        slots_filled = true;
        return std::nullopt;
    }
    for (const NodeId node : named) {
        const bool votes = std::ranges::find(voters, node) != voters.end();
        if (!votes && !is_directory(after, "/ctl/node/" + node_name(node))) {
            return refusal("no node " + node_name(node));
        }
    }
    if (voters_changed && slot.value < voters_changed->value + alpha) {
        return refusal("a change of voters is pending");
    }
    if (auto works = check_quorums(quorums, named); !works) {
        return refusal("no quorums: " + works.error());
    }
    for (const NodeId node : voters) {
        if (std::ranges::find(named, node) == named.end()) retired.push_back(node);
    }
    std::erase_if(retired,
                  [&](NodeId node) { return std::ranges::find(named, node) != named.end(); });
    voters = named;
    voters_changed = slot;
    slots_filled = true;
    return std::nullopt;
}

CommandAnswer Model::finish(const Change& c) {
    bool slots = false;
    for (const Event& event : c.events) {
        slots = slots || among_slots(event.path);
    }
    if (slots) {
        if (auto why = vote(c.files)) return no_write(*why);
    }
    keep(c);
    return ok();
}

void Model::end_session(std::uint64_t id, bool expired) {
    Change c = change();
    for (const std::string& path : walk(files, "/**")) {
        const File file = files.at(path);
        if (file.session.value != id) continue;
        if (file.lock && expired) {
            delays[path] = later(now, settings.lock_delay_us);
            while (delays.size() > settings.limits.lock_delays) {
                ClusterTime earliest{~std::uint64_t{0}};
                for (const auto& [p, until] : delays) earliest = std::min(earliest, until);
                std::vector<std::vector<std::string>> candidates;
                for (const auto& [p, until] : delays) {
                    if (until == earliest) candidates.push_back(split(p));
                }
                std::string victim;
                for (const auto& name : std::ranges::min(candidates)) victim += "/" + name;
                delays.erase(victim);
            }
        }
        add(c, EventKind::Del, path);
    }
    sessions.erase(id);
    keep(c);
}

CommandAnswer Model::transact(const Transact& t) {
    std::uint32_t part = 0;
    const auto refuse = [&](const Refusal& why) {
        CommandAnswer answer = t.writes.empty() ? no(why) : no_write(why);
        answer.part = part;
        return answer;
    };
    for (const Compare& compared : t.compares) {
        if (const auto* file = std::get_if<CompareFile>(&compared)) {
            if (auto why = compare(files, file->path, file->revision, false)) return refuse(*why);
        } else {
            const auto& subtree_is = std::get<CompareSubtree>(compared);
            const Revision latest = subtree(events.size(), subtree_is.path);
            const bool same = subtree_is.revision.value == -1 || latest <= subtree_is.revision;
            if (!same) return refuse(refusal(Code::RevMismatch));
        }
        ++part;
    }
    Change c = change();
    for (const Write& write : t.writes) {
        std::optional<Refusal> why;
        if (const auto* p = std::get_if<PutFile>(&write)) {
            why = put(c, p->path, p->value, p->session);
        } else {
            why = remove(c, std::get<RemoveFile>(write).path);
        }
        if (why) return refuse(*why);
        ++part;
    }
    return finish(c);
}

CommandAnswer Model::acquire(const Acquire& a) {
    if (!alive(a.session)) return no(refusal("no such session"));
    if (files.contains(a.path)) {
        const File& file = files.at(a.path);
        if (!file.lock) return no(refusal("not a lock"));
        if (file.session != a.session) return no(refusal(Code::RevMismatch));
        CommandAnswer answer = ok();
        answer.revision = file.revision;
        return answer;
    }
    if (delays.contains(a.path) && delays.at(a.path) > now) return no(refusal("lock delay"));
    Change c = change();
    if (auto why = put(c, a.path, a.value, a.session, true)) return no(*why);
    return finish(c);
}

CommandAnswer Model::open_session(const OpenSession& open) {
    if (sessions.size() >= settings.limits.sessions) {
        return no(refusal("store exceeds " + number(settings.limits.sessions) + " sessions"));
    }
    sessions[++opened] = {open.ttl_us, later(now, open.ttl_us)};
    CommandAnswer answer = ok();
    answer.session = SessionId{opened};
    return answer;
}

CommandAnswer Model::keep_alive(const KeepAlive& k) {
    if (!alive(k.session)) return no(refusal("no such session"));
    OpenedSession& session = sessions.at(k.session.value);
    session.end = std::max(session.end, later(now, session.ttl));
    return ok();
}

CommandAnswer Model::release(const Release& given) {
    const bool held = files.contains(given.path) && files.at(given.path).lock &&
                      files.at(given.path).session == given.session && alive(given.session);
    if (!held) return no(refusal(Code::RevMismatch));
    Change c = change();
    add(c, EventKind::Del, given.path);
    return finish(c);
}

CommandAnswer Model::run(const StoreCommand& command) {
    if (auto bad = bad_command(command)) return no(*bad);
    return std::visit(Overload{
                          [&](const Set& set) {
                              Change c = change();
                              if (auto why = compare(files, set.path, set.revision, true))
                                  return no_write(*why);
                              if (auto why = put(c, set.path, set.value, set.session))
                                  return no_write(*why);
                              return finish(c);
                          },
                          [&](const Del& del) {
                              Change c = change();
                              if (auto why = compare(files, del.path, del.revision, false))
                                  return no_write(*why);
                              if (auto why = remove(c, del.path)) return no_write(*why);
                              return finish(c);
                          },
                          [&](const Nop&) {
                              Change c = change();
                              add(c, EventKind::Nop, "/");
                              return finish(c);
                          },
                          [&](const Transact& t) { return transact(t); },
                          [&](const OpenSession& open) { return open_session(open); },
                          [&](const KeepAlive& alive) { return keep_alive(alive); },
                          [&](const CloseSession& close) {
                              if (!alive(close.session)) return no(refusal("no such session"));
                              end_session(close.session.value, false);
                              return ok();
                          },
                          [&](const Acquire& a) { return acquire(a); },
                          [&](const Release& given) { return release(given); },
                          [&](const Configure& configure) {
                              settings = configure.settings;
                              return ok();
                          },
                          [&](const ForgetOrigin& forget) {
                              dropped_origins.push_back(forget.origin);
                              return ok();
                          },
                      },
                      command);
}

}  // namespace decree::store::model
