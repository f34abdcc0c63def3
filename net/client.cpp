#include "net/client.hpp"

#include <array>
#include <cctype>
#include <chrono>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "net/address.hpp"
#include "net/frames.hpp"

namespace decree::net {
namespace {

// No answer is longer than the largest value and what is around it.
constexpr std::size_t longest_answer = 256U << 20U;

}  // namespace

struct Client::Connection {
    using tcp = boost::asio::ip::tcp;

    explicit Connection(std::string to)
        : socket(loop), frames(longest_answer), name(std::move(to)) {}

    // Runs what was begun; false when it took longer.
    bool finish(std::optional<std::uint64_t> patience) {
        loop.restart();
        if (!patience) {
            loop.run();
            return true;
        }
        loop.run_for(std::chrono::microseconds(*patience));
        return loop.stopped();
    }
    [[nodiscard]] std::expected<void, Refused> dial(std::uint64_t patience);
    [[nodiscard]] std::expected<void, Refused> exchange(const std::string& out, std::int32_t tag,
                                                        std::optional<std::uint64_t> patience,
                                                        Response& answer);
    void read_answer(std::int32_t tag, Response& answer);

    boost::asio::io_context loop{1};
    tcp::socket socket;
    Frames frames;
    std::string name;
    std::array<char, 65536> chunk;
    boost::system::error_code error;  // Of what was finished last.
    bool answered = false;
    std::int32_t last_tag = 0;
};

namespace {

std::string uncapitalised(std::string text) {
    if (!text.empty())
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

Refused plain_refusal(std::string text) {
    return {.text = std::move(text), .code = {}, .late = false};
}

}  // namespace

std::expected<void, Refused> Client::Connection::dial(std::uint64_t patience) {
    const auto failed = [this](const std::string& why) {
        return std::unexpected(plain_refusal(fmt::format("dial tcp {}: {}", name, why)));
    };
    const auto address = parse_address(name);
    if (!address) {
        const bool bare = name.find(':') == std::string::npos;
        return std::unexpected(plain_refusal(fmt::format(
            "dial tcp: address {}: {}", name, bare ? "missing port in address" : address.error())));
    }
    tcp::resolver resolver(loop);
    const auto found = resolver.resolve(address->host, std::to_string(address->port), error);
    if (error) return failed("lookup: " + uncapitalised(error.message()));
    boost::asio::async_connect(
        socket, found,
        [this](const boost::system::error_code& ended, const tcp::endpoint&) { error = ended; });
    if (!finish(patience)) return failed("no answer in time");
    if (error) return failed("connect: " + uncapitalised(error.message()));
    socket.set_option(tcp::no_delay(true), error);
    return {};
}

void Client::Connection::read_answer(std::int32_t tag, Response& answer) {
    while (const auto body = frames.next()) {
        auto response = decode_response(*body);
        if (!response) {
            error = boost::system::errc::make_error_code(boost::system::errc::protocol_error);
            return;
        }
        if (response->tag != tag) continue;  // Of a question that was given up.
        answer = *std::move(response);
        answered = true;
        return;
    }
    socket.async_read_some(
        boost::asio::buffer(chunk),
        [this, tag, &answer](const boost::system::error_code& failed, std::size_t size) {
            error = failed;
            if (error) return;
            frames.add({chunk.data(), size});
            read_answer(tag, answer);
        });
}

std::expected<void, Refused> Client::Connection::exchange(const std::string& out, std::int32_t tag,
                                                          std::optional<std::uint64_t> patience,
                                                          Response& answer) {
    answered = false;
    error = {};
    boost::asio::async_write(
        socket, boost::asio::buffer(out),
        [this, tag, &answer](const boost::system::error_code& failed, std::size_t) {
            error = failed;
            if (!error) read_answer(tag, answer);
        });
    const bool finished = finish(patience);
    if (answered) return {};
    if (!finished) {
        boost::system::error_code ignored;
        socket.close(ignored);
        static_cast<void>(finish(std::nullopt));  // Nothing refers to `out` and `answer` then.
        return std::unexpected(Refused{
            .text = fmt::format("no answer from {} in time", name), .code = {}, .late = true});
    }
    const bool lost = error == boost::asio::error::eof;
    return std::unexpected(plain_refusal(fmt::format(
        "{}: {}", name, lost ? "the connection was closed" : uncapitalised(error.message()))));
}

Client::Client(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Client::Client(Client&& other) noexcept = default;
Client& Client::operator=(Client&& other) noexcept = default;
Client::~Client() = default;

std::expected<Client, Refused> Client::connect(const std::vector<std::string>& addresses,
                                               std::uint64_t patience) {
    std::expected<void, Refused> last = std::unexpected(plain_refusal("no address to dial"));
    for (const std::string& address : addresses) {
        auto connection = std::make_unique<Connection>(address);
        last = connection->dial(patience);
        if (last) return Client(std::move(connection));
    }
    return std::unexpected(last.error());
}

std::expected<Response, Refused> Client::call(Request request,
                                              std::optional<std::uint64_t> patience) {
    const std::int32_t tag = ++connection_->last_tag;
    request.tag = tag;
    std::string out;
    append_frame(request, out);
    Response answer;
    if (auto done = connection_->exchange(out, tag, patience, answer); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (answer.err_code) {
        std::string text = error_name(*answer.err_code);
        if (answer.err_detail) text += ": " + *answer.err_detail;
        return std::unexpected(
            Refused{.text = std::move(text), .code = answer.err_code, .late = false});
    }
    return answer;
}

const std::string& Client::address() const { return connection_->name; }

}  // namespace decree::net
