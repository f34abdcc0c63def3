/// Whom a node dials, and when.

#include <algorithm>
#include <utility>

#include <boost/asio/connect.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>

#include "net/address.hpp"
#include "net/clock.hpp"
#include "net/log.hpp"
#include "net/peer_links.hpp"

namespace decree::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Sent bytes that nobody confirms for so long end a link; milliseconds.
constexpr int unconfirmed = 5'000;
// Addresses that were learned from others, in all.
constexpr std::size_t most_learned = 256;
// Over each link something is said this often, be it nothing else than that one lives; and what
// others dialled ends when it has brought nothing for so long: their side of it is gone. In
// microseconds.
constexpr std::uint64_t sign_of_life_every = 250'000;
constexpr std::uint64_t silent_for_good = 10'000'000;

}  // namespace

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

void PeerPort::Port::connect(Target& target) {
    if (target.given_up || target.link || target.lookup || !self) return;
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
                            if (link->closed || failed == asio::error::operation_aborted) return;
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

/// Who has nothing to say lives all the same.
void PeerPort::Port::give_signs() {
    signs_given = time_now();
    signs.expires_after(std::chrono::microseconds(sign_of_life_every));
    signs.async_wait([this](const Error& error) {
        if (error) return;
        for (const auto& target : targets) give_sign(*target);
        end_silent(time_now());
        give_signs();
    });
}

/// If this node itself stood still, what others said meanwhile may be there and not be read yet.
void PeerPort::Port::end_silent(Time now) {
    const bool stood_still = signs_given + 4 * sign_of_life_every < now;
    const std::set<LinkPointer> links = taken;
    for (const LinkPointer& link : links) {
        if (!link->open) continue;
        if (stood_still) {
            link->heard_at = now;
        } else if (link->heard_at + silent_for_good < now) {
            close(link, nullptr, {});
        }
    }
}

/// An empty frame, where nothing else is on its way.
void PeerPort::Port::give_sign(Target& target) {
    const LinkPointer link = target.link;
    if (!link || !link->open) return;
    if (link->unsent.empty() && link->sending.empty()) link->unsent.assign(frame_head_bytes, '\0');
    write(link, &target);
}

}  // namespace decree::net
