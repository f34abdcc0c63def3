#include "props/ghost/store_model.hpp"

namespace decree::store::model {

/// REQUIRES: 0 <= revision <= last().
const Files& Model::files_at(Revision revision) const {
    static const Files nothing;
    if (revision.value == 0) return nothing;
    return states.at(static_cast<std::size_t>(revision.value - 1));
}

namespace {

QueryAnswer fail(Code code, const std::string& detail = "") {
    return QueryAnswer{code, detail, {}, {}, {}};
}

Entry entry(const Files& files, const std::string& path, bool with_value) {
    if (!files.contains(path)) {
        if (!is_directory(files, path)) return Entry{path, {}, {}, 0, {}, false};
        return Entry{path, Revision{-2}, {}, names_in(files, path).size(), {}, false};
    }
    const File& file = files.at(path);
    return Entry{path,         file.revision, with_value ? file.value : Value(), file.value.size(),
                 file.session, file.lock};
}

// What Doozer makes of a path that is none: the first byte is not looked at.
std::string as_read(const std::string& path) { return path.empty() ? "//" : "/" + path.substr(1); }

Code add_names(const Files& files, const GetDir& list, QueryAnswer& answer) {
    const std::string path = as_read(list.path);
    if (files.contains(path)) return Code::NotDir;
    if (!is_directory(files, path)) return Code::NoEnt;
    const std::vector<std::string> names = names_in(files, path);
    if (list.offset < 0 || list.offset >= static_cast<std::int64_t>(names.size())) {
        return Code::Range;
    }
    for (auto i = static_cast<std::size_t>(list.offset); i < names.size(); ++i) {
        if (answer.entries.size() == std::max(list.most, 1U)) break;
        answer.entries.push_back(entry(files, (path == "/" ? "" : path) + "/" + names[i], false));
        answer.entries.back().path = names[i];
    }
    return Code::Ok;
}

bool add_found(const Files& files, const Walk& walked, QueryAnswer& answer) {
    const std::vector<std::string> found = walk(files, walked.glob);
    if (walked.offset >= static_cast<std::int64_t>(found.size())) return false;
    for (auto i = static_cast<std::size_t>(walked.offset); i < found.size(); ++i) {
        if (answer.entries.size() == std::max(walked.most, 1U)) break;
        answer.entries.push_back(entry(files, found[i], true));
    }
    return true;
}

}  // namespace

QueryAnswer Model::query(const StoreQuery& question, Revision oldest, Revision newest) const {
    const At at = std::visit(
        Overload{[](const Rev&) { return At{}; }, [](const SessionInfo&) { return At{}; },
                 [](const auto& q) { return q.at; }},
        question);
    const auto* walked = std::get_if<Walk>(&question);
    if (walked != nullptr) {
        const std::uint32_t most = settings.limits.path_bytes;
        if (walked->glob.size() > most) {
            return fail(Code::Other, "glob exceeds " + std::to_string(most) + " bytes");
        }
        if (!good_glob(walked->glob, settings.names)) {
            return fail(Code::Other, "invalid glob pattern: " + walked->glob);
        }
        if (walked->offset < 0) return fail(Code::Range);
    }
    QueryAnswer answer{Code::Ok, "", newest, {}, {}};
    if (at) {
        answer.revision = Revision{std::max<std::int64_t>(at->value, 1)};
        if (answer.revision < oldest) return fail(Code::TooLate);
        if (answer.revision > newest) return fail(Code::NotYet);
    }
    const Files& now_files = files_at(answer.revision);
    if (const auto* get = std::get_if<Get>(&question)) {
        const std::string path = as_read(get->path);
        if (is_directory(now_files, path)) return fail(Code::IsDir);
        answer.entries.push_back(entry(now_files, path, true));
        answer.entries[0].path = get->path;
    } else if (const auto* stat = std::get_if<Stat>(&question)) {
        const bool good = good_path(stat->path, settings.names);
        answer.entries.push_back(good ? entry(now_files, stat->path, false)
                                      : Entry{stat->path, {}, {}, 0, {}, false});
    } else if (const auto* list = std::get_if<GetDir>(&question)) {
        if (const Code code = add_names(now_files, *list, answer); code != Code::Ok) {
            return fail(code);
        }
    } else if (walked != nullptr) {
        if (!add_found(now_files, *walked, answer)) return fail(Code::Range);
    } else if (const auto* sub = std::get_if<SubtreeRev>(&question)) {
        const auto until = static_cast<std::size_t>(answer.revision.value);
        answer.revision = subtree(until, as_read(sub->path));
    } else if (const auto* info = std::get_if<SessionInfo>(&question)) {
        const auto found = sessions.find(info->session.value);
        if (found != sessions.end()) answer.session_end = found->second.end;
    }
    return answer;
}

}  // namespace decree::store::model
