#include "net/client_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <expected>
#include <limits>
#include <system_error>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "core/store/answer.hpp"
#include "core/store/revision.hpp"
#include "net/client_output.hpp"
#include "net/cluster_client.hpp"
#include "net/configure_command.hpp"
#include "net/duration.hpp"
#include "net/lock_command.hpp"
#include "net/standard_streams.hpp"
#include "net/transact_command.hpp"
#include "net/watch_command.hpp"

namespace decree::net {
namespace {

using Result = std::expected<void, Refused>;

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

constexpr std::array<ClientVerb, 16> all_verbs{{
    {"add", "<path> [<value>]", "Make a file that does not exist; without a value from stdin.", 1,
     2},
    {"configure", "[<name>=<number>...]",
     "Change settings of the cluster, all at once; without any, print them.", 0, unlimited},
    {"del", "<path> <rev>", "Delete a file, if it has not changed since rev; -1: whatever it is.",
     2, 2},
    {"find", "<path>", "List what is at and below path, at one revision.", 1, 1},
    {"get", "<path>", "Print a file.", 1, 1},
    {"lock", "<path> -- <command> [<argument>...]",
     "Run a command while holding a lock: it ends when the lock is lost. Its environment has "
     "DECREE_LOCK_TOKEN, which grows from holder to holder, DECREE_LOCK_PATH and "
     "DECREE_LOCK_SESSION.",
     2, unlimited},
    {"ls", "<path>", "List what is in a directory, directories with a slash.", 1, 1},
    {"nop", "", "Have the cluster agree on nothing: one revision.", 0, 0},
    {"rev", "", "Print the current revision.", 0, 0},
    {"self", "", "Print the id of the node that answers.", 0, 0},
    {"set", "<path> <rev> [<value>]",
     "Set a file, if it has not changed since rev; -1: whatever it is; 0: if it does not exist. "
     "Without a value from stdin.",
     2, 3},
    {"stat", "<path>", "Print a file's revision and length, or d and the entries of a directory.",
     1, 1},
    {"touch", "<path>", "Set a file to what it is.", 1, 1},
    {"transact", "[<part>...]",
     "Do several writes at once, or none. Parts: if <path> <rev>, if-below <path> <rev>, "
     "set <path> <value>, del <path>. Without parts from stdin, one a line.",
     0, unlimited},
    {"wait", "<glob>", "Print the next event of what matches, from -r on.", 1, 1},
    {"watch", "<glob>", "Print all events of what matches, from -r on.", 1, 1},
}};

std::expected<std::int64_t, Refused> parse_revision(const std::string& text) {
    std::int64_t revision = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, revision);
    if (error == std::errc{} && end == last && !text.empty()) return revision;
    return std::unexpected(
        plain_failure(fmt::format("parsing \"{}\": a revision is a number", text)));
}

bool says(const Refused& why, store::Code code) {
    return why.code == static_cast<std::int32_t>(store::code_number(code));
}

// What -r names; none: the current one.
std::expected<std::optional<std::int64_t>, Refused> given_revision(const std::string& text) {
    const auto revision = parse_revision(text);
    if (!revision) return std::unexpected(revision.error());
    if (*revision == store::clobber.value) return std::nullopt;
    return *revision;
}

// One verb's work.
class Command {
public:
    /// `given`: the revision to read at; none: the current one.
    Command(const ClientArguments& arguments, std::optional<std::int64_t> given,
            ClusterClient& cluster)
        : arguments_(arguments), given_(given), cluster_(cluster) {}

    [[nodiscard]] Result run(std::int64_t revision, std::string body);

private:
    [[nodiscard]] const std::string& path() const { return arguments_.rest.front(); }
    [[nodiscard]] Answered ask(Verb verb, std::optional<std::string> path = {},
                               std::optional<std::int64_t> rev = {},
                               std::optional<std::string> value = {},
                               std::optional<std::int32_t> offset = {}) {
        Request request;
        request.verb = static_cast<std::int32_t>(verb);
        request.path = std::move(path);
        request.value = std::move(value);
        request.offset = offset;
        request.rev = rev;
        request.local = arguments_.local;
        return cluster_.call(request);
    }
    [[nodiscard]] std::expected<std::int64_t, Refused> current();
    [[nodiscard]] Result done(const Answered& answer) const;
    [[nodiscard]] Result set(std::int64_t revision, std::string body);
    [[nodiscard]] Result get();
    [[nodiscard]] Result touch();
    [[nodiscard]] Result stat();
    [[nodiscard]] Result rev();
    [[nodiscard]] Result self();
    [[nodiscard]] Result find();
    [[nodiscard]] Result find_below(const std::string& path, std::int64_t rev);
    [[nodiscard]] Result list();
    void print_stat(const std::string& path, const Response& found) const;

    const ClientArguments& arguments_;
    std::optional<std::int64_t> given_;
    ClusterClient& cluster_;
};

const char* kind_of(std::int64_t rev) {
    if (rev == store::directory_revision.value) return "directory";
    return rev == store::missing.value ? "missing" : "file";
}

std::string below(const std::string& folder, const std::string& name) {
    return (folder == "/" ? "" : folder) + "/" + name;
}

Result Command::run(std::int64_t revision, std::string body) {
    const std::string& verb = arguments_.verb;
    if (verb == "add" || verb == "set") return set(revision, std::move(body));
    if (verb == "del") return done(ask(Verb::Del, path(), revision));
    if (verb == "find") return find();
    if (verb == "get") return get();
    if (verb == "ls") return list();
    if (verb == "nop") return done(ask(Verb::Nop));
    if (verb == "stat") return stat();
    if (verb == "touch") return touch();
    return verb == "rev" ? rev() : self();
}

// An answer of which only its having come is of interest.
Result Command::done(const Answered& answer) const {
    if (!answer) return std::unexpected(answer.error());
    if (arguments_.json) print(boost::json::object{});
    return {};
}

std::expected<std::int64_t, Refused> Command::current() {
    if (given_) return *given_;
    const Answered answer = ask(Verb::Rev);
    if (!answer) return std::unexpected(answer.error());
    return answer->rev.value_or(0);
}

Result Command::set(std::int64_t revision, std::string body) {
    const Answered answer = ask(Verb::Set, path(), revision, std::move(body));
    if (!answer) return std::unexpected(answer.error());
    const std::int64_t made = answer->rev.value_or(0);
    if (arguments_.json) {
        print(boost::json::object{{"path", path()}, {"rev", made}});
    } else {
        print(fmt::format("{}\n", made));
    }
    return {};
}

Result Command::get() {
    const Answered answer = ask(Verb::Get, path(), given_);
    if (!answer) return std::unexpected(answer.error());
    const std::string value = answer->value.value_or("");
    if (!arguments_.json) {
        print(value);
        return {};
    }
    const std::int64_t rev = answer->rev.value_or(0);
    boost::json::object object{{"path", path()}, {"kind", kind_of(rev)}, {"rev", rev}};
    if (rev != store::missing.value) put_bytes(object, "value", value);
    print(object);
    return {};
}

Result Command::touch() {
    Answered answer = ask(Verb::Get, path());
    if (!answer) return std::unexpected(answer.error());
    answer = ask(Verb::Set, path(), answer->rev.value_or(0), answer->value.value_or(""));
    return done(answer);
}

void Command::print_stat(const std::string& path, const Response& found) const {
    const std::int64_t rev = found.rev.value_or(0);
    const bool directory = rev == store::directory_revision.value;
    const std::int32_t length = found.len.value_or(0);
    if (!arguments_.json) {
        print(fmt::format("{} {}\n", directory ? "d" : fmt::format("{}", rev), length));
        return;
    }
    boost::json::object object{{"path", path}, {"kind", kind_of(rev)}};
    if (!directory) object["rev"] = rev;
    object[directory ? "entries" : "length"] = length;
    print(object);
}

Result Command::stat() {
    const Answered answer = ask(Verb::Stat, path(), given_);
    if (!answer) return std::unexpected(answer.error());
    if (answer->rev.value_or(0) == store::missing.value) {
        return std::unexpected(plain_failure("No such file or directory: " + path()));
    }
    print_stat(path(), *answer);
    return {};
}

Result Command::rev() {
    const Answered answer = ask(Verb::Rev);
    if (!answer) return std::unexpected(answer.error());
    const std::int64_t rev = answer->rev.value_or(0);
    if (arguments_.json) {
        print(boost::json::object{{"rev", rev}});
    } else {
        print(fmt::format("{}\n", rev));
    }
    return {};
}

Result Command::self() {
    const Answered answer = ask(Verb::Self);
    if (!answer) return std::unexpected(answer.error());
    const std::string id = answer->value.value_or("");
    if (arguments_.json) {
        print(boost::json::object{{"node", id}, {"address", cluster_.address()}});
    } else {
        print(id);
    }
    return {};
}

Result Command::find() {
    const auto rev = current();
    if (!rev) return std::unexpected(rev.error());
    return find_below(path(), *rev);
}

Result Command::find_below(const std::string& path, std::int64_t rev) {
    const Answered found = ask(Verb::Stat, path, rev);
    if (!found) return std::unexpected(found.error());
    if (found->rev.value_or(0) == store::missing.value) {
        const auto code = static_cast<std::int32_t>(store::code_number(store::Code::NoEnt));
        Refused missing = plain_failure(error_name(code));
        missing.code = code;
        return std::unexpected(missing);
    }
    if (arguments_.json) {
        print_stat(path, *found);
    } else {
        print(path + "\n");
    }
    if (found->rev != store::directory_revision.value) return {};
    for (std::int32_t i = 0; i < found->len.value_or(0); ++i) {
        const Answered entry = ask(Verb::GetDir, path, rev, {}, i);
        if (!entry) return std::unexpected(entry.error());
        if (Result all = find_below(below(path, entry->path.value_or("")), rev); !all) return all;
    }
    return {};
}

Result Command::list() {
    const auto rev = current();
    if (!rev) return std::unexpected(rev.error());
    for (std::int32_t i = 0;; ++i) {
        const Answered entry = ask(Verb::GetDir, path(), *rev, {}, i);
        if (!entry && says(entry.error(), store::Code::Range)) return {};
        if (!entry) return std::unexpected(entry.error());
        const std::string name = entry->path.value_or("");
        const Answered found = ask(Verb::Stat, below(path(), name), *rev);
        if (!found) return std::unexpected(found.error());
        const bool directory = found->rev == store::directory_revision.value;
        if (arguments_.json) {
            print_stat(below(path(), name), *found);
        } else {
            print(name + (directory ? "/\n" : "\n"));
        }
    }
}

std::expected<std::uint64_t, Refused> parse_time(std::string_view option, const std::string& text,
                                                 bool may_be_zero) {
    const auto time = parse_duration(text);
    if (time && (*time > 0 || may_be_zero)) return *time;
    return std::unexpected(plain_failure(
        fmt::format("{}: invalid value \"{}\": write a time with its unit, as in 500ms or 1m30s",
                    option, text)));
}

Result run_doozer(const ClientArguments& arguments, std::optional<std::int64_t> given,
                  ClusterClient& cluster) {
    std::int64_t revision = 0;
    if (arguments.verb == "set" || arguments.verb == "del") {
        const auto parsed = parse_revision(arguments.rest[1]);
        if (!parsed) return std::unexpected(parsed.error());
        revision = *parsed;
    }
    std::string body;
    const std::size_t before_value = arguments.verb == "set" ? 2 : 1;
    if (arguments.verb == "set" || arguments.verb == "add") {
        if (arguments.rest.size() > before_value) {
            body = arguments.rest[before_value];
        } else {
            // Whoever types a value should not learn only then that nobody takes it.
            const auto there = cluster.connection(cluster.patience());
            if (!there) return std::unexpected(there.error());
            auto read = read_standard_input(longest_request_bytes);
            if (!read) return std::unexpected(plain_failure(std::move(read.error())));
            body = *std::move(read);
        }
    }
    return Command(arguments, given, cluster).run(revision, std::move(body));
}

std::expected<int, Refused> run(const ClientArguments& arguments) {
    const auto patience = parse_time("--timeout", arguments.timeout, false);
    if (!patience) return std::unexpected(patience.error());
    const auto wait_time = parse_time("-t", arguments.wait_time, true);
    if (!wait_time) return std::unexpected(wait_time.error());
    const auto ttl = parse_time("--ttl", arguments.ttl, false);
    if (!ttl) return std::unexpected(ttl.error());
    const auto given = given_revision(arguments.rev);
    if (!given) return std::unexpected(given.error());
    auto cluster = ClusterClient::find(arguments.uri, arguments.boot_uri, *patience);
    if (!cluster) return std::unexpected(cluster.error());
    const std::string& verb = arguments.verb;
    std::optional<std::uint64_t> waits;
    if (*wait_time > 0) waits = *wait_time;
    Result done;
    if (verb == "lock") {
        const std::vector<std::string> command(arguments.rest.begin() + 1, arguments.rest.end());
        return hold_lock(*cluster, {.path = arguments.rest.front(), .ttl = *ttl, .wait = waits},
                         command);
    }
    if (verb == "configure") {
        done = configure(*cluster, arguments.rest, arguments.json);
    } else if (verb == "transact") {
        done = transact(*cluster, arguments.rest, arguments.json);
    } else if (verb == "wait" || verb == "watch") {
        done = watch(*cluster, {.glob = arguments.rest.front(),
                                .from = *given,
                                .once = verb == "wait",
                                .wait = waits,
                                .json = arguments.json});
    } else {
        done = run_doozer(arguments, *given, *cluster);
    }
    if (!done) return std::unexpected(done.error());
    return 0;
}

}  // namespace

std::span<const ClientVerb> client_verbs() { return all_verbs; }

std::string client_usage(const ClientVerb& verb) {
    return fmt::format("Use: decree [options] {} [options] {}\n\n{}\n", verb.name, verb.arguments,
                       verb.summary);
}

int client_command(const ClientArguments& arguments) {
    const auto* const verb =
        std::find_if(all_verbs.begin(), all_verbs.end(),
                     [&](const ClientVerb& known) { return known.name == arguments.verb; });
    if (arguments.rest.size() < verb->fewest || arguments.rest.size() > verb->most) {
        print_error(fmt::format("{}: wrong number of arguments\n", verb->name));
        print(client_usage(*verb));
        return 127;
    }
    const auto done = run(arguments);
    if (done) return *done;
    const Refused& why = done.error();
    // Doozer's `find` tells what it cannot list, and that is all.
    if (verb->name == "find" && why.code && *why.code != static_cast<int>(ErrorCode::Other)) {
        print_error(fmt::format("{}\n", why.text));
        return 0;
    }
    const bool missing = verb->name == "stat" && !why.code && why.text.starts_with("No such");
    print_error(fmt::format("{}{}\n", missing ? "" : "Error: ", why.text));
    return says(why, store::Code::RevMismatch) ? 1 : 2;
}

}  // namespace decree::net
