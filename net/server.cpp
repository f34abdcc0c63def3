#include "net/server.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <random>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "core/store/store.hpp"
#include "net/clock.hpp"
#include "net/log.hpp"
#include "net/peer_port.hpp"
#include "net/registration.hpp"
#include "net/replica.hpp"
#include "net/tuning.hpp"
#include "traces/format.hpp"

namespace decree::net {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t sweep_every = 5'000'000;
// A node that was told to end gives what is under way so long.
constexpr std::uint64_t patience_at_end = 2'000'000;
// The node's own requests: no connection has this number.
constexpr ClientId itself{0};

std::uint64_t random_number() {
    std::random_device device;
    std::uint64_t number = 0;
    while (number == 0) number = std::uint64_t{device()} << 32U | device();
    return number;
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

class Server final : public ReplicaUser {
public:
    explicit Server(const ServerOptions& options)
        : options_(options),
          loop_(1),
          timer_(loop_),
          signals_(loop_),
          clients_(loop_, options.limits, [this] { schedule(); }) {}

    [[nodiscard]] Done start();
    [[nodiscard]] int run();

    void answered(const Reply& reply) override {
        if (reply.client == itself)
            registering_ = false;
        else
            service_->answered(reply);
    }
    void send(const Envelope& envelope) override {
        if (peers_) peers_->send(envelope);
    }
    void stepped() override { service_->stepped(); }

private:
    void tell_overruled() const;
    [[nodiscard]] Done meet_peers();
    void schedule();
    void turn();
    void arm();
    void register_self();
    void begin_to_end();
    void end_if_done(Time now);

    ServerOptions options_;
    ClusterPlan plan_;
    Shown shown_;
    asio::io_context loop_;
    asio::steady_timer timer_;
    asio::signal_set signals_;
    ClientPort clients_;
    std::unique_ptr<Replica> replica_;
    std::unique_ptr<DoozerService> service_;
    std::unique_ptr<PeerPort> peers_;  // None: the node is alone.
    bool scheduled_ = false;
    bool registering_ = false;  // A write of its own is under way.
    bool registered_ = false;
    std::uint64_t registrations_ = 0;
    Time armed_ = never;  // When the timer fires.
    Time sweep_at_{};
    Time end_at_ = never;  // Ending: not later than this.
    int status_ = 0;
};

Done Server::start() {
    auto disk = DataDirectory::open(
        options_.data, options_.fixed ? options_.fixed->self : NodeId{random_number()});
    if (!disk) return std::unexpected(disk.error());
    const NodeId self = disk->node();
    const std::string client = to_text(options_.advertise_client.value_or(options_.client));
    std::vector<Member> members{{.node = self, .peer = {}, .client = client}};
    if (options_.fixed) members = options_.fixed->members;
    const auto plan =
        keep_plan(options_.data, make_plan(options_.name, options_.store, std::move(members)));
    if (!plan) return std::unexpected(plan.error());
    plan_ = *plan;
    shown_ = {.node = self,
              .client = client,
              .hostname = host_name(),
              .version = std::string(traces::program_version)};
    Options node = tuned_options();
    node.self = self;
    node.seed = random_number();
    node.contacts = plan_.settings.voters;
    auto replica = Replica::start(*std::move(disk), plan_.settings, node,
                                  std::make_unique<store::Store>(plan_.settings, plan_.store),
                                  time_now(), [this] { asio::post(loop_, [this] { turn(); }); });
    if (!replica) return std::unexpected(replica.error());
    replica_ = *std::move(replica);
    service_ = std::make_unique<DoozerService>(options_.service, *replica_, clients_);
    if (Done listens = clients_.listen(options_.client, *service_); !listens) return listens;
    log_info(replica_->found());
    tell_overruled();
    log_info("clients are served on " + to_text(options_.client));
    return options_.fixed ? meet_peers() : Done{};
}

/// What apply depends on is the cluster's: a node that is started with something else uses that.
void Server::tell_overruled() const {
    if (plan_.store.history != options_.store.history) {
        log_warning(fmt::format("--hist {} is of no effect: the cluster was made with {}",
                                options_.store.history, plan_.store.history));
    }
    if (plan_.name != options_.name) {
        log_warning(fmt::format("--name {} is of no effect: this is the cluster {}", options_.name,
                                plan_.name));
    }
}

Done Server::meet_peers() {
    const NodeId self = replica_->node().id();
    peers_ = std::make_unique<PeerPort>(
        loop_, PeerIdentity{.node = self, .cluster = plan_.name, .secret = options_.fixed->secret},
        PeerPort::Hooks{.received =
                            [this](Received message) {
                                replica_->happened(std::move(message));
                                schedule();
                            },
                        .reached = [](const std::string&, NodeId) {}});
    for (const Member& member : plan_.members) {
        if (member.node != self) {
            peers_->dial(member.peer);
            continue;
        }
        const auto own = parse_address(member.peer);
        if (!own) return std::unexpected(own.error());
        if (Done listens = peers_->listen(*own); !listens) return listens;
    }
    return {};
}

int Server::run() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (!error) begin_to_end();
    });
    schedule();
    loop_.run();
    return status_;
}

/// A turn takes place once for all that is ready now.
void Server::schedule() {
    if (std::exchange(scheduled_, true)) return;
    asio::post(loop_, [this] { turn(); });
}

void Server::turn() {
    scheduled_ = false;
    const Time now = time_now();
    if (const Done done = replica_->turn(now, *this); !done) {
        log_error(done.error() +
                  "; this node stops, since only a new start can tell what is on "
                  "the disk");
        status_ = 1;
        return loop_.stop();
    }
    if (replica_->disk_full() && end_at_ == never) {
        log_error("the disk is full; this node stops. Make room, then start it again");
        status_ = 1;
        begin_to_end();
    }
    service_->pass_time(now);
    register_self();
    if (sweep_at_ <= now) {
        clients_.sweep(now);
        sweep_at_ = now + sweep_every;
    }
    clients_.flush();
    if (peers_) peers_->flush();
    end_if_done(now);
    arm();
}

void Server::arm() {
    const Time due = std::min({replica_->deadline(), service_->deadline(), sweep_at_, end_at_});
    const Time now = time_now();
    if (due <= now) return schedule();
    // Mostly what is due moves away: then the timer that runs is early, and runs again.
    if (armed_ <= due && now < armed_) return;
    armed_ = due;
    timer_.expires_after(std::chrono::microseconds(due.value - now.value));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        armed_ = never;
        schedule();
    });
}

/// The leader founds the tree; then each node shows itself in it.
void Server::register_self() {
    const Node& node = replica_->node();
    if (registered_ || registering_ || end_at_ != never || !node.leader()) return;
    const auto& state = dynamic_cast<const store::Store&>(node.machine()).state();
    std::optional<store::StoreCommand> write = founding_write(state, plan_);
    if (write && node.role() != Role::Leading) return;
    if (!write) write = presence_write(state, shown_);
    registered_ = !write;
    if (registered_) return;
    registering_ = true;
    replica_->happened(Requested{
        .client = itself, .id = {}, .tag = ++registrations_, .payload = encode_command(*write)});
}

void Server::begin_to_end() {
    log_info("told to end: what is under way is finished");
    end_at_ = time_now() + patience_at_end;
    clients_.stop_reading();
    const Node& node = replica_->node();
    for (const NodeId other : plan_.settings.voters) {
        if (node.role() != Role::Leading || !peers_ || !peers_->connected(other)) continue;
        replica_->happened(HandoverRequested{other});
        break;
    }
    schedule();
}

void Server::end_if_done(Time now) {
    if (end_at_ == never) return;
    const bool leads = peers_ && replica_->node().role() == Role::Leading;
    const bool done = !leads && replica_->at_rest() && service_->idle() && clients_.all_sent() &&
                      (!peers_ || peers_->all_sent());
    if (done || end_at_ <= now) loop_.stop();
}

}  // namespace

int serve(const ServerOptions& options) {
    Server server(options);
    if (const Done started = server.start(); !started) {
        log_error(started.error());
        return 2;
    }
    return server.run();
}

}  // namespace decree::net
