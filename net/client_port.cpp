#include "net/client_port.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "net/clock.hpp"
#include "net/descriptors.hpp"
#include "net/frames.hpp"
#include "net/listen.hpp"
#include "net/log.hpp"

namespace decree::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

}  // namespace

struct ClientSession {
    ClientSession(tcp::socket taken, ClientId id, std::size_t longest_frame)
        : socket(std::move(taken)), client(id), frames(longest_frame) {}

    /// Bytes that must be kept for it, and those of the buffers in which they are.
    [[nodiscard]] std::size_t held() const {
        return frames.held() + unsent.size() + sending.size();
    }
    [[nodiscard]] std::size_t memory() const {
        return frames.memory() + unsent.capacity() + sending.capacity();
    }
    /// Of buffers that are not in use.
    void give_back() {
        frames.give_back();
        if (unsent.empty()) empty_out(unsent);
        if (sending.empty()) empty_out(sending);
    }

    tcp::socket socket;
    ClientId client;
    Frames frames;
    std::string unsent;    // Responses that wait for the write under way.
    std::string sending;   // Empty: no write is under way.
    bool waiting = false;  // For something to read.
    bool ended = false;    // The client sends nothing more.
    bool closed = false;
    bool cut_off = false;     // To be closed when no request is under way.
    std::size_t kept = 0;     // Of this one, of Port::kept.
    std::size_t spare = 0;    // Of this one, of Port::spare.
    Time half_since = never;  // Part of a request is here.
    Time taken_at = never;    // Since then nothing of what is being sent was taken.
};

struct ClientPort::Port {
    Port(asio::io_context& io, const ClientLimits& allowed, std::function<void()> on_arrival)
        : loop(io), limits(allowed), arrived(std::move(on_arrival)), acceptor(io), pause(io) {}

    void accept();
    void take(tcp::socket socket);
    void wait(const std::shared_ptr<ClientSession>& session);
    void read(const std::shared_ptr<ClientSession>& session);
    bool serve(ClientSession& session);
    void go_on(const std::shared_ptr<ClientSession>& session);
    void send(const std::shared_ptr<ClientSession>& session);
    void sent(const std::shared_ptr<ClientSession>& session);
    void close(ClientSession& session, std::string_view why);
    void tell_refused(const ClientSession& session, std::string_view why);
    void count(ClientSession& session);
    void count_spare(ClientSession& session);
    void close_cut_off();
    [[nodiscard]] bool full(const ClientSession& session) const {
        return session.unsent.size() + session.sending.size() > limits.unsent ||
               service->outstanding(session.client) >= limits.outstanding;
    }

    asio::io_context& loop;
    ClientLimits limits;
    std::function<void()> arrived;
    DoozerService* service = nullptr;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    std::map<ClientId, std::shared_ptr<ClientSession>> sessions;
    std::set<ClientId> answered;  // Since the last flush.
    std::set<ClientId> cut_off;
    std::size_t kept = 0;   // Bytes, for all.
    std::size_t spare = 0;  // Bytes of their buffers beyond those.
    bool hung_up = false;
    bool crowded = false;           // Connections cannot be taken, as the log has said.
    std::set<std::string> refused;  // Who was cut off, and why, as the log has said.
    std::array<char, 262144> chunk;
};

void ClientPort::Port::accept() {
    acceptor.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (!error) {
            take(std::move(socket));
            return accept();
        }
        // Out of descriptors, most likely: others must go first.
        if (!std::exchange(crowded, true)) {
            log_warning("cannot take a connection: " + error.message());
        }
        pause.expires_after(std::chrono::milliseconds(100));
        pause.async_wait([this](const boost::system::error_code& aborted) {
            if (!aborted) accept();
        });
    });
}

void ClientPort::Port::take(tcp::socket socket) {
    if (sessions.size() >= limits.connections) {
        if (!std::exchange(crowded, true)) {
            log_warning(fmt::format("more than {} connections: further ones are closed",
                                    limits.connections));
        }
        return;
    }
    crowded = false;
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(tcp::socket::keep_alive(true), ignored);
    const ClientId client = service->opened();
    auto session = std::make_shared<ClientSession>(std::move(socket), client, limits.frame_bytes);
    sessions.emplace(client, session);
    wait(session);
}

void ClientPort::Port::wait(const std::shared_ptr<ClientSession>& session) {
    if (session->waiting || session->closed || session->ended) return;
    session->waiting = true;
    session->socket.async_wait(tcp::socket::wait_read,
                               [this, session](const boost::system::error_code& error) {
                                   session->waiting = false;
                                   if (error || session->closed) return;
                                   read(session);
                               });
}

void ClientPort::Port::read(const std::shared_ptr<ClientSession>& session) {
    boost::system::error_code error;
    const std::size_t size = session->socket.read_some(asio::buffer(chunk), error);
    if (error == asio::error::would_block) return wait(session);
    if (error == asio::error::eof) {
        session->ended = true;
        return go_on(session);
    }
    if (error) return close(*session, "");
    if (hung_up) return wait(session);
    session->frames.add({chunk.data(), size});
    go_on(session);
    count(*session);
}

/// Requests that are here go to the service, as long as there is room for what comes of them. Says
/// whether there was any.
bool ClientPort::Port::serve(ClientSession& session) {
    const Time now = time_now();
    bool asked = false;
    while (!session.closed && !session.cut_off && !full(session)) {
        const auto body = session.frames.next();
        if (!body) break;
        auto request = decode_request(*body);
        if (!request) {
            close(session, "what it sent is no request");
            return true;
        }
        asked = true;
        service->request(session.client, *std::move(request), now);
        session.half_since = never;
    }
    if (session.frames.too_long()) {
        close(session, "its request is too long");
        return true;
    }
    if (session.frames.held() == 0) {
        session.half_since = never;
    } else if (session.half_since == never) {
        session.half_since = now;
    }
    return asked;
}

void ClientPort::Port::go_on(const std::shared_ptr<ClientSession>& session) {
    if (session->closed) return;
    if (serve(*session)) arrived();
    if (session->closed) return;
    if (!full(*session)) wait(session);
    const bool idle = session->unsent.empty() && session->sending.empty() &&
                      service->outstanding(session->client) == 0;
    if (session->ended && idle) close(*session, "");
}

void ClientPort::Port::send(const std::shared_ptr<ClientSession>& session) {
    if (session->closed || !session->sending.empty() || session->unsent.empty()) return;
    boost::system::error_code error;
    // Mostly it fits into the socket at once.
    const std::size_t size = session->socket.write_some(asio::buffer(session->unsent), error);
    if (error && error != asio::error::would_block) return close(*session, "");
    if (!error && size == session->unsent.size()) session->unsent.clear();
    if (!error && !session->unsent.empty()) session->unsent.erase(0, size);
    count(*session);
    if (session->unsent.empty()) return sent(session);
    std::swap(session->sending, session->unsent);
    session->taken_at = time_now();
    asio::async_write(
        session->socket, asio::buffer(session->sending),
        // Asked after each piece whether to go on.
        [session](const boost::system::error_code& failed, std::size_t) {
            session->taken_at = time_now();
            return failed ? std::size_t{0} : std::size_t{65536};
        },
        [this, session](const boost::system::error_code& failed, std::size_t) {
            session->sending.clear();
            count(*session);
            session->taken_at = never;
            if (failed) return close(*session, "");
            if (session->unsent.empty()) {
                sent(session);
            } else {
                send(session);
            }
        });
}

/// There is room again: whoever was not read from, or not told events, goes on.
void ClientPort::Port::sent(const std::shared_ptr<ClientSession>& session) {
    if (service->paused()) arrived();
    if (!session->waiting || session->ended) go_on(session);
}

/// Whatever is added to what is kept for a session is counted; where that is too much in all, room
/// is made at once.
void ClientPort::Port::count(ClientSession& session) {
    count_spare(session);
    const std::size_t now = session.closed || session.cut_off ? 0 : session.held();
    kept += now;
    kept -= std::exchange(session.kept, now);
    if (kept <= limits.kept) return;
    const auto most = std::ranges::max_element(
        sessions, {}, [](const auto& other) { return other.second->kept; });
    most->second->cut_off = true;
    empty_out(most->second->unsent);
    cut_off.insert(most->first);
    count(*most->second);
    arrived();
}

/// Buffers that a burst has left are kept for the next one, while all of them are small.
void ClientPort::Port::count_spare(ClientSession& session) {
    const auto recount = [&] {
        const std::size_t now = session.closed ? 0 : session.memory() - session.held();
        spare += now;
        spare -= std::exchange(session.spare, now);
    };
    recount();
    if (spare <= limits.spare) return;
    session.give_back();
    recount();
}

void ClientPort::Port::close_cut_off() {
    for (const ClientId client : std::exchange(cut_off, {})) {
        const auto found = sessions.find(client);
        if (found == sessions.end()) continue;
        const std::shared_ptr<ClientSession> session = found->second;
        close(*session, "more was kept for it than for any other, and too much for all");
    }
}

/// Whoever comes again and again is spoken of once.
void ClientPort::Port::tell_refused(const ClientSession& session, std::string_view why) {
    constexpr std::size_t most = 256;
    boost::system::error_code ignored;
    const tcp::endpoint from = session.socket.remote_endpoint(ignored);
    std::string line =
        fmt::format("a client at {} was cut off: {}", from.address().to_string(), why);
    if (refused.size() >= most) refused.clear();
    if (refused.insert(line).second) log_info(line);
}

void ClientPort::Port::close(ClientSession& session, std::string_view why) {
    if (std::exchange(session.closed, true)) return;
    count(session);
    if (!why.empty()) tell_refused(session, why);
    service->closed(session.client);
    boost::system::error_code ignored;
    session.socket.shutdown(tcp::socket::shutdown_both, ignored);
    session.socket.close(ignored);
    answered.erase(session.client);
    sessions.erase(session.client);
    arrived();
}

ClientLimits within_descriptors(ClientLimits limits) {
    constexpr std::size_t least = 16;
    const std::size_t descriptors = raise_descriptor_limit();
    const std::size_t left = descriptors - std::min(descriptors, own_descriptors);
    limits.connections = std::min(limits.connections, std::max(left, least));
    return limits;
}

ClientPort::ClientPort(asio::io_context& loop, const ClientLimits& limits,
                       std::function<void()> arrived)
    : port_(std::make_unique<Port>(loop, limits, std::move(arrived))) {}

ClientPort::~ClientPort() = default;

Done ClientPort::listen(const Address& address, DoozerService& service) {
    port_->service = &service;
    if (Done done = net::listen(port_->acceptor, address); !done) return done;
    port_->accept();
    return {};
}

void ClientPort::respond(ClientId client, const Response& response) {
    const auto found = port_->sessions.find(client);
    if (found == port_->sessions.end() || found->second->cut_off) return;
    append_frame(response, found->second->unsent);
    port_->answered.insert(client);
    port_->count(*found->second);
}

bool ClientPort::has_room(ClientId client) const {
    const auto found = port_->sessions.find(client);
    if (found == port_->sessions.end()) return false;
    const ClientSession& session = *found->second;
    return session.unsent.size() + session.sending.size() <= port_->limits.unsent;
}

void ClientPort::flush() {
    port_->close_cut_off();
    for (const ClientId client : std::exchange(port_->answered, {})) {
        const auto found = port_->sessions.find(client);
        if (found == port_->sessions.end()) continue;
        const std::shared_ptr<ClientSession> session = found->second;
        if (session->unsent.size() > port_->limits.most_unsent) {
            port_->close(*session, "it takes no answers");
            continue;
        }
        port_->send(session);
    }
}

void ClientPort::sweep(Time now) {
    const std::map<ClientId, std::shared_ptr<ClientSession>> all = port_->sessions;
    for (const auto& [client, session] : all) {
        session->give_back();
        port_->count(*session);
        if (session->half_since + port_->limits.half_message <= now && !port_->full(*session)) {
            port_->close(*session, "it never finished a request");
        } else if (session->taken_at + port_->limits.not_taking <= now) {
            port_->close(*session, "it takes no answers");
        }
    }
}

void ClientPort::stop_accepting() {
    boost::system::error_code ignored;
    port_->acceptor.close(ignored);
    port_->pause.cancel();
}

bool ClientPort::all_sent() const {
    for (const auto& [client, session] : port_->sessions) {
        if (!session->sending.empty() || !session->unsent.empty()) return false;
    }
    return true;
}

void ClientPort::hang_up() {
    port_->hung_up = true;
    for (const auto& [client, session] : port_->sessions) {
        boost::system::error_code ignored;
        session->socket.shutdown(tcp::socket::shutdown_send, ignored);
        port_->wait(session);
    }
}

bool ClientPort::empty() const { return port_->sessions.empty(); }

}  // namespace decree::net
