/// A node of a cluster whose members are told on the command line, for tests of real processes:
///
///     decree_static_node DATA SECRET OWN-NUMBER PEER,CLIENT [PEER,CLIENT]...
///
/// Node number i (from 1) is the i-th of the pairs of addresses, and has the id i.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "net/server.hpp"

int main(int argc, char** argv) {
    using namespace decree::net;
    if (argc < 5) return 2;
    FixedCluster cluster;
    cluster.secret = argv[2];
    const std::uint64_t own = std::strtoull(argv[3], nullptr, 10);
    cluster.self = decree::NodeId{own};
    ServerOptions options;
    options.data = argv[1];
    for (int i = 4; i < argc; ++i) {
        const std::string pair = argv[i];
        const std::size_t comma = pair.find(',');
        if (comma == std::string::npos) return 2;
        const auto number = static_cast<std::uint64_t>(i - 3);
        cluster.members.push_back({.node = decree::NodeId{number},
                                   .peer = pair.substr(0, comma),
                                   .client = pair.substr(comma + 1)});
        if (number != own) continue;
        const auto client = parse_address(pair.substr(comma + 1));
        if (!client) return 2;
        options.client = *client;
    }
    options.fixed = std::move(cluster);
    return serve(options);
}
