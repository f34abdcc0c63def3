#pragma once

/// The store once more, as dumb as can be: a std::map of files, a list of events, and a copy of the
/// whole map for every revision. Shares no code with the store but the words (commands, answers).
/// Forgets nothing: what history no longer has is still known here.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/node_name.hpp"
#include "core/overload.hpp"
#include "core/store/answer.hpp"
#include "core/store/command.hpp"
#include "core/store/event.hpp"
#include "core/store/query.hpp"

namespace decree::store::model {

using Files = std::map<std::string, File>;

inline std::vector<std::string> split(const std::string& path) {
    std::vector<std::string> names;
    std::string name;
    for (std::size_t i = 1; i <= path.size(); ++i) {
        if (i < path.size() && path[i] != '/') {
            name += path[i];
        } else {
            names.push_back(name);
            name.clear();
        }
    }
    if (path == "/") names.clear();
    return names;
}

inline bool good_path(const std::string& path, Names names, const std::string& also = "") {
    std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
    if (names == Names::Wide) letters += "_:@+=,";
    if (path.empty() || path[0] != '/') return false;
    for (const std::string& name : split(path)) {
        if (name.empty() || name.find_first_not_of(letters + also) != std::string::npos)
            return false;
    }
    return true;
}

inline bool good_glob(const std::string& glob, Names names) { return good_path(glob, names, "*?"); }

/// Tries everything a star may take.
inline bool matches(std::string_view glob, std::string_view path) {
    if (glob.empty()) return path.empty();
    if (glob.starts_with("**")) {
        for (std::size_t take = 0; take <= path.size(); ++take) {
            if (matches(glob.substr(2), path.substr(take))) return true;
        }
        return false;
    }
    if (glob[0] == '*') {
        for (std::size_t take = 0; take <= path.size(); ++take) {
            if (take > 0 && path[take - 1] == '/') return false;
            if (matches(glob.substr(1), path.substr(take))) return true;
        }
        return false;
    }
    if (path.empty()) return false;
    const bool fits = glob[0] == '?' ? path[0] != '/' : path[0] == glob[0];
    return fits && matches(glob.substr(1), path.substr(1));
}

inline bool below(const std::string& path, const std::string& directory) {
    return directory == "/" ? path != "/" : path.starts_with(directory + "/");
}

inline bool is_directory(const Files& files, const std::string& path) {
    if (path == "/") return true;
    return std::ranges::any_of(files, [&](const auto& f) { return below(f.first, path); });
}

inline bool is_below_file(const Files& files, const std::string& path) {
    return std::ranges::any_of(files, [&](const auto& f) { return below(path, f.first); });
}

inline Revision revision_of(const Files& files, const std::string& path) {
    if (files.contains(path)) return files.at(path).revision;
    return Revision{is_directory(files, path) ? -2 : 0};
}

/// The names in a directory, each once, sorted.
inline std::vector<std::string> names_in(const Files& files, const std::string& directory) {
    std::set<std::string> names;
    const std::size_t depth = split(directory).size();
    for (const auto& [path, file] : files) {
        if (below(path, directory)) names.insert(split(path).at(depth));
    }
    return {names.begin(), names.end()};
}

/// Depth first, names sorted in each directory.
inline std::vector<std::string> walk(const Files& files, const std::string& glob) {
    std::vector<std::vector<std::string>> found;
    for (const auto& [path, file] : files) {
        if (matches(glob, path)) found.push_back(split(path));
    }
    std::ranges::sort(found);
    std::vector<std::string> paths;
    for (const std::vector<std::string>& names : found) {
        std::string path;
        for (const std::string& name : names) path += "/" + name;
        paths.push_back(path);
    }
    return paths;
}

/// What counts against the limit of bytes: names, values and 32 of each file and directory.
inline std::uint64_t bytes_of(const Files& files) {
    std::set<std::string> items;
    std::uint64_t bytes = 0;
    for (const auto& [path, file] : files) {
        bytes += file.value.size();
        std::string item;
        for (const std::string& name : split(path)) {
            item += "/" + name;
            if (items.insert(item).second) bytes += name.size() + 32;
        }
    }
    return bytes;
}

struct OpenedSession {
    std::uint64_t ttl{};
    ClusterTime end;
};

inline ClusterTime later(ClusterTime time, std::uint64_t us) {
    return time.value + us < us ? ClusterTime{~std::uint64_t{0}} : ClusterTime{time.value + us};
}

struct Model {
    // What is replicated.
    StoreSettings settings;
    std::uint64_t alpha = 64;
    QuorumSystem quorums = Majority{};
    std::uint32_t command_bytes = 1U << 29U;
    Files files;
    std::vector<Event> events;  // Of revision 1, 2, ...
    std::vector<Files> states;  // After each.
    Revision first{1};          // That can be read.
    std::map<std::uint64_t, OpenedSession> sessions;
    std::uint64_t opened = 0;
    std::map<std::string, ClusterTime> delays;
    Voters voters;
    std::optional<Slot> voters_changed;
    bool slots_filled = false;
    std::vector<NodeId> retired;
    std::vector<NodeId> dropped_origins;

    // Of the slot that is being applied.
    Slot slot;
    ClusterTime now;
    Revision slot_begin;

    [[nodiscard]] Revision last() const {
        return Revision{static_cast<std::int64_t>(events.size())};
    }

    void begin_slot(Slot at, ClusterTime stamp);
    CommandAnswer run(const StoreCommand& command);
    void end_slot();
    /// As the store is, or as it was when `oldest` to `newest` could be read: a node may be behind.
    [[nodiscard]] QueryAnswer query(const StoreQuery& question) const {
        return query(question, first, last());
    }
    [[nodiscard]] QueryAnswer query(const StoreQuery& question, Revision oldest,
                                    Revision newest) const;
    [[nodiscard]] std::optional<ClusterTime> stamp_wanted() const;

    // A change that may be taken back: what it made so far, and what the files are by now.
    struct Change {
        Files files;
        std::vector<Event> events;
        std::vector<Files> states;
    };
    [[nodiscard]] Change change() const { return {files, {}, {}}; }
    void add(Change& c, EventKind kind, const std::string& path, const Value& value = {},
             SessionId session = {}, bool lock = false) const;
    void keep(Change c);
    [[nodiscard]] bool alive(SessionId id) const;
    [[nodiscard]] std::optional<Refusal> bad_path(const std::string& path) const;
    [[nodiscard]] std::optional<Refusal> bad_file(const std::string& path, const Value& value,
                                                  SessionId session) const;
    [[nodiscard]] std::optional<Refusal> bad_command(const StoreCommand& command) const;
    [[nodiscard]] static std::optional<Refusal> compare(const Files& files, const std::string& path,
                                                        Revision given, bool set);
    [[nodiscard]] Revision subtree(std::size_t until, const std::string& path) const;
    [[nodiscard]] std::optional<Refusal> put(Change& c, const std::string& path, const Value& value,
                                             SessionId session, bool lock = false) const;
    [[nodiscard]] std::optional<Refusal> remove(Change& c, const std::string& path) const;
    [[nodiscard]] std::optional<Refusal> vote(const Files& after);
    [[nodiscard]] CommandAnswer ok() const;
    static CommandAnswer no(const Refusal& refusal);
    CommandAnswer no_write(const Refusal& refusal);
    CommandAnswer finish(const Change& c);
    void end_session(std::uint64_t id, bool expired);
    CommandAnswer transact(const Transact& t);
    CommandAnswer acquire(const Acquire& a);
    CommandAnswer release(const Release& given);
    CommandAnswer open_session(const OpenSession& open);
    CommandAnswer keep_alive(const KeepAlive& k);
    [[nodiscard]] const Files& files_at(Revision revision) const;
};

}  // namespace decree::store::model
