#pragma once

/// Where a host is, whatever its name server does.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/address.hpp"

namespace decree::net {

/// One question. A number is its own answer, and waits for no names that others ask for. (Asio's
/// resolver asks for one name after the other, and is waited for at the end: by seconds, where a
/// name server is silent.)
class Lookup {
public:
    using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
    /// No endpoints: why, for a person.
    using Then = std::function<void(const Endpoints& found, const std::string& why)>;

    /// `then` is called in `loop`, which runs as long as the question is open.
    Lookup(boost::asio::io_context& loop, const Address& address, Then then);
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;
    /// Nothing is called any more, and nobody waited for.
    ~Lookup();

private:
    struct Question;
    std::shared_ptr<Question> question_;
};

}  // namespace decree::net
