#include "net/peer_port.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "core/codec.hpp"
#include "core/node_name.hpp"
#include "net/clock.hpp"
#include "net/listen.hpp"
#include "net/log.hpp"
#include "net/peer_links.hpp"

namespace decree::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

// Of a message: its largest value, and what is around it.
constexpr std::size_t longest_message = max_value_bytes + (1U << 20U);
// What may wait for one peer. More is dropped: it will be asked for, or said anew.
constexpr std::size_t most_unsent = std::size_t{16} << 20U;
// Connections that have not introduced themselves yet; with more, the oldest ends.
constexpr std::size_t most_strangers = 64;
// Who has said nothing for so long, in microseconds, may have ended without a word: a machine that
// lost its power.
constexpr std::uint64_t silent_after = 2'000'000;
// Refusals that the log does not say twice.
constexpr std::size_t most_refusals_told = 256;

// Whether others may build on it. The rest is what a node may say that nobody has recognized yet:
// it asks, and whoever answers owes it nothing.
bool is_binding(const Message& message) {
    return !std::holds_alternative<Returned>(message) &&
           !std::holds_alternative<CatchUp>(message) && !std::holds_alternative<Nack>(message);
}

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

/// Why who shows itself so is not to be talked to; or no other process is that node from now on.
/// Whoever is heard stays: a start after a crash waits until what came before it is silent.
std::string PeerPort::Port::know(const Life& life) {
    const auto other = [&](const LinkPointer& link) {
        return link && link->open && link->life.node == life.node && link->life != life;
    };
    const std::set<LinkPointer> links = taken;
    for (const LinkPointer& link : links) {
        if (!other(link) || link->heard_at + silent_after <= time_now()) continue;
        return fmt::format(
            "another process runs as node {}, heard from {}, in its start {}; if that one has just "
            "ended, this one is taken when it was silent for {} s; else one of the two runs on a "
            "copy of the data folder, and is to be stopped",
            node_name(life.node), link->from, link->life.start, silent_after / 1'000'000);
    }
    if (std::string objection = acquaintances.objection(life); !objection.empty()) {
        return objection;
    }
    for (const auto& target : targets) {
        if (const LinkPointer link = target->link; other(link)) close(link, target.get(), {});
    }
    for (const LinkPointer& link : links) {
        if (other(link)) close(link, nullptr, {});
    }
    return {};
}

/// Something came over a link that others dialled; `binding`: what others may build on.
void PeerPort::Port::hear(PeerLink& link, bool binding) {
    link.bound = binding;
    link.heard_at = time_now();
    acquaintances.heard(link.life, binding);
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
        if (link->open && target == nullptr) hear(*link, link->bound);
        while (const auto body = link->frames.next()) {
            const std::string objection = take(link, target, *body);
            if (!objection.empty()) return refuse(link, target, objection);
            if (link->closed) return;
        }
        if (link->frames.too_long()) return refuse(link, target, "its message is too long");
        read(link, target);
    });
}

/// One frame; or why the link must end.
std::string PeerPort::Port::take(const LinkPointer& link, Target* target, std::string_view body) {
    if (!link->open) {
        return target != nullptr ? shake_dialled(link, *target, body) : shake_taken(*link, body);
    }
    if (target != nullptr) return "it speaks where it should listen";
    if (body.empty()) return {};  // A sign of life.
    auto message = decode<Message>(as_bytes(body));
    if (!message) return "what it sent is no message: " + message.error().what;
    if (!link->bound && is_binding(*message)) {
        hear(*link, true);
    }
    hooks.received({.from = link->life.node, .message = *std::move(message)});
    return {};
}

std::string PeerPort::Port::shake_dialled(const LinkPointer& link, Target& target,
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
        return {};
    }
    const auto verdict = decode<Verdict>(as_bytes(body));
    if (!verdict) return "it gives no verdict";
    if (auto fine = believe(*self, link->heard, link->introduction, *verdict); !fine) {
        return std::move(fine).error();
    }
    if (std::string objection = know(link->heard.life); !objection.empty()) return objection;
    link->open = true;
    link->life = link->heard.life;
    opened(link, target);
    return {};
}

void PeerPort::Port::opened(const LinkPointer& link, Target& target) {
    const NodeId node = link->life.node;
    target.timer.cancel();
    target.pause = shortest_pause;
    target.said.clear();
    if (node == self->life.node) {
        // An address of this node's own: it has served its purpose.
        target.given_up = true;
        hooks.reached(target.address, node);
        return close(link, &target, {});
    }
    by_node[node] = &target;
    give_up_others(node, target);
    log_info(fmt::format("peer {} at {}: connected", node_name(node), target.address));
    give_sign(target);
    hooks.reached(target.address, node);
}

std::string PeerPort::Port::shake_taken(PeerLink& link, std::string_view body) {
    const auto introduction = decode<Introduction>(as_bytes(body));
    if (!introduction) return "it does not introduce itself, or speaks another version";
    const Life& life = introduction->self.life;
    Verdict verdict = judge(*self, link.said, *introduction);
    if (verdict.refusal.empty()) verdict.refusal = know(life);
    tell(link, verdict);
    if (!verdict.refusal.empty()) return verdict.refusal;
    link.open = true;
    link.life = life;
    link.frames = Frames(longest_message, 1U << 20U);
    link.heard_at = time_now();
    learn(introduction->self.address, life.node);
    return {};
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
    const auto used = by_node.find(link->life.node);
    if (used != by_node.end() && used->second == target) {
        by_node.erase(used);
        // Perhaps another address leads there, too.
        for (const auto& other : targets) {
            const bool open = other->link && other->link->open;
            if (open && other->link->life.node == link->life.node)
                by_node[link->life.node] = other.get();
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
    if (refused.size() >= most_refusals_told) refused.clear();
    if (refused.insert(host + why).second) {
        log_warning(fmt::format("a peer at {} was refused: {}", link.from, why));
    }
}

PeerPort::PeerPort(asio::io_context& loop, Hooks hooks)
    : port_(std::make_unique<Port>(loop, std::move(hooks))) {}

PeerPort::~PeerPort() = default;

Done PeerPort::listen(const Address& address) { return net::listen(port_->acceptor, address); }

void PeerPort::begin(PeerIdentity self) {
    port_->self = std::move(self);
    if (port_->acceptor.is_open()) port_->accept();
    port_->give_signs();
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
    const auto* const recognized = std::get_if<Recognized>(&envelope.message);
    if (recognized != nullptr && recognized->less) {
        port_->acquaintances.disowned(envelope.to, recognized->shown.incarnation.value);
    }
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
