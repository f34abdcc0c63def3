/// The store against what a real Doozer answered (tests/data/doozer/store.txt).

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/store/watch.hpp"
#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

std::string decoded(const std::string& from) {
    std::string bytes;
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (from[i] != '%') {
            bytes += from[i];
        } else {
            bytes += static_cast<char>(std::stoi(from.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
    }
    return bytes;
}

std::string encoded(const std::string& bytes) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    constexpr std::string_view plain = "/.-*?_";
    std::string to;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        const bool letter = byte < 0x80 && std::isalnum(byte) != 0;
        if (letter || plain.contains(c)) {
            to += c;
        } else {
            to += '%';
            to += hex[byte >> 4U];
            to += hex[byte & 15U];
        }
    }
    return to;
}

/// One request: its tag, verb and fields.
struct Request {
    explicit Request(const std::string& line) {
        std::istringstream words(line);
        std::string word;
        words >> word >> tag >> verb;
        while (words >> word) {
            const std::size_t sign = word.find('=');
            fields[word.substr(0, sign)] = decoded(word.substr(sign + 1));
        }
    }
    [[nodiscard]] std::string field(const std::string& name) const {
        const auto found = fields.find(name);
        return found == fields.end() ? "" : found->second;
    }
    [[nodiscard]] At at() const {
        if (!fields.contains("rev")) return std::nullopt;
        return Revision{std::stoll(fields.at("rev"))};
    }
    std::string tag;
    std::string verb;
    std::map<std::string, std::string> fields;
};

/// Answers requests as a server would, one line an answer.
class Server {
public:
    explicit Server(std::uint64_t history) : store_(settings(history)) { boot(); }

    void handle(const Request& request) {
        if (request.verb == "SET" || request.verb == "DEL" || request.verb == "NOP") {
            write(request);
        } else if (request.verb == "WAIT") {
            const auto id = watches_.add({.glob = request.field("path"),
                                          .from = *request.at(),
                                          .kind = WatchKind::Once,
                                          .mark_every = 0},
                                         store_.history(), store_.state().settings);
            if (id) {
                waiting_.emplace(*id, request.tag);
            } else {
                refuse(request.tag, id.error().code, id.error().detail);
            }
        } else if (!read(request)) {
            pending_.push_back(request);
        }
        serve();
    }
    std::vector<std::string> take() { return std::exchange(answers_, {}); }

private:
    static StoreSettings settings(std::uint64_t history) {
        StoreSettings settings;
        settings.history = history;
        return settings;
    }
    // What a seed writes before it serves.
    void boot() {
        const std::string id = node_name(NodeId{1});
        const std::string node = "/ctl/node/" + id;
        store_.set("/ctl/name", -1, "local");
        store_.set(node + "/addr", -1, "127.0.0.1:8046");
        store_.set(node + "/hostname", -1, "vm");
        store_.set(node + "/version", -1, "0.9.0-alpha");
        store_.set("/ctl/cal/0", -1, id);
        store_.set("/ctl/ns/local/" + id, -1, "127.0.0.1:8046");
        while (store_.revision() < 56) store_.nop();
        store_.set(node + "/writable", -1, "true");
        store_.set(node + "/applied", -1, "56");
    }
    void answer(const std::string& tag, const std::string& fields) {
        answers_.push_back("< " + tag + fields);
    }
    void refuse(const std::string& tag, Code code, const std::string& detail) {
        const std::string more = detail.empty() ? "" : " detail=" + encoded(detail);
        answer(tag, " error=" + std::string(code_name(code)) + more);
    }
    void write(const Request& request) {
        CommandAnswer done;
        if (request.verb == "NOP") done = store_.nop();
        const std::string path = request.field("path");
        if (request.verb == "SET")
            done = store_.set(path, request.at()->value, request.field("value"));
        if (request.verb == "DEL") done = store_.del(path, request.at()->value);
        if (done.code != Code::Ok) return refuse(request.tag, done.code, done.detail);
        const bool tells = request.verb == "SET";
        answer(request.tag, tells ? " rev=" + std::to_string(done.revision.value) : "");
    }
    static StoreQuery question(const Request& request) {
        const std::string path = request.field("path");
        const std::string offset = request.field("offset");
        const std::int64_t from = offset.empty() ? 0 : std::stoll(offset);
        if (request.verb == "GET") return Get{path, request.at()};
        if (request.verb == "STAT") return Stat{path, request.at()};
        if (request.verb == "GETDIR") return GetDir{path, from, request.at(), 1};
        if (request.verb == "WALK") return Walk{path, from, request.at(), 1};
        return Rev{};
    }
    bool read(const Request& request) {
        const QueryAnswer got = store_.ask(question(request));
        if (got.code == Code::NotYet) return false;
        if (got.code != Code::Ok) {
            refuse(request.tag, got.code, got.detail);
            return true;
        }
        const Entry entry = got.entries.empty() ? Entry{} : got.entries.front();
        const std::string rev = " rev=" + std::to_string(entry.revision.value);
        const std::string value = " value=" + encoded(text_of(entry.value));
        const std::string path = " path=" + encoded(entry.path);
        if (request.verb == "GET") answer(request.tag, rev + value);
        if (request.verb == "STAT")
            answer(request.tag, rev + " len=" + std::to_string(entry.length));
        if (request.verb == "GETDIR") answer(request.tag, path);
        if (request.verb == "WALK") answer(request.tag, " flags=4" + rev + path + value);
        if (request.verb == "REV") {
            answer(request.tag, " rev=" + std::to_string(got.revision.value));
        }
        return true;
    }
    // Those that waited for what has now happened.
    void serve() {
        std::erase_if(pending_, [&](const Request& request) { return read(request); });
        watches_.advance(store_.history());
        while (!watches_.ready().empty()) {
            const WatchId id = *watches_.ready().begin();
            const auto told = watches_.take(id, store_.history());
            if (!told) continue;
            if (told->code == Code::TooLate) {
                refuse(waiting_.at(id), Code::TooLate, "");
                continue;
            }
            const Event& event = told->events.front();
            answer(waiting_.at(id), " flags=" + std::to_string(event_flags(event.kind)) +
                                        " rev=" + std::to_string(event.revision.value) +
                                        " path=" + encoded(event.path) +
                                        " value=" + encoded(text_of(event.value)));
        }
    }

    SmallStore store_;
    Watches watches_;
    std::map<WatchId, std::string> waiting_;
    std::vector<Request> pending_;
    std::vector<std::string> answers_;
};

struct Exchange {
    std::vector<std::string> asked;
    std::vector<std::string> answered;
};
struct Case {
    std::string name;
    std::uint64_t history{};
    std::vector<Exchange> steps;
};

std::vector<Case> recorded() {
    std::ifstream file(std::string(DECREE_TEST_DATA) + "/doozer/store.txt");
    std::vector<Case> cases;
    Exchange step;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("case ")) {
            std::istringstream words(line.substr(5));
            words >> cases.emplace_back().name >> cases.back().history;
        } else if (line == ".") {
            cases.back().steps.push_back(std::exchange(step, {}));
        } else if (line.starts_with(">")) {
            step.asked.push_back(line);
        } else if (line.starts_with("<")) {
            // The recorded node has another name.
            const std::string theirs = "AAAAAAAAAAAAAAAA";
            for (std::size_t at = line.find(theirs); at != std::string::npos;
                 at = line.find(theirs)) {
                line.replace(at, theirs.size(), node_name(NodeId{1}));
            }
            step.answered.push_back(line);
        }
    }
    return cases;
}

/// Goal: whatever was asked of the store of a real Doozer and is contract or quirk is answered here
/// with the same fields and the same numbers.
/// Method: replay the recorded cases, each on a store that begins with the same 58 revisions.
TEST(Doozer, AnswersAsRecorded) {
    const std::vector<Case> cases = recorded();
    EXPECT_GT(cases.size(), 130U);
    for (const Case& recorded_case : cases) {
        Server server(recorded_case.history);
        bool prepared = recorded_case.steps.front().answered.empty();
        for (const Exchange& step : recorded_case.steps) {
            for (const std::string& line : step.asked) server.handle(Request(line));
            std::vector<std::string> answered = server.take();
            if (std::exchange(prepared, false)) continue;
            std::vector<std::string> wanted = step.answered;
            std::ranges::sort(answered);
            std::ranges::sort(wanted);
            EXPECT_EQ(answered, wanted) << recorded_case.name << ": " << step.asked.front();
        }
    }
}

}  // namespace
}  // namespace decree::store
