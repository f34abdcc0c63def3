#include "net/serve_command.hpp"

#include <cstdio>
#include <expected>

#include <fmt/format.h>

#include "core/store/path.hpp"
#include "net/duration.hpp"
#include "net/log.hpp"
#include "net/server.hpp"

namespace decree::net {
namespace {

using Options = std::expected<ServerOptions, std::string>;

Options with_addresses(ServerOptions options, const ServeArguments& arguments) {
    const auto client = parse_address(arguments.client);
    if (!client) return std::unexpected("--client " + client.error());
    options.client = *client;
    if (arguments.advertise_client) {
        const auto advertised = parse_address(*arguments.advertise_client);
        if (!advertised) return std::unexpected("--advertise-client " + advertised.error());
        options.advertise_client = *advertised;
    }
    if (is_wildcard(options.advertise_client.value_or(options.client))) {
        return std::unexpected(fmt::format(
            "--client {}: nobody can dial that; say with --advertise-client HOST:PORT what clients "
            "dial",
            arguments.client));
    }
    return options;
}

Options to_options(const ServeArguments& arguments) {
    ServerOptions options;
    options.name = arguments.name;
    // It is a name in the tree.
    if (!store::is_path("/" + arguments.name, store::Names::Doozer) ||
        arguments.name.find('/') != std::string::npos) {
        return std::unexpected(
            fmt::format("--name '{}': write letters, digits, dots and dashes", arguments.name));
    }
    options.data = arguments.data;
    options.store.history = static_cast<std::uint64_t>(arguments.hist);
    if (arguments.hist < 1) return std::unexpected("--hist: at least 1 revision must be kept");
    if (const auto wrong = store::bad_settings(options.store)) {
        return std::unexpected("--hist: " + *wrong);
    }
    const auto timeout = parse_duration(arguments.request_timeout);
    if (!timeout || *timeout == 0) {
        return std::unexpected(
            fmt::format("--request-timeout '{}': write a time with its unit, as in 500ms or 10s",
                        arguments.request_timeout));
    }
    options.service.request_timeout = *timeout;
    options.service.local_reads = arguments.local_reads;
    options.service.read_write_secret = arguments.rw_secret;
    options.service.read_only_secret = arguments.ro_secret;
    return with_addresses(std::move(options), arguments);
}

}  // namespace

int serve_command(const ServeArguments& arguments) {
    const auto refuse = [](const std::string& why) {
        fmt::print(stderr, "decree serve: {}\n", why);
        return 2;
    };
    if (!set_log_level(arguments.log)) {
        return refuse(
            fmt::format("--log '{}': write error, warning, info or debug", arguments.log));
    }
    const Options options = to_options(arguments);
    if (!options) return refuse(options.error());
    return serve(*options);
}

}  // namespace decree::net
