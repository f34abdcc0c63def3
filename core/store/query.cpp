#include "core/store/query.hpp"

#include <algorithm>

#include "core/overload.hpp"
#include "core/store/walk.hpp"

namespace decree::store {

std::expected<Tree, Code> tree_at(const History& history, At at) {
    if (!at) return history.now();
    const Revision revision = std::max(*at, Revision{1});
    if (revision < history.first()) return std::unexpected(Code::TooLate);
    if (revision > history.last()) return std::unexpected(Code::NotYet);
    return history.tree_at(revision);
}

std::optional<Refusal> check_glob(const std::string& glob, const StoreSettings& settings) {
    const std::uint32_t most = settings.limits.path_bytes;
    if (glob.size() > most) {
        return other("glob exceeds " + std::to_string(most) + " bytes");
    }
    if (Glob::parse(glob, settings.names)) return std::nullopt;
    return other("invalid glob pattern: " + glob);
}

namespace {

QueryAnswer failed(Code code, std::string detail = {}) {
    return {.code = code,
            .detail = std::move(detail),
            .revision = {},
            .entries = {},
            .session_end = {}};
}

QueryAnswer answered(Revision revision) {
    return {.code = Code::Ok, .detail = {}, .revision = revision, .entries = {}, .session_end = {}};
}

// Which revision a question was about that was answered.
Revision asked(const State& state, At at) {
    return at ? std::max(*at, Revision{1}) : state.revision();
}

Entry entry_of(std::string path, const File& file) {
    return {.path = std::move(path),
            .revision = file.revision,
            .value = {},
            .length = file.value.size(),
            .session = file.session,
            .lock = file.lock};
}

Entry entry_of(std::string path, const Directory& directory) {
    return {.path = std::move(path),
            .revision = directory_revision,
            .value = {},
            .length = directory.items.size(),
            .session = {},
            .lock = false};
}

QueryAnswer answer(const State& state, const Get& get) {
    const auto tree = tree_at(state.history, get.at);
    if (!tree) return failed(tree.error());
    const Found found = tree->find(get.path);
    if (found.directory != nullptr) return failed(Code::IsDir);
    QueryAnswer answer = answered(asked(state, get.at));
    Entry& entry = answer.entries.emplace_back();
    if (found.file != nullptr) {
        entry = entry_of({}, *found.file);
        entry.value = found.file->value;
    }
    entry.path = get.path;
    return answer;
}

QueryAnswer answer(const State& state, const Stat& stat) {
    const auto tree = tree_at(state.history, stat.at);
    if (!tree) return failed(tree.error());
    QueryAnswer answer = answered(asked(state, stat.at));
    Entry& entry = answer.entries.emplace_back();
    Found found;
    if (is_path(stat.path, state.settings.names)) found = tree->find(stat.path);
    if (found.file != nullptr) entry = entry_of({}, *found.file);
    if (found.directory != nullptr) entry = entry_of({}, *found.directory);
    entry.path = stat.path;
    return answer;
}

QueryAnswer answer(const State& state, const GetDir& list) {
    const auto tree = tree_at(state.history, list.at);
    if (!tree) return failed(tree.error());
    const Found found = tree->find(list.path);
    if (found.file != nullptr) return failed(Code::NotDir);
    if (found.directory == nullptr) return failed(Code::NoEnt);
    const Items& items = found.directory->items;
    const auto offset = static_cast<std::uint64_t>(list.offset);
    if (list.offset < 0 || offset >= items.size()) return failed(Code::Range);
    QueryAnswer answer = answered(asked(state, list.at));
    std::size_t bytes = 0;
    items.visit(static_cast<std::size_t>(offset), [&](const Shared<const Item>& item) {
        if (answer.entries.size() >= std::max(list.most, 1U) || bytes >= answer_gathers_bytes)
            return false;
        answer.entries.push_back(
            std::visit([&](const auto& what) { return entry_of(item->name, what); }, item->what));
        bytes += item->name.size() + item_bytes;
        return true;
    });
    return answer;
}

QueryAnswer answer(const State& state, const Walk& question) {
    if (auto refusal = check_glob(question.glob, state.settings)) {
        return failed(refusal->code, std::move(refusal->detail));
    }
    if (question.offset < 0) return failed(Code::Range);
    const auto tree = tree_at(state.history, question.at);
    if (!tree) return failed(tree.error());
    QueryAnswer answer = answered(asked(state, question.at));
    const auto glob = Glob::parse(question.glob, state.settings.names);
    const std::vector<Walked> found =
        walk(*tree, *glob, static_cast<std::uint64_t>(question.offset), std::max(question.most, 1U),
             answer_gathers_bytes);
    if (found.empty()) return failed(Code::Range);
    for (const Walked& walked : found) {
        answer.entries.push_back(entry_of(walked.path, walked.file));
        answer.entries.back().value = walked.file.value;
    }
    return answer;
}

QueryAnswer answer(const State& state, const Rev&) { return answered(state.revision()); }

QueryAnswer answer(const State& state, const SubtreeRev& question) {
    const auto tree = tree_at(state.history, question.at);
    if (!tree) return failed(tree.error());
    return answered(tree->subtree_revision(question.path));
}

QueryAnswer answer(const State& state, const SessionInfo& question) {
    QueryAnswer answer = answered(state.revision());
    const Session* session = state.sessions.find(question.session);
    if (session != nullptr) answer.session_end = session->end;
    return answer;
}

}  // namespace

QueryAnswer query(const State& state, const StoreQuery& question) {
    return std::visit([&](const auto& q) { return answer(state, q); }, question);
}

namespace {

// Questions and answers about the store are versioned like its commands.
constexpr std::uint64_t query_version = 1;

template <class T>
ByteBuffer encode_versioned(const T& thing) {
    ByteBuffer bytes;
    Encoder out(bytes);
    out.put_varint(query_version);
    out.put(thing);
    return bytes;
}

template <class T>
std::expected<T, BadBytes> decode_versioned(Bytes bytes) {
    Decoder in(bytes);
    if (in.get_varint() != query_version && in.ok()) in.fail("version 1");
    T thing = in.get<T>();
    if (in.ok() && !in.at_end()) in.fail("the end");
    if (!in.ok()) return std::unexpected(in.error());
    return thing;
}

}  // namespace

Value encode_query(const StoreQuery& question) { return Value(Bytes(encode_versioned(question))); }

std::expected<StoreQuery, BadBytes> decode_query(Bytes bytes) {
    return decode_versioned<StoreQuery>(bytes);
}

Answer encode_answer(const QueryAnswer& answer) {
    return std::string(as_text(encode_versioned(answer)));
}

std::optional<QueryAnswer> decode_query_answer(const Answer& answer) {
    auto decoded = decode_versioned<QueryAnswer>(as_bytes(answer));
    if (!decoded) return std::nullopt;
    return *std::move(decoded);
}

}  // namespace decree::store
