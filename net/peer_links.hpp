#pragma once

/// What peer_port.cpp and peer_targets.cpp share, and nobody else needs: Asio's headers are heavy.

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/acquaintances.hpp"
#include "net/frames.hpp"
#include "net/handshake.hpp"
#include "net/lookup.hpp"
#include "net/peer_port.hpp"

namespace decree::net {

/// Between two attempts to dial an address: at first, and at last.
inline constexpr auto shortest_pause = std::chrono::milliseconds(50);
inline constexpr auto longest_pause = std::chrono::milliseconds(2'000);
inline constexpr auto longest_introduction = std::chrono::seconds(10);

/// A connection, whoever dialled it.
struct PeerLink {
    using Socket = boost::asio::ip::tcp::socket;
    explicit PeerLink(Socket taken) : socket(std::move(taken)), frames(longest_handshake) {}

    Socket socket;
    Frames frames;
    std::string unsent;
    std::string sending;  // Empty: no write is under way.
    bool closed = false;
    bool open = false;   // The handshake is over.
    Life life;           // Of the peer.
    Time heard_at;       // When it last brought something, if others dialled it.
    bool bound = false;  // It has said what others may build on.
    std::string from;    // The address that it came from, for people.
    Greeting heard;      // Of who was dialled.
    Greeting said;       // To who dialled.
    Introduction introduction;
};
using LinkPointer = std::shared_ptr<PeerLink>;

struct PeerPort::Port {
    using Error = boost::system::error_code;

    // An address, and the link to it, if there is one.
    struct Target {
        explicit Target(boost::asio::io_context& loop) : timer(loop) {}
        std::string address;
        NodeId expected;                 // Who was said to be there; 0: whoever it is.
        bool given_up = false;           // Not dialled any more.
        std::unique_ptr<Lookup> lookup;  // Of where it is; then there is a link.
        boost::asio::steady_timer timer;
        std::chrono::milliseconds pause = shortest_pause;
        LinkPointer link;
        std::string said;  // In the log, last: what goes on for hours is said once.
    };

    Port(boost::asio::io_context& io, Hooks given)
        : loop(io), hooks(std::move(given)), acceptor(io), pause(io), signs(io) {}

    void accept();
    void take_in(const LinkPointer& link);
    void read(const LinkPointer& link, Target* target);
    [[nodiscard]] std::string take(const LinkPointer& link, Target* target, std::string_view body);
    [[nodiscard]] std::string shake_dialled(const LinkPointer& link, Target& target,
                                            std::string_view body);
    void opened(const LinkPointer& link, Target& target);
    [[nodiscard]] std::string shake_taken(PeerLink& link, std::string_view body);
    [[nodiscard]] std::string know(const Life& life);
    void hear(PeerLink& link, bool binding);
    void write(const LinkPointer& link, Target* target);
    void close(const LinkPointer& link, Target* target, const std::string& why);
    void refuse(const LinkPointer& link, Target* target, const std::string& why);
    void tell_refused(const PeerLink& link, const std::string& why);

    Target& target_at(const std::string& address);
    void learn(const std::string& address, NodeId node);
    void give_up_others(NodeId node, const Target& found);
    void connect(Target& target);
    void connect(Target& target, const Lookup::Endpoints& found);
    void connected(Target& target, const LinkPointer& link);
    void again(Target& target, const std::string& why);
    void give_signs();
    void give_sign(Target& target);
    void end_silent(Time now);

    boost::asio::io_context& loop;
    std::optional<PeerIdentity> self;  // None before the beginning.
    Acquaintances acquaintances;
    Hooks hooks;
    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::steady_timer pause;
    boost::asio::steady_timer signs;
    Time signs_given;  // Last.
    std::vector<std::unique_ptr<Target>> targets;
    std::map<NodeId, Target*> by_node;
    std::set<LinkPointer> taken;  // That others dialled.
    std::deque<LinkPointer> strangers;
    std::set<std::string> refused;  // Whom, and why, as the log has said.
    std::array<char, 262144> chunk;
};

}  // namespace decree::net
