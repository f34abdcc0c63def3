#include "net/server.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "core/node_name.hpp"
#include "core/store/electorate.hpp"
#include "core/store/store.hpp"
#include "net/clock.hpp"
#include "net/cluster_settings.hpp"
#include "net/log.hpp"
#include "net/peer_port.hpp"
#include "net/recording.hpp"
#include "net/registrar.hpp"
#include "net/replica.hpp"
#include "net/shown.hpp"
#include "net/standing.hpp"
#include "net/status_view.hpp"
#include "net/tuning.hpp"
#include "traces/format.hpp"

namespace decree::net {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t sweep_every = 5'000'000;
// A node that was told to end gives what is under way so long.
constexpr std::uint64_t patience_at_end = 2'000'000;
// For so long it refuses what clients ask; for so long, then, they may hang up.
constexpr std::uint64_t farewell = 100'000;
// Where all nodes are told to end, they must not hand over in circles.
constexpr std::size_t most_handovers = 3;
// The node's own requests: no connection has this number.
constexpr ClientId itself{0};

std::uint64_t random_number() {
    std::random_device device;
    std::uint64_t number = 0;
    while (number == 0) number = std::uint64_t{device()} << 32U | device();
    return number;
}

std::string own_address(const ServerOptions& options) {
    return to_text(options.advertise_peer.value_or(options.peer));
}

class Server final : public ReplicaUser {
public:
    /// `recording`: of this process, once it has begun.
    Server(const ServerOptions& options, std::unique_ptr<Recording>& recording)
        : options_(options),
          recording_(recording),
          loop_(1),
          timer_(loop_),
          signals_(loop_),
          verbosity_(loop_),
          clients_(loop_, within_descriptors(options.limits), [this] { schedule(); }),
          peers_(loop_, PeerPort::Hooks{.received =
                                            [this](Received message) {
                                                replica_->happened(std::move(message));
                                                schedule();
                                            },
                                        .reached =
                                            [this](const std::string& address, NodeId node) {
                                                replica_->happened(Reached{address, node});
                                                schedule();
                                            }}) {}

    [[nodiscard]] Done start();
    /// The exit status; nothing: it is to be started again.
    [[nodiscard]] std::optional<int> run();
    /// Whether it ended without waiting for what it had begun.
    [[nodiscard]] bool gave_up() const { return gave_up_; }

    void answered(const Reply& reply) override {
        if (reply.client == itself) {
            registrar_->answered();
        } else {
            service_->answered(reply);
        }
    }
    void send(const Envelope& envelope) override { peers_.send(envelope); }
    void stepped() override { service_->stepped(); }

private:
    [[nodiscard]] Done open_replica();
    [[nodiscard]] Done begin_recording();
    [[nodiscard]] Done settle_name();
    void tell_overruled() const;
    [[nodiscard]] Done begin_peers();
    void dial_known();
    [[nodiscard]] Done follow_membership(Time now);
    [[nodiscard]] const store::State& state() const;
    [[nodiscard]] NodeStatus status() const;
    void change_verbosity_when_told();
    void schedule();
    void turn();
    [[nodiscard]] bool take_turn();
    void arm();
    void register_self(Time now);
    void stop(const std::string& why);
    void begin_to_end();
    [[nodiscard]] bool hands_over();
    void end_if_done(Time now);
    [[nodiscard]] bool all_answered(Time now);

    ServerOptions options_;
    std::unique_ptr<Recording>& recording_;
    std::string name_;  // Of the cluster.
    Shown shown_;
    asio::io_context loop_;
    asio::steady_timer timer_;
    asio::signal_set signals_;    // To end.
    asio::signal_set verbosity_;  // To say more, or less.
    ClientPort clients_;
    PeerPort peers_;
    std::unique_ptr<Replica> replica_;
    std::unique_ptr<DoozerService> service_;
    Narrator narrator_;
    bool scheduled_ = false;
    bool peers_begun_ = false;
    bool member_ = false;            // The log has said so.
    store::Revision nodes_dialled_;  // Of /ctl/node, when its addresses were dialled.
    std::optional<Registrar> registrar_;
    std::uint64_t registrations_ = 0;
    Time armed_ = never;  // When the timer fires.
    std::size_t handovers_ = 0;
    Time sweep_at_{};
    // It takes requests while it hands over; then it refuses them, so that whoever is asking learns
    // of it; then clients are told that this is all, and hang up.
    enum class Ending : std::uint8_t { No, HandingOver, Refusing, HungUp } ending_ = Ending::No;
    Time end_at_ = never;       // Then nobody is waited for.
    Time farewell_at_ = never;  // Then a moment of refusals, or for clients to hang up, is over.
    Time wake_at_ = never;      // The first of those that is to come.
    int status_ = 0;
    bool gave_up_ = false;
    bool again_ = false;  // It ends to start anew.
};

Done Server::start() {
    if (Done opened = open_replica(); !opened) return opened;
    if (Done named = settle_name(); !named) return named;
    shown_ = {.node = replica_->node().id(),
              .client = to_text(options_.advertise_client.value_or(options_.client)),
              .peer = own_address(options_),
              .hostname = host_name(),
              .version = std::string(traces::program_version)};
    registrar_.emplace(shown_, options_.pulse);
    ServiceOptions service = options_.service;
    service.status = [this] { return to_json(status()); };
    service_ = std::make_unique<DoozerService>(std::move(service), *replica_, clients_);
    if (Done listens = clients_.listen(options_.client, *service_); !listens) return listens;
    if (Done listens = peers_.listen(options_.peer); !listens) return listens;
    log_info(replica_->found());
    tell_overruled();
    log_info(fmt::format("clients are served on {}, other nodes on {}", to_text(options_.client),
                         to_text(options_.peer)));
    return {};
}

Done Server::open_replica() {
    auto disk = DataDirectory::open(options_.data, NodeId{random_number()});
    if (!disk) return std::unexpected(disk.error());
    if (Done begun = begin_recording(); !begun) return begun;
    Options node = tuned_options();
    node.self = disk->node();
    node.seed = random_number();
    node.members = options_.members;
    node.drift_ppm = options_.drift_ppm;
    auto replica =
        Replica::start(*std::move(disk),
                       {.beginning = beginning_of(options_.cluster, own_address(options_)),
                        .node = node,
                        .store = store_settings(options_.cluster),
                        .scrub_every = options_.scrub_every,
                        .recording = recording_.get()},
                       time_now(), [this] { asio::post(loop_, [this] { turn(); }); });
    if (!replica) return std::unexpected(replica.error());
    replica_ = *std::move(replica);
    if (founds_alone(options_.cluster)) {
        replica_->happened(Reached{own_address(options_), replica_->node().id()});
    }
    return {};
}

/// Only whoever has the folder may move an earlier recording out of the way.
Done Server::begin_recording() {
    if (options_.record.empty() || recording_) return {};
    auto begun = Recording::begin(options_.record, cluster_settings(options_.cluster),
                                  store_settings(options_.cluster));
    if (!begun) return std::unexpected(begun.error());
    recording_ = *std::move(begun);
    return {};
}

/// A member keeps its cluster's name; whoever is none yet has the one that it is told.
Done Server::settle_name() {
    const Node& node = replica_->node();
    const bool bound = node.charter() || (node.founding() && node.founding()->charter);
    const auto kept = kept_name(options_.data);
    if (!kept) return std::unexpected(kept.error());
    const std::string told = options_.cluster.name.value_or(usual_name);
    name_ = bound ? kept->value_or(told) : told;
    return *kept == name_ ? Done{} : keep_name(options_.data, name_);
}

void Server::tell_overruled() const {
    const ClusterInForce real{
        .name = name_, .store = state().settings, .lease_us = replica_->node().settings().lease_us};
    for (const std::string& sentence : overruled(options_.cluster, real)) log_warning(sentence);
}

const store::State& Server::state() const {
    return dynamic_cast<const store::Store&>(replica_->node().machine()).state();
}

/// Not before this start is durable: a process that showed itself, and has forgotten it, would look
/// like another one that runs on a copy.
Done Server::begin_peers() {
    const Node& node = replica_->node();
    if (peers_begun_ || !node.start_durable()) return {};
    if (Done kept = keep_shown(options_.data, node.incarnation().value); !kept) return kept;
    peers_begun_ = true;
    const ClusterId id = node.charter() ? node.charter()->cluster : ClusterId{};
    peers_.begin(
        {.life = {.node = node.id(), .start = node.incarnation().value, .process = random_number()},
         .cluster = name_,
         .id = id,
         .address = shown_.peer,
         .secret = options_.peer_secret});
    std::vector<std::string> addresses = options_.cluster.founders;
    const auto add = [&](const std::string& address) { addresses.push_back(address); };
    std::ranges::for_each(options_.cluster.join, add);
    if (node.founding()) {
        for (const Listed& founder : node.founding()->founders) add(founder.address);
    }
    const bool alone = addresses == std::vector{shown_.peer};
    if (alone) return {};
    for (const std::string& address : addresses) peers_.dial(address);
    return {};
}

/// Where the tree says that other nodes are.
void Server::dial_known() {
    const store::Revision revision = state().tree().subtree_revision(store::nodes_path);
    if (!peers_begun_ || revision == nodes_dialled_) return;
    nodes_dialled_ = revision;
    for (const KnownNode& known : known_nodes(state())) {
        if (known.node != shown_.node && !known.peer.empty()) peers_.dial(known.peer, known.node);
    }
}

Done Server::follow_membership(Time now) {
    if (Done begun = begin_peers(); !begun) return begun;
    const Node& node = replica_->node();
    if (!member_ && node.charter()) {
        member_ = true;
        peers_.become_member(node.charter()->cluster);
        log_info(fmt::format("a member of the cluster {} ({:016X})", name_,
                             node.charter()->cluster.value));
        tell_overruled();
        for (const Founder& founder : node.charter()->founders) {
            if (founder.node != node.id()) peers_.dial(founder.address);
        }
    }
    dial_known();
    register_self(now);
    narrator_.look(now, node, state(), [this](NodeId other) { return peers_.connected(other); });
    return {};
}

NodeStatus Server::status() const {
    return node_status(*replica_, state(), {.name = name_, .shown = shown_},
                       [this](NodeId other) { return peers_.connected(other); });
}

std::optional<int> Server::run() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    // Of a terminal that closes; a program that was told to ignore that (nohup) goes on.
    if (std::signal(SIGHUP, SIG_IGN) != SIG_IGN) signals_.add(SIGHUP);
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        log_info("told to end: what is under way is finished");
        again_ = false;
        begin_to_end();
    });
    verbosity_.add(SIGUSR1);
    change_verbosity_when_told();
    schedule();
    loop_.run();
    return again_ && status_ == 0 ? std::nullopt : std::optional(status_);
}

void Server::change_verbosity_when_told() {
    verbosity_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        const bool all = toggle_debug();
        replica_->tell_rules(all);
        log_warning(all ? "told to say more: the rules that this node follows"
                        : "told to say no more than --log asks for");
        change_verbosity_when_told();
    });
}

/// A turn takes place once for all that is ready now.
void Server::schedule() {
    if (std::exchange(scheduled_, true)) return;
    asio::post(loop_, [this] { turn(); });
}

/// What a turn has made known to be chosen is executed when all else of it is on its way.
void Server::turn() {
    scheduled_ = false;
    bool goes_on = take_turn();
    if (goes_on && replica_->owes_execution()) {
        // Where processors are few, whoever waits for what was handed on comes before that.
        std::this_thread::yield();
        goes_on = take_turn();
    }
    if (goes_on) arm();
}

/// False: the loop ends.
bool Server::take_turn() {
    const Time now = time_now();
    Done done = replica_->turn(now, *this);
    if (done) done = follow_membership(now);
    if (!done) {
        stop(done.error() + ". Only a new start can tell what is on the disk");
        return false;
    }
    if (const auto& outcast = replica_->node().outcast()) {
        stop(
            fmt::format("node {} has seen more of this node than its folder has: an earlier "
                        "image of it, or a copy; or a process on a copy was this node since. Go "
                        "on with the folder that was in use last; only if that is lost, with an "
                        "empty one, as a new node",
                        node_name(outcast->by)));
        return false;
    }
    if (replica_->disk_full() && ending_ == Ending::No) {
        log_error("the disk is full; this node stops. Make room, then start it again");
        status_ = 1;
        begin_to_end();
    }
    if (replica_->damaged() && ending_ == Ending::No) {
        log_error(
            fmt::format("DAMAGED: {}; this node starts again, and asks the others for what "
                        "that may have held",
                        *replica_->damaged()));
        again_ = true;
        begin_to_end();
    }
    service_->pass_time(now);
    if (sweep_at_ <= now) {
        clients_.sweep(now);
        sweep_at_ = now + sweep_every;
    }
    clients_.flush();
    peers_.flush();
    end_if_done(now);
    return true;
}

void Server::arm() {
    const Time due = std::min(
        {replica_->deadline(), service_->deadline(), sweep_at_, registrar_->deadline(), wake_at_});
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

void Server::register_self(Time now) {
    const Node& node = replica_->node();
    const bool able = ending_ == Ending::No && node.charter() && node.leader();
    const auto write = registrar_->due(now, {.state = state(),
                                             .name = name_,
                                             .charter = able ? &*node.charter() : nullptr,
                                             .leads = node.role() == Role::Leading});
    if (!write) return;
    replica_->happened(Requested{
        .client = itself, .id = {}, .tag = ++registrations_, .payload = encode_command(*write)});
}

/// At once: nothing that it has begun may go on.
void Server::stop(const std::string& why) {
    log_error("this node stops: " + why);
    status_ = 1;
    loop_.stop();
}

void Server::begin_to_end() {
    schedule();
    if (ending_ != Ending::No) return;
    ending_ = Ending::HandingOver;
    end_at_ = time_now() + patience_at_end;
    clients_.stop_accepting();
}

/// A leader that ends makes another voter lead: the one that has most, then others, should it not
/// take over. False: it does not lead, or there is nobody to take over.
bool Server::hands_over() {
    const auto* const leading = std::get_if<Leading>(&replica_->node().role_state());
    if (leading == nullptr || handovers_ >= most_handovers) return false;
    std::vector<Peer> able;
    for (const Peer& peer : leading->peers) {
        if (peer.voter && peers_.connected(peer.node)) able.push_back(peer);
    }
    if (able.empty()) return false;
    if (leading->handing_over) return true;
    std::ranges::sort(able, std::ranges::greater{}, &Peer::chosen_through);
    replica_->happened(HandoverRequested{able[handovers_++ % able.size()].node});
    return true;
}

void Server::end_if_done(Time now) {
    if (ending_ == Ending::No) return;
    const bool late = end_at_ <= now;
    if (ending_ == Ending::HandingOver && (late || !hands_over())) {
        service_->take_no_more();
        ending_ = Ending::Refusing;
        farewell_at_ = now + farewell;
    }
    if (ending_ == Ending::Refusing && all_answered(now)) {
        clients_.hang_up();
        ending_ = Ending::HungUp;
        farewell_at_ = now + farewell;
    }
    if (ending_ == Ending::HungUp && (clients_.empty() || farewell_at_ <= now)) {
        const bool at_rest = replica_->at_rest() && peers_.all_sent();
        gave_up_ = late && !at_rest;
        if (late || (at_rest && !hands_over())) loop_.stop();
    }
    wake_at_ = never;
    for (const Time to_come : {end_at_, farewell_at_}) {
        if (to_come > now) wake_at_ = std::min(wake_at_, to_come);
    }
}

/// Or there was no more time for it.
bool Server::all_answered(Time now) {
    if (end_at_ <= now) {
        service_->give_up_all(now);
        clients_.flush();
        return true;
    }
    const bool told = clients_.empty() || farewell_at_ <= now;
    return told && service_->idle() && clients_.all_sent();
}

}  // namespace

int serve(const ServerOptions& options) {
    std::unique_ptr<Recording> recording;
    while (true) {
        // Where nobody listens to it yet, it must not end the process.
        static_cast<void>(std::signal(SIGUSR1, SIG_IGN));
        // Whoever reads the log may end.
        static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
        Server server(options, recording);
        if (const Done started = server.start(); !started) {
            log_error(started.error());
            return 2;
        }
        if (const auto status = server.run()) {
            // A sync that hangs would hold up whoever waits for its thread.
            if (server.gave_up()) ::_exit(*status);
            return *status;
        }
        if (const Done same = same_folder(options.data); !same) {
            log_error(same.error());
            return 1;
        }
    }
}

}  // namespace decree::net
