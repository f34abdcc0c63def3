#include "net/listen.hpp"

#include <string>

#include <fmt/format.h>

namespace decree::net {

Done listen(boost::asio::ip::tcp::acceptor& acceptor, const Address& address) {
    using boost::asio::ip::tcp;
    boost::system::error_code error;
    const auto failed = [&] {
        return std::unexpected(fmt::format("cannot listen on {}: {}; name another HOST:PORT",
                                           to_text(address), error.message()));
    };
    tcp::resolver resolver(acceptor.get_executor());
    const auto found =
        resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
    if (error || found.empty()) return failed();
    const tcp::endpoint endpoint = *found.begin();
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) return {};
    Done refused = failed();
    acceptor.close(error);
    return refused;
}

}  // namespace decree::net
