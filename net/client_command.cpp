#include "net/client_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <expected>
#include <functional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/store/answer.hpp"
#include "core/store/revision.hpp"
#include "net/client.hpp"
#include "net/duration.hpp"
#include "net/uri.hpp"

namespace decree::net {
namespace {

using Result = std::expected<void, Refused>;

constexpr std::array<ClientVerb, 12> all_verbs{{
    {"add", "<path> [<value>]", "Make a file that does not exist; without a value from stdin.", 1,
     2},
    {"del", "<path> <rev>", "Delete a file, if it has not changed since rev; -1: whatever it is.",
     2, 2},
    {"find", "<path>", "List what is at and below path, at one revision.", 1, 1},
    {"get", "<path>", "Print a file.", 1, 1},
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
    {"wait", "<glob>", "Print the next event of what matches, from -r on.", 1, 1},
    {"watch", "<glob>", "Print all events of what matches, from -r on.", 1, 1},
}};

Refused failure(std::string text) { return {.text = std::move(text), .code = {}, .late = false}; }

void print(std::string_view text) {
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
}

std::string standard_input() {
    std::string all;
    std::array<char, 65536> part{};
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), stdin)) {
        all.append(part.data(), size);
    }
    return all;
}

std::expected<std::int64_t, Refused> parse_revision(const std::string& text) {
    std::int64_t revision = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, revision);
    if (error == std::errc{} && end == last && !text.empty()) return revision;
    return std::unexpected(failure(fmt::format("parsing \"{}\": a revision is a number", text)));
}

bool says(const Refused& why, store::Code code) {
    return why.code == static_cast<std::int32_t>(store::code_number(code));
}

// One verb's work over one connection.
class Command {
public:
    Command(const ClientArguments& arguments, Client client, std::uint64_t patience,
            std::optional<std::uint64_t> wait_patience)
        : arguments_(arguments),
          client_(std::move(client)),
          patience_(patience),
          wait_patience_(wait_patience) {}

    [[nodiscard]] Result run(std::int64_t revision, std::string body);

private:
    using Answer = std::expected<Response, Refused>;

    [[nodiscard]] const std::string& path() const { return arguments_.rest.front(); }
    [[nodiscard]] Answer ask(Verb verb, std::optional<std::string> path = {},
                             std::optional<std::int64_t> rev = {},
                             std::optional<std::string> value = {},
                             std::optional<std::int32_t> offset = {}) {
        Request request;
        request.verb = static_cast<std::int32_t>(verb);
        request.path = std::move(path);
        request.value = std::move(value);
        request.offset = offset;
        request.rev = rev;
        return client_.call(std::move(request), patience_);
    }
    [[nodiscard]] std::expected<std::int64_t, Refused> current();
    [[nodiscard]] Result set(std::int64_t revision, std::string body, bool tells);
    [[nodiscard]] Result get();
    [[nodiscard]] Result touch();
    [[nodiscard]] Result stat();
    [[nodiscard]] Result find();
    [[nodiscard]] Result find_below(const std::string& path, std::int64_t rev);
    [[nodiscard]] Result events(bool all);

    const ClientArguments& arguments_;
    Client client_;
    std::uint64_t patience_;
    std::optional<std::uint64_t> wait_patience_;
};

// The answer, where only its having come is of interest.
Result only_done(const std::expected<Response, Refused>& answer) {
    if (!answer) return std::unexpected(answer.error());
    return {};
}

Result Command::run(std::int64_t revision, std::string body) {
    const std::string& verb = arguments_.verb;
    if (verb == "add" || verb == "set") return set(revision, std::move(body), true);
    if (verb == "del") return only_done(ask(Verb::Del, path(), revision));
    if (verb == "find") return find();
    if (verb == "get") return get();
    if (verb == "nop") return only_done(ask(Verb::Nop));
    if (verb == "stat") return stat();
    if (verb == "touch") return touch();
    if (verb == "wait" || verb == "watch") return events(verb == "watch");
    const Answer answer = ask(verb == "rev" ? Verb::Rev : Verb::Self);
    if (!answer) return std::unexpected(answer.error());
    if (verb == "rev")
        print(fmt::format("{}\n", answer->rev.value_or(0)));
    else
        print(answer->value.value_or(""));
    return {};
}

std::expected<std::int64_t, Refused> Command::current() {
    if (arguments_.rev && *arguments_.rev != store::clobber.value) return *arguments_.rev;
    const Answer answer = ask(Verb::Rev);
    if (!answer) return std::unexpected(answer.error());
    return answer->rev.value_or(0);
}

Result Command::set(std::int64_t revision, std::string body, bool tells) {
    const Answer answer = ask(Verb::Set, path(), revision, std::move(body));
    if (!answer) return std::unexpected(answer.error());
    if (tells) print(fmt::format("{}\n", answer->rev.value_or(0)));
    return {};
}

Result Command::get() {
    std::optional<std::int64_t> at;
    if (arguments_.rev && *arguments_.rev != store::clobber.value) at = arguments_.rev;
    const Answer answer = ask(Verb::Get, path(), at);
    if (!answer) return std::unexpected(answer.error());
    print(answer->value.value_or(""));
    return {};
}

Result Command::touch() {
    Answer answer = ask(Verb::Get, path());
    if (!answer) return std::unexpected(answer.error());
    return set(answer->rev.value_or(0), answer->value.value_or(""), false);
}

Result Command::stat() {
    const Answer answer = ask(Verb::Stat, path());
    if (!answer) return std::unexpected(answer.error());
    const std::int64_t rev = answer->rev.value_or(0);
    if (rev == store::missing.value) {
        return std::unexpected(failure("No such file or directory: " + path()));
    }
    const std::string what = rev == store::directory_revision.value ? "d" : fmt::format("{}", rev);
    print(fmt::format("{} {}\n", what, answer->len.value_or(0)));
    return {};
}

Result Command::find() {
    const auto rev = current();
    if (!rev) return std::unexpected(rev.error());
    return find_below(path(), *rev);
}

Result Command::find_below(const std::string& path, std::int64_t rev) {
    const Answer found = ask(Verb::Stat, path, rev);
    if (!found) return std::unexpected(found.error());
    if (found->rev.value_or(0) == store::missing.value) {
        const auto code = static_cast<std::int32_t>(store::code_number(store::Code::NoEnt));
        return std::unexpected(Refused{.text = error_name(code), .code = code, .late = false});
    }
    print(path + "\n");
    if (found->rev != store::directory_revision.value) return {};
    const std::string folder = path == "/" ? "" : path;
    for (std::int32_t i = 0; i < found->len.value_or(0); ++i) {
        const Answer entry = ask(Verb::GetDir, path, rev, {}, i);
        if (!entry) return std::unexpected(entry.error());
        const std::string below = fmt::format("{}/{}", folder, entry->path.value_or(""));
        if (Result done = find_below(below, rev); !done) return done;
    }
    return {};
}

Result Command::events(bool all) {
    auto from = current();
    if (!from) return std::unexpected(from.error());
    do {
        Request wait;
        wait.verb = static_cast<std::int32_t>(Verb::Wait);
        wait.path = path();
        wait.rev = *from;
        const Answer event = client_.call(std::move(wait), all ? std::nullopt : wait_patience_);
        if (!event && event.error().late) return std::unexpected(failure("wait timeout"));
        if (!event) return std::unexpected(event.error());
        const std::int32_t flags = event->flags.value_or(0);
        const std::string_view kind = flags == 4 ? "set" : flags == 8 ? "del" : "";
        const std::string value = event->value.value_or("");
        print(fmt::format("{} {} {} {}\n", event->path.value_or(""), event->rev.value_or(0), kind,
                          value.size()));
        print(value + "\n");
        static_cast<void>(std::fflush(stdout));
        from = event->rev.value_or(*from) + 1;
    } while (all);
    return {};
}

// The addresses of a cluster by its name, as another cluster has them.
std::expected<std::vector<std::string>, Refused> look_up(const DoozerUri& uri,
                                                         const std::string& boot,
                                                         std::uint64_t patience);

std::expected<Client, Refused> connect(const std::string& text, const std::string& boot,
                                       std::uint64_t patience) {
    const auto uri = parse_uri(text);
    if (!uri) return std::unexpected(failure("invalid uri"));
    std::vector<std::string> addresses = uri->addresses;
    if (!uri->cluster.empty() && !boot.empty()) {
        auto found = look_up(*uri, boot, patience);
        if (!found) return std::unexpected(found.error());
        addresses = *std::move(found);
    }
    if (addresses.empty()) return std::unexpected(failure("invalid uri"));
    auto client = Client::connect(addresses, patience);
    if (!client || uri->secret.empty()) return client;
    Request access;
    access.verb = static_cast<std::int32_t>(Verb::Access);
    access.value = uri->secret;
    if (const auto granted = client->call(std::move(access), patience); !granted) {
        return std::unexpected(granted.error());
    }
    return client;
}

std::expected<std::vector<std::string>, Refused> look_up(const DoozerUri& uri,
                                                         const std::string& boot,
                                                         std::uint64_t patience) {
    auto client = connect(boot, {}, patience);
    if (!client) return std::unexpected(client.error());
    std::vector<std::string> addresses;
    while (true) {
        Request walk;
        walk.verb = static_cast<std::int32_t>(Verb::Walk);
        walk.path = "/ctl/ns/" + uri.cluster + "/*";
        walk.offset = static_cast<std::int32_t>(addresses.size());
        auto entry = client->call(std::move(walk), patience);
        if (!entry && says(entry.error(), store::Code::Range)) break;
        if (!entry) return std::unexpected(entry.error());
        addresses.push_back(entry->value.value_or(""));
    }
    if (addresses.empty()) {
        return std::unexpected(failure(fmt::format("no cluster '{}' is known there", uri.cluster)));
    }
    return addresses;
}

Result run(const ClientArguments& arguments) {
    std::int64_t revision = 0;
    if (arguments.verb == "set" || arguments.verb == "del") {
        const auto parsed = parse_revision(arguments.rest[1]);
        if (!parsed) return std::unexpected(parsed.error());
        revision = *parsed;
    }
    const auto patience = parse_duration(arguments.timeout);
    const auto wait_patience = parse_duration(arguments.wait_time);
    if (!patience || *patience == 0 || !wait_patience) {
        return std::unexpected(failure(
            fmt::format("invalid value \"{}\": write a time with its unit, as in 500ms or 1m30s",
                        wait_patience ? arguments.timeout : arguments.wait_time)));
    }
    auto client = connect(arguments.uri, arguments.boot_uri, *patience);
    if (!client) return std::unexpected(client.error());
    std::string body;
    const std::size_t before_value = arguments.verb == "set" ? 2 : 1;
    if (arguments.verb == "set" || arguments.verb == "add") {
        body =
            arguments.rest.size() > before_value ? arguments.rest[before_value] : standard_input();
    }
    std::optional<std::uint64_t> waits;
    if (*wait_patience > 0) waits = *wait_patience;
    return Command(arguments, *std::move(client), *patience, waits).run(revision, std::move(body));
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
        fmt::print(stderr, "{}: wrong number of arguments\n", verb->name);
        print(client_usage(*verb));
        return 127;
    }
    const Result done = run(arguments);
    if (std::fflush(stdout) != 0 && done) {
        fmt::print(stderr, "Error: cannot write the answer\n");
        return 2;
    }
    if (done) return 0;
    const Refused& why = done.error();
    // Doozer's `find` tells what it cannot list, and that is all.
    if (verb->name == "find" && why.code && *why.code != static_cast<int>(ErrorCode::Other)) {
        fmt::print(stderr, "{}\n", why.text);
        return 0;
    }
    const bool missing = verb->name == "stat" && !why.code && why.text.starts_with("No such");
    fmt::print(stderr, "{}{}\n", missing ? "" : "Error: ", why.text);
    return says(why, store::Code::RevMismatch) ? 1 : 2;
}

}  // namespace decree::net
