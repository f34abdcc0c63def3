#include "net/local_command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/child.hpp"
#include "net/clock.hpp"
#include "net/cluster_client.hpp"
#include "net/standard_streams.hpp"

namespace decree::net {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_nodes = 9;
// How long nodes that were told to end may take.
constexpr std::uint64_t end_patience = 10'000'000;
// How often it is looked whether the nodes have founded their cluster.
constexpr timespec look_every{.tv_sec = 0, .tv_nsec = 200'000'000};
constexpr std::uint64_t look_patience = 1'000'000;

struct LocalNode {
    std::string name;
    std::string data;
    std::string log;
    std::string trace;  // Empty: none is recorded.
    std::string client;
    std::string peer;
    pid_t process = -1;
};

// A socket on a free port of this machine.
int free_socket(std::string& address) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in bound{};
    bound.sin_family = AF_INET;
    bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof bound;
    auto* const any = reinterpret_cast<sockaddr*>(&bound);
    if (socket < 0 || ::bind(socket, any, size) != 0 || ::getsockname(socket, any, &size) != 0) {
        if (socket >= 0) ::close(socket);
        return -1;
    }
    address = fmt::format("127.0.0.1:{}", ntohs(bound.sin_port));
    return socket;
}

// All are open together, so that no two are the same.
bool choose_addresses(std::vector<LocalNode>& nodes) {
    std::vector<int> sockets;
    for (LocalNode& node : nodes) {
        sockets.push_back(free_socket(node.client));
        sockets.push_back(free_socket(node.peer));
    }
    const bool all = std::ranges::find(sockets, -1) == sockets.end();
    for (const int socket : sockets) {
        if (socket >= 0) ::close(socket);
    }
    return all;
}

std::expected<std::vector<LocalNode>, std::string> lay_out(const LocalArguments& arguments) {
    const fs::path data(arguments.data);
    std::error_code error;
    fs::create_directories(data, error);
    if (error) {
        return std::unexpected(fmt::format("--data {}: {}", arguments.data, error.message()));
    }
    std::vector<LocalNode> nodes;
    for (std::int64_t i = 1; i <= arguments.nodes; ++i) {
        LocalNode node;
        node.name = fmt::format("node{}", i);
        node.data = (data / node.name).string();
        node.log = node.data + ".log";
        if (arguments.record) node.trace = node.data + ".trace";
        nodes.push_back(std::move(node));
    }
    std::int64_t there = 0;
    while (fs::exists(data / fmt::format("node{}", there + 1), error)) ++there;
    if (there != 0 && there != arguments.nodes) {
        return std::unexpected(fmt::format(
            "{} holds a cluster of {} nodes: write decree local {}, or another folder with --data",
            arguments.data, there, there));
    }
    if (!choose_addresses(nodes)) {
        return std::unexpected(std::string("no free port of 127.0.0.1: ") + std::strerror(errno));
    }
    return nodes;
}

[[noreturn]] void become_node(const LocalNode& node, const std::string& peers,
                              const sigset_t& signals) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
    const int log = ::open(node.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log >= 0) ::dup2(log, STDERR_FILENO);
    std::array<char, 4096> self{};
    if (::readlink("/proc/self/exe", self.data(), self.size() - 1) < 0) ::_exit(1);
    std::vector<std::string> words{self.data(), "serve",  "--data",  node.data, "--client",
                                   node.client, "--peer", node.peer, "--peers", peers};
    if (!node.trace.empty()) words.insert(words.end(), {"--record", node.trace});
    become(words);
}

class LocalCluster {
public:
    explicit LocalCluster(std::vector<LocalNode> nodes) : nodes_(std::move(nodes)) {
        ::sigemptyset(&signals_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::sigaddset(&signals_, signal);
        // They are taken one after the other, in next_signal().
        ::sigprocmask(SIG_BLOCK, &signals_, nullptr);
    }

    [[nodiscard]] bool start();
    /// Until it is told to end, or no node is left.
    void run();
    [[nodiscard]] bool end();

private:
    [[nodiscard]] std::string uri() const;
    [[nodiscard]] std::optional<int> next_signal(const timespec* patience) const;
    [[nodiscard]] bool answers() const;
    [[nodiscard]] bool runs() const {
        return std::ranges::any_of(nodes_, [](const LocalNode& node) { return node.process > 0; });
    }
    void bury(bool expected);

    std::vector<LocalNode> nodes_;
    sigset_t signals_{};
    bool all_well_ = true;
};

bool LocalCluster::start() {
    std::vector<std::string> peers;
    for (const LocalNode& node : nodes_) peers.push_back(node.peer);
    const std::string list = fmt::format("{}", fmt::join(peers, ","));
    for (LocalNode& node : nodes_) {
        node.process = ::fork();
        if (node.process == 0) become_node(node, list, signals_);
        if (node.process < 0) {
            std::perror("decree local: cannot begin another process");
            return false;
        }
        print(
            fmt::format("{}: clients at {}, other nodes at {}, process {}, data in {}, log in {}\n",
                        node.name, node.client, node.peer, node.process, node.data, node.log));
    }
    static_cast<void>(flush_output());
    return true;
}

std::string LocalCluster::uri() const {
    std::vector<std::string> addresses;
    for (const LocalNode& node : nodes_) addresses.push_back("ca=" + node.client);
    return fmt::format("doozer:?{}", fmt::join(addresses, "&"));
}

std::optional<int> LocalCluster::next_signal(const timespec* patience) const {
    const int signal = patience == nullptr ? ::sigwaitinfo(&signals_, nullptr)
                                           : ::sigtimedwait(&signals_, nullptr, patience);
    if (signal < 0) return std::nullopt;
    return signal;
}

bool LocalCluster::answers() const {
    auto cluster = ClusterClient::find(uri(), {}, look_patience);
    if (!cluster) return false;
    Request rev;
    rev.verb = static_cast<std::int32_t>(Verb::Rev);
    return cluster->call(rev).has_value();
}

void LocalCluster::run() {
    bool told = false;
    while (runs()) {
        if (!told && answers()) {
            told = true;
            print(fmt::format("ready: export DOOZER_URI='{}'\nCtrl-C ends it; the data stay\n",
                              uri()));
            static_cast<void>(flush_output());
        }
        const auto signal = next_signal(told ? nullptr : &look_every);
        if (signal == SIGCHLD) {
            bury(false);
        } else if (signal) {
            return;
        }
    }
}

/// Takes note of nodes that have ended. A node may be killed, to see how the others go on.
void LocalCluster::bury(bool expected) {
    int status = 0;
    while (true) {
        const pid_t process = ::waitpid(-1, &status, WNOHANG);
        if (process <= 0) return;
        const auto node = std::ranges::find(nodes_, process, &LocalNode::process);
        if (node == nodes_.end()) continue;
        node->process = -1;
        const bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (expected && well) continue;
        if (!WIFSIGNALED(status)) all_well_ = false;
        const std::string how = WIFSIGNALED(status)
                                    ? fmt::format("was ended by signal {}", WTERMSIG(status))
                                    : fmt::format("ended with status {}", WEXITSTATUS(status));
        print_error(fmt::format("{} {}; see {}\n", node->name, how, node->log));
    }
}

/// Whether all nodes ended as they should.
bool LocalCluster::end() {
    for (const LocalNode& node : nodes_) {
        if (node.process > 0) ::kill(node.process, SIGTERM);
    }
    const Time latest = time_now() + end_patience;
    while (runs() && time_now() < latest) {
        if (next_signal(&look_every) == SIGCHLD) bury(true);
    }
    for (const LocalNode& node : nodes_) {
        if (node.process > 0) ::kill(node.process, SIGKILL);
    }
    return all_well_ && !runs();
}

}  // namespace

int local_command(const LocalArguments& arguments) {
    if (arguments.nodes < 1 || arguments.nodes > most_nodes) {
        print_error(fmt::format("decree local: {}: write how many nodes, 1 to {}\n",
                                arguments.nodes, most_nodes));
        return 2;
    }
    auto nodes = lay_out(arguments);
    if (!nodes) {
        print_error(fmt::format("decree local: {}\n", nodes.error()));
        return 2;
    }
    LocalCluster cluster(*std::move(nodes));
    if (cluster.start()) cluster.run();
    return cluster.end() ? 0 : 1;
}

}  // namespace decree::net
