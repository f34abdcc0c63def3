#pragma once

/// The port that clients connect to.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/ids.hpp"
#include "net/address.hpp"
#include "net/doozer.hpp"
#include "net/doozer_service.hpp"
#include "net/file.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): its own name.
}

namespace decree::net {

/// What connections may take up. Times are microseconds.
struct ClientLimits {
    std::size_t frame_bytes = longest_request_bytes;  ///< Of a request; longer ones end it.
    std::size_t outstanding = 64;    ///< Requests at the node; with more, nothing more is read.
    std::size_t unsent = 1U << 20U;  ///< Bytes of responses; with more, nothing more is read.
    std::size_t most_unsent = 96U << 20U;     ///< Who has not taken so many is cut off.
    std::uint64_t half_message = 30'000'000;  ///< For so long a request may stay unfinished.
    std::uint64_t not_taking = 60'000'000;    ///< For so long nothing of an answer may be taken.
    std::size_t connections = 16'384;         ///< In all; further ones are closed at once.
    /// Bytes of unfinished requests and of answers not taken, of all connections together; with
    /// more, the one for which most is kept is cut off.
    std::size_t kept = std::size_t{256} << 20U;
    /// Bytes of buffers beyond those; with more, one that is not in use is given back at once.
    std::size_t spare = std::size_t{64} << 20U;
};

/// Connections get the descriptors that the node itself does not need.
[[nodiscard]] ClientLimits within_descriptors(ClientLimits limits);

/// Takes connections, cuts what arrives into requests, and sends what is answered: all responses of
/// a turn in one piece.
class ClientPort final : public ResponseSink {
public:
    /// `arrived`: called when there is something for the node's next turn.
    ClientPort(boost::asio::io_context& loop, const ClientLimits& limits,
               std::function<void()> arrived);
    ClientPort(const ClientPort&) = delete;
    ClientPort& operator=(const ClientPort&) = delete;
    ~ClientPort();

    /// Binds, and takes connections from now on; `service` must outlive this.
    [[nodiscard]] Done listen(const Address& address, DoozerService& service);

    void respond(ClientId client, const Response& response) override;
    [[nodiscard]] bool has_room(ClientId client) const override;
    /// Sends what was answered since the last call.
    void flush();
    /// Closes connections that keep half a message, or take nothing; gives back memory. To be
    /// called now and then.
    void sweep(Time now);
    /// Takes no more connections.
    void stop_accepting();
    /// Whether every response has left.
    [[nodiscard]] bool all_sent() const;
    /// Tells all clients that nothing more will come; what they still send is not read as requests.
    /// Closed at once, a connection on which something lies unread would look broken to them.
    void hang_up();
    /// Whether no connection is left.
    [[nodiscard]] bool empty() const;

private:
    struct Port;  // Asio's headers are heavy: they stay in one file.
    std::unique_ptr<Port> port_;
};

}  // namespace decree::net
