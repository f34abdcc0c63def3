#include "net/peer_port.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>

#include "core/codec.hpp"
#include "core/node_name.hpp"
#include "net/frames.hpp"
#include "net/listen.hpp"
#include "net/log.hpp"
#include "net/lookup.hpp"

namespace decree::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

// Of a message: its largest value, and what is around it.
constexpr std::size_t longest_message = max_value_bytes + (1U << 20U);
// What may wait for one peer. More is dropped: it will be asked for, or said anew.
constexpr std::size_t most_unsent = std::size_t{16} << 20U;
constexpr auto shortest_pause = std::chrono::milliseconds(50);
constexpr auto longest_pause = std::chrono::milliseconds(2'000);
constexpr auto longest_introduction = std::chrono::seconds(10);
// Sent bytes that nobody confirms for so long end a link; milliseconds.
constexpr int unconfirmed = 5'000;
// Connections that have not introduced themselves yet; with more, the oldest ends.
constexpr std::size_t most_strangers = 64;
// Addresses that were learned from others, in all.
constexpr std::size_t most_learned = 256;

}  // namespace

// A connection, whoever dialled it.
struct PeerLink {
    explicit PeerLink(tcp::socket taken) : socket(std::move(taken)), frames(longest_handshake) {}

    tcp::socket socket;
    Frames frames;
    std::string unsent;
    std::string sending;  // Empty: no write is under way.
    bool closed = false;
    bool open = false;  // The handshake is over.
    NodeId peer;
    std::uint64_t process{};  // Of the peer; of a link that was taken.
    std::string from;         // The address that it came from, for people.
    Greeting heard;           // Of who was dialled.
    Greeting said;            // To who dialled.
    Introduction introduction;
};
using LinkPointer = std::shared_ptr<PeerLink>;

namespace {

template <class T>
void put_frame(const T& thing, std::string& out) {
    ByteBuffer body;
    Encoder(body).put(thing);
    const std::size_t at = out.size();
    out.resize(at + frame_head_bytes);
    put_frame_head(out.data() + at, static_cast<std::uint32_t>(body.size()));
    out.append(as_text(body));
}

// At once: small, and the first after the greeting, it fits into the socket.
template <class T>
void tell(PeerLink& link, const T& word) {
    std::string out;
    put_frame(word, out);
    Error ignored;
    asio::write(link.socket, asio::buffer(out), ignored);
}

}  // namespace

struct PeerPort::Port {
    // An address, and the link to it, if there is one.
    struct Target {
        explicit Target(asio::io_context& loop) : timer(loop) {}
        std::string address;
        NodeId expected;                 // Who was said to be there; 0: whoever it is.
        bool given_up = false;           // Not dialled any more.
        std::unique_ptr<Lookup> lookup;  // Of where it is; then there is a link.
        asio::steady_timer timer;
        std::chrono::milliseconds pause = shortest_pause;
        LinkPointer link;
        std::string said;  // In the log, last: what goes on for hours is said once.
    };

    Port(asio::io_context& io, Hooks given)
        : loop(io), hooks(std::move(given)), acceptor(io), pause(io) {}

    void accept();
    void take_in(const LinkPointer& link);
    Target& target_at(const std::string& address);
    void learn(const std::string& address, NodeId node);
    void give_up_others(NodeId node, const Target& found);
    void connect(Target& target);
    void connect(Target& target, const Lookup::Endpoints& found);
    void connected(Target& target, const LinkPointer& link);
    void read(const LinkPointer& link, Target* target);
    [[nodiscard]] std::optional<std::string> take(const LinkPointer& link, Target* target,
                                                  std::string_view body);
    [[nodiscard]] std::optional<std::string> shake_dialled(const LinkPointer& link, Target& target,
                                                           std::string_view body);
    [[nodiscard]] std::optional<std::string> shake_taken(PeerLink& link, std::string_view body);
    void write(const LinkPointer& link, Target* target);
    void close(const LinkPointer& link, Target* target, const std::string& why);
    void refuse(const LinkPointer& link, Target* target, const std::string& why);
    void again(Target& target, const std::string& why);
    void tell_refused(const PeerLink& link, const std::string& why);
    [[nodiscard]] std::optional<std::string> know(const Life& life);

    asio::io_context& loop;
    std::optional<PeerIdentity> self;  // None before the beginning.
    Acquaintances acquaintances;
    Hooks hooks;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    std::vector<std::unique_ptr<Target>> targets;
    std::map<NodeId, Target*> by_node;
    std::set<LinkPointer> taken;  // That others dialled.
    std::deque<LinkPointer> strangers;
    std::set<std::string> refused;  // Whom, and why, as the log has said.
    std::array<char, 262144> chunk;
};

void PeerPort::Port::accept() {
    acceptor.async_accept([this](const Error& error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (!error) {
            take_in(std::make_shared<PeerLink>(std::move(socket)));
            return accept();
        }
        // Out of descriptors, most likely: others must go first.
        pause.expires_after(longest_pause);
        pause.async_wait([this](const Error& aborted) {
            if (!aborted) accept();
        });
    });
}

void PeerPort::Port::take_in(const LinkPointer& link) {
    taken.insert(link);
    std::erase_if(strangers, [](const LinkPointer& one) { return one->open || one->closed; });
    strangers.push_back(link);
    if (strangers.size() > most_strangers) {
        close(strangers.front(), nullptr, {});
        strangers.pop_front();
    }
    Error ignored;
    const tcp::endpoint from = link->socket.remote_endpoint(ignored);
    link->from = to_text(Address{.host = from.address().to_string(), .port = from.port()});
    link->socket.non_blocking(true, ignored);
    link->said = greet(*self);
    put_frame(link->said, link->unsent);
    write(link, nullptr);
    read(link, nullptr);
    const auto timer = std::make_shared<asio::steady_timer>(loop, longest_introduction);
    timer->async_wait([this, link, timer](const Error&) {
        if (!link->open && !link->closed) {
            refuse(link, nullptr, "it did not introduce itself in time");
        }
    });
}

PeerPort::Port::Target& PeerPort::Port::target_at(const std::string& address) {
    const auto known = std::ranges::find_if(
        targets, [&](const auto& target) { return target->address == address; });
    if (known != targets.end()) return **known;
    targets.push_back(std::make_unique<Target>(loop));
    targets.back()->address = address;
    return *targets.back();
}

/// Somebody says that `node` is to be dialled there: now, also after a pause that has become long.
void PeerPort::Port::learn(const std::string& address, NodeId node) {
    if (!self || node == self->life.node || !parse_address(address)) return;
    const bool known = std::ranges::any_of(
        targets, [&](const auto& target) { return target->address == address; });
    const auto learned = std::ranges::count_if(
        targets, [](const auto& target) { return target->expected != NodeId{}; });
    if (!known && static_cast<std::size_t>(learned) >= most_learned) return;
    Target& target = target_at(address);
    const bool fresh = !known || std::exchange(target.given_up, false);
    if (fresh) target.expected = node;
    if (target.link || target.lookup) return;
    target.pause = shortest_pause;
    connect(target);
}

/// `node` was found: addresses where it was before are dialled no more.
void PeerPort::Port::give_up_others(NodeId node, const Target& found) {
    for (const auto& other : targets) {
        if (other.get() == &found || other->expected != node) continue;
        if (other->link && other->link->open) continue;
        other->given_up = true;
        other->timer.cancel();
    }
}

/// Who shows itself so is not to be talked to; or it is known from now on.
std::optional<std::string> PeerPort::Port::know(const Life& life) {
    std::string objection = acquaintances.objection(life);
    if (!objection.empty()) return objection;
    acquaintances.met(life);
    const std::set<LinkPointer> links = taken;
    for (const LinkPointer& link : links) {
        const bool older = link->open && link->peer == life.node && link->process != life.process;
        if (older) close(link, nullptr, {});
    }
    return std::nullopt;
}

void PeerPort::Port::connect(Target& target) {
    if (target.given_up || !self) return;
    const auto address = parse_address(target.address);
    if (!address) return log_error("peer " + address.error());
    target.lookup = std::make_unique<Lookup>(
        loop, *address, [this, &target](const Lookup::Endpoints& found, const std::string& why) {
            target.lookup.reset();
            if (found.empty()) return again(target, why);
            connect(target, found);
        });
}

void PeerPort::Port::connect(Target& target, const Lookup::Endpoints& found) {
    const auto link = std::make_shared<PeerLink>(tcp::socket(loop));
    target.link = link;
    target.timer.expires_after(longest_introduction);
    target.timer.async_wait([this, &target, link](const Error& aborted) {
        if (!aborted && !link->open) close(link, &target, "no answer in time");
    });
    asio::async_connect(link->socket, found,
                        [this, &target, link](const Error& failed, const tcp::endpoint&) {
                            if (failed == asio::error::operation_aborted) return;
                            if (failed) return close(link, &target, failed.message());
                            connected(target, link);
                        });
}

void PeerPort::Port::connected(Target& target, const LinkPointer& link) {
    Error ignored;
    link->socket.non_blocking(true, ignored);
    link->socket.set_option(tcp::no_delay(true), ignored);
    static_cast<void>(::setsockopt(link->socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT,
                                   &unconfirmed, sizeof unconfirmed));
    read(link, &target);
}

void PeerPort::Port::read(const LinkPointer& link, Target* target) {
    link->socket.async_wait(tcp::socket::wait_read, [this, link, target](const Error& error) {
        if (link->closed || error == asio::error::operation_aborted) return;
        Error failed = error;
        const std::size_t size = failed ? 0 : link->socket.read_some(asio::buffer(chunk), failed);
        if (failed == asio::error::would_block) return read(link, target);
        if (failed == asio::error::eof) return close(link, target, "it closed the connection");
        if (failed) return close(link, target, failed.message());
        link->frames.add({chunk.data(), size});
        while (const auto body = link->frames.next()) {
            if (const auto why = take(link, target, *body)) return refuse(link, target, *why);
            if (link->closed) return;
        }
        if (link->frames.too_long()) return refuse(link, target, "its message is too long");
        read(link, target);
    });
}

/// One frame; or why the link must end.
std::optional<std::string> PeerPort::Port::take(const LinkPointer& link, Target* target,
                                                std::string_view body) {
    if (!link->open) {
        return target != nullptr ? shake_dialled(link, *target, body) : shake_taken(*link, body);
    }
    if (target != nullptr) return "it speaks where it should listen";
    auto message = decode<Message>(as_bytes(body));
    if (!message) return "what it sent is no message: " + message.error().what;
    hooks.received({.from = link->peer, .message = *std::move(message)});
    return std::nullopt;
}

std::optional<std::string> PeerPort::Port::shake_dialled(const LinkPointer& link, Target& target,
                                                         std::string_view body) {
    if (link->introduction.proof.empty()) {
        auto greeting = decode<Greeting>(as_bytes(body));
        if (!greeting) return "it does not greet, or speaks another version";
        auto introduction = introduce(*self, *greeting);
        if (!introduction) {
            // The other side is to see why, too; what only members show is not shown.
            tell(*link, Introduction{.self = greet(*self), .proof = {}});
            return introduction.error();
        }
        link->heard = *std::move(greeting);
        link->introduction = *std::move(introduction);
        put_frame(link->introduction, link->unsent);
        write(link, &target);
        return std::nullopt;
    }
    const auto verdict = decode<Verdict>(as_bytes(body));
    if (!verdict) return "it gives no verdict";
    if (const auto fine = believe(*self, link->heard, link->introduction, *verdict); !fine) {
        return fine.error();
    }
    if (auto objection = know(link->heard.life)) return objection;
    link->open = true;
    link->peer = link->heard.life.node;
    target.timer.cancel();
    target.pause = shortest_pause;
    target.said.clear();
    if (link->peer == self->life.node) {
        // An address of this node's own: it has served its purpose.
        target.given_up = true;
        hooks.reached(target.address, link->peer);
        return std::string();
    }
    by_node[link->peer] = &target;
    give_up_others(link->peer, target);
    log_info(fmt::format("peer {} at {}: connected", node_name(link->peer), target.address));
    hooks.reached(target.address, link->peer);
    return std::nullopt;
}

std::optional<std::string> PeerPort::Port::shake_taken(PeerLink& link, std::string_view body) {
    const auto introduction = decode<Introduction>(as_bytes(body));
    if (!introduction) return "it does not introduce itself, or speaks another version";
    const Life& life = introduction->self.life;
    Verdict verdict = judge(*self, link.said, *introduction);
    if (verdict.refusal.empty()) {
        if (auto objection = know(life)) verdict = {.refusal = *std::move(objection), .proof = {}};
    }
    tell(link, verdict);
    if (!verdict.refusal.empty()) return verdict.refusal;
    link.open = true;
    link.peer = life.node;
    link.process = life.process;
    link.frames = Frames(longest_message, 1U << 20U);
    learn(introduction->self.address, life.node);
    return std::nullopt;
}

void PeerPort::Port::write(const LinkPointer& link, Target* target) {
    if (link->closed || !link->sending.empty() || link->unsent.empty()) return;
    std::swap(link->sending, link->unsent);
    asio::async_write(link->socket, asio::buffer(link->sending),
                      [this, link, target](const Error& error, std::size_t) {
                          link->sending.clear();
                          if (error == asio::error::operation_aborted) return;
                          if (error) return close(link, target, error.message());
                          write(link, target);
                      });
}

/// An empty `why` is nothing to tell.
void PeerPort::Port::close(const LinkPointer& link, Target* target, const std::string& why) {
    if (std::exchange(link->closed, true)) return;
    Error ignored;
    link->socket.close(ignored);
    if (target == nullptr) {
        taken.erase(link);
        return;
    }
    target->link.reset();
    const auto used = by_node.find(link->peer);
    if (used != by_node.end() && used->second == target) {
        by_node.erase(used);
        // Perhaps another address leads there, too.
        for (const auto& other : targets) {
            const bool open = other->link && other->link->open;
            if (open && other->link->peer == link->peer) by_node[link->peer] = other.get();
        }
    }
    // A link that was there is lost now and then; one that cannot be made is a matter for people.
    if (link->open && !why.empty()) log_info(fmt::format("peer {}: {}", target->address, why));
    again(*target, link->open ? std::string() : why);
}

/// For what it said.
void PeerPort::Port::refuse(const LinkPointer& link, Target* target, const std::string& why) {
    if (target == nullptr) tell_refused(*link, why);
    close(link, target, why);
}

/// Whoever is refused tries again and again: that is said once.
void PeerPort::Port::tell_refused(const PeerLink& link, const std::string& why) {
    const std::string host = link.from.substr(0, link.from.rfind(':'));
    if (refused.size() >= most_learned) refused.clear();
    if (refused.insert(host + why).second) {
        log_warning(fmt::format("a peer at {} was refused: {}", link.from, why));
    }
}

void PeerPort::Port::again(Target& target, const std::string& why) {
    if (!why.empty()) {
        if (target.said != why) log_warning(fmt::format("peer {}: {}", target.address, why));
        target.said = why;
    }
    if (target.given_up) return;
    target.timer.expires_after(target.pause);
    target.pause = std::min(2 * target.pause, longest_pause);
    target.timer.async_wait([this, &target](const Error& error) {
        if (!error) connect(target);
    });
}

PeerPort::PeerPort(asio::io_context& loop, Hooks hooks)
    : port_(std::make_unique<Port>(loop, std::move(hooks))) {}

PeerPort::~PeerPort() = default;

Done PeerPort::listen(const Address& address) { return net::listen(port_->acceptor, address); }

void PeerPort::begin(PeerIdentity self) {
    port_->self = std::move(self);
    if (port_->acceptor.is_open()) port_->accept();
    for (const auto& target : port_->targets) port_->connect(*target);
}

void PeerPort::dial(const std::string& address) {
    Port::Target& target = port_->target_at(address);
    target.expected = NodeId{};
    target.given_up = false;
    if (!target.link && !target.lookup) port_->connect(target);
}

void PeerPort::dial(const std::string& address, NodeId node) {
    if (!connected(node)) port_->learn(address, node);
}

void PeerPort::become_member(ClusterId id) {
    if (!port_->self || port_->self->id == id) return;
    port_->self->id = id;
    for (const auto& target : port_->targets) {
        if (const LinkPointer link = target->link) port_->close(link, target.get(), {});
    }
    const std::set<LinkPointer> links = port_->taken;
    for (const LinkPointer& link : links) port_->close(link, nullptr, {});
}

void PeerPort::send(const Envelope& envelope) {
    const auto found = port_->by_node.find(envelope.to);
    if (found == port_->by_node.end() || !found->second->link) return;
    PeerLink& link = *found->second->link;
    if (link.unsent.size() + link.sending.size() > most_unsent) return;
    put_frame(envelope.message, link.unsent);
}

void PeerPort::flush() {
    for (const auto& [node, target] : port_->by_node) {
        // Closing takes a target out of the map, but nothing closes within a write that is begun.
        if (target->link) port_->write(target->link, target);
    }
}

bool PeerPort::connected(NodeId node) const { return port_->by_node.contains(node); }

bool PeerPort::all_sent() const {
    return std::all_of(port_->by_node.begin(), port_->by_node.end(), [](const auto& entry) {
        return !entry.second->link ||
               (entry.second->link->sending.empty() && entry.second->link->unsent.empty());
    });
}

}  // namespace decree::net
