#include "props/store_words.hpp"

#include "core/overload.hpp"
#include "core/print.hpp"

namespace decree::props {

namespace {

using store::At;
using store::clobber;
using store::Code;
using store::missing;
using store::no_session;
using store::Revision;
using store::SessionId;

constexpr std::size_t longest_list = 3;

std::string number(Revision revision) { return std::to_string(revision.value); }
std::string number(SessionId session) { return std::to_string(session.value); }

// A value as it is when it is short and plain, else by its size.
std::string short_value_words(const Value& value) {
    constexpr std::size_t longest = 24;
    const std::string_view text = as_text(value.bytes());
    if (text.empty()) return "''";
    bool plain = text.size() <= longest;
    for (const char c : text) plain = plain && c > ' ' && c <= '~';
    return plain ? std::string(text) : std::to_string(text.size()) + " bytes";
}

std::string path_words(const std::string& path) {
    constexpr std::size_t longest = 40;
    if (path.size() <= longest) return path;
    return path.substr(0, longest) + "... (" + std::to_string(path.size()) + " bytes)";
}

std::string if_words(Revision revision) {
    if (revision == clobber) return "";
    return revision == missing ? " if missing" : " if at " + number(revision);
}
std::string of_words(SessionId session) {
    return session == no_session ? "" : " of session " + number(session);
}
std::string at_words(const At& at) { return at ? " at " + number(*at) : ""; }
std::string us_words(std::uint64_t us) { return std::to_string(us / 1000) + " ms"; }

std::string put_words(const std::string& path, const Value& value, SessionId session) {
    return "set " + path_words(path) + " = " + short_value_words(value) + of_words(session);
}

std::string compare_words(const store::Compare& compare) {
    return std::visit(Overload{[](const store::CompareFile& file) {
                                   const std::string path = path_words(file.path);
                                   if (file.revision == clobber) return path + " is no directory";
                                   if (file.revision == missing) return path + " is missing";
                                   return path + " is at " + number(file.revision);
                               },
                               [](const store::CompareSubtree& below) {
                                   return "nothing at " + path_words(below.path) +
                                          " changed since " + number(below.revision);
                               }},
                      compare);
}

std::string write_words(const store::Write& write) {
    return std::visit(
        Overload{
            [](const store::PutFile& put) { return put_words(put.path, put.value, put.session); },
            [](const store::RemoveFile& remove) { return "del " + path_words(remove.path); }},
        write);
}

// Some of them, and how many more there are.
template <class T, class F>
std::string list_words(const std::vector<T>& things, F each, const char* between) {
    std::string text;
    for (std::size_t i = 0; i < things.size() && i < longest_list; ++i) {
        text += (i > 0 ? between : "") + each(things[i]);
    }
    if (things.size() <= longest_list) return text;
    return text + between + std::to_string(things.size() - longest_list) + " more";
}

std::string transaction_words(const store::Transact& transaction) {
    std::string text;
    if (!transaction.compares.empty()) {
        text = "if " + list_words(transaction.compares, compare_words, " and ") + ": ";
    }
    if (transaction.writes.empty()) return text + "nothing";
    return text + list_words(transaction.writes, write_words, ", ");
}

std::string refusal_words(Code code, const std::string& detail) {
    const std::string name = code == Code::NotYet ? "not yet" : std::string(store::code_name(code));
    return detail.empty() ? name : name + ": " + detail;
}

std::string entry_words(const store::Entry& entry) {
    const std::string path = path_words(entry.path);
    if (entry.revision == missing) return path + " is missing";
    if (entry.revision == store::directory_revision) return path + " is a directory";
    const std::string value = entry.value.empty() ? std::to_string(entry.length) + " bytes"
                                                  : short_value_words(entry.value);
    return path + " = " + value + " at " + number(entry.revision) + of_words(entry.session);
}

}  // namespace

std::string store_command_words(const store::StoreCommand& command) {
    return std::visit(
        Overload{[](const store::Set& set) {
                     return put_words(set.path, set.value, set.session) + if_words(set.revision);
                 },
                 [](const store::Del& del) {
                     return "del " + path_words(del.path) + if_words(del.revision);
                 },
                 [](const store::Nop&) -> std::string { return "nop"; },
                 [](const store::Transact& all) { return transaction_words(all); },
                 [](const store::OpenSession& open) {
                     return "open a session of " + us_words(open.ttl_us);
                 },
                 [](const store::KeepAlive& keep) {
                     return "keep session " + number(keep.session) + " alive";
                 },
                 [](const store::CloseSession& close) {
                     return "close session " + number(close.session);
                 },
                 [](const store::Acquire& lock) {
                     return "lock " + path_words(lock.path) + " for session " +
                            number(lock.session);
                 },
                 [](const store::Release& lock) {
                     return "unlock " + path_words(lock.path) + of_words(lock.session);
                 },
                 [](const store::Configure&) -> std::string { return "other settings"; },
                 [](const store::ForgetOrigin& forget) {
                     return "forget origin " + std::to_string(forget.origin.value);
                 }},
        command);
}

std::string store_command_words(Bytes payload) {
    const auto command = store::decode_command(payload);
    return command ? store_command_words(*command) : describe_bytes(payload);
}

std::string store_query_words(const store::StoreQuery& question) {
    return std::visit(
        Overload{
            [](const store::Get& get) { return "get " + path_words(get.path) + at_words(get.at); },
            [](const store::Stat& stat) {
                return "stat " + path_words(stat.path) + at_words(stat.at);
            },
            [](const store::GetDir& list) {
                return "list " + path_words(list.path) + " from " + std::to_string(list.offset) +
                       at_words(list.at);
            },
            [](const store::Walk& walk) {
                return "walk " + path_words(walk.glob) + " from " + std::to_string(walk.offset) +
                       at_words(walk.at);
            },
            [](const store::Rev&) -> std::string { return "rev"; },
            [](const store::SubtreeRev& below) {
                return "when " + path_words(below.path) + " last changed" + at_words(below.at);
            },
            [](const store::SessionInfo& info) { return "session " + number(info.session); }},
        question);
}

std::string store_event_words(const store::Event& event) {
    const std::string at = number(event.revision) + ": ";
    if (event.kind == store::EventKind::Nop) return at + "nop";
    if (event.kind == store::EventKind::Del) return at + "del " + path_words(event.path);
    return at + put_words(event.path, event.value, event.session) + (event.lock ? ", a lock" : "");
}

std::string store_answer_words(const store::CommandAnswer& answer) {
    if (answer.code != Code::Ok) {
        const std::string part =
            answer.part ? " (part " + std::to_string(*answer.part) + ")" : std::string();
        return refusal_words(answer.code, answer.detail) + part;
    }
    if (answer.session != no_session) return "session " + number(answer.session);
    return "done, revision " + number(answer.revision);
}

std::string store_answer_words(const store::QueryAnswer& answer) {
    if (answer.code != Code::Ok) return refusal_words(answer.code, answer.detail);
    std::string text = "revision " + number(answer.revision);
    if (!answer.entries.empty()) text += ": " + list_words(answer.entries, entry_words, ", ");
    if (answer.session_end != ClusterTime{}) {
        text += ", open until " + us_words(answer.session_end.value);
    }
    return text;
}

std::string store_told_words(const store::Told& told) {
    if (told.code != Code::Ok) return refusal_words(told.code, {});
    if (told.events.empty()) return "nothing through " + number(told.through);
    return list_words(told.events, store_event_words, ", ") + " (all through " +
           number(told.through) + ")";
}

std::string store_watch_words(const store::WatchRequest& request) {
    const std::string what = request.kind == store::WatchKind::Once ? "wait for " : "watch ";
    return what + path_words(request.glob) + " from " + number(request.from);
}

}  // namespace decree::props
