#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "net/address.hpp"
#include "net/file.hpp"

namespace decree::net {

/// Binds `acceptor`, which accepts from then on. Fails with one line for a person.
[[nodiscard]] Done listen(boost::asio::ip::tcp::acceptor& acceptor, const Address& address);

}  // namespace decree::net
