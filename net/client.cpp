#include "net/client.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <deque>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "net/address.hpp"
#include "net/frames.hpp"
#include "net/lookup.hpp"

namespace decree::net {
namespace {

// No answer is longer than the largest value and what is around it.
constexpr std::size_t longest_answer = 256U << 20U;
// A server that has nothing to say answers so much earlier than it would be given up, at most.
constexpr std::uint64_t longest_margin = 500'000;

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
    // Sends, if there is something to send, and reads until `wanted` has an answer.
    [[nodiscard]] std::expected<Response, Refused> exchange(const std::string& out,
                                                            std::deque<Response>& wanted,
                                                            std::optional<std::uint64_t> patience);
    void read_until(const std::deque<Response>& wanted);
    void sort_answers();

    boost::asio::io_context loop{1};
    tcp::socket socket;
    Frames frames;
    std::string name;
    std::array<char, 65536> chunk;
    boost::system::error_code error;  // Of what was finished last.
    bool given_up = false;            // Nothing more is to be read for now.
    std::int32_t last_tag = 0;
    std::int32_t asked = 0;         // The tag of the question that is open.
    std::deque<Response> answers;   // To it.
    std::int32_t stream = 0;        // The tag of the stream.
    std::deque<Response> streamed;  // In it, and not taken.
};

namespace {

std::string uncapitalised(std::string text) {
    if (!text.empty()) {
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    }
    return text;
}

// A server would close the connection without a word, and nobody would know what was done.
Refused too_long() {
    const auto code = static_cast<std::int32_t>(ErrorCode::Other);
    Refused refused = plain_failure(
        fmt::format("{}: request exceeds {} bytes", error_name(code), longest_request_bytes));
    refused.code = code;
    return refused;
}

std::expected<Response, Refused> judged(Response answer) {
    if (!answer.err_code) return answer;
    std::string text = error_name(*answer.err_code);
    if (answer.err_detail) text += ": " + *answer.err_detail;
    Refused refused = plain_failure(std::move(text));
    refused.code = answer.err_code;
    refused.part = answer.part;
    return std::unexpected(std::move(refused));
}

}  // namespace

std::expected<void, Refused> Client::Connection::dial(std::uint64_t patience) {
    const auto failed = [this](const std::string& why) {
        return std::unexpected(plain_failure(fmt::format("dial tcp {}: {}", name, why)));
    };
    const auto address = parse_address(name);
    if (!address) {
        const bool bare = name.find(':') == std::string::npos;
        return std::unexpected(plain_failure(fmt::format(
            "dial tcp: address {}: {}", name, bare ? "missing port in address" : address.error())));
    }
    std::string unknown;
    const Lookup lookup(
        loop, *address, [&](const Lookup::Endpoints& found, const std::string& why) {
            unknown = why;
            if (found.empty()) return;
            boost::asio::async_connect(socket, found,
                                       [this](const boost::system::error_code& ended,
                                              const tcp::endpoint&) { error = ended; });
        });
    if (!finish(patience)) {
        return failed(socket.is_open() ? "no answer in time" : "lookup: no answer in time");
    }
    if (!unknown.empty()) return failed("lookup: " + uncapitalised(unknown));
    if (error) return failed("connect: " + uncapitalised(error.message()));
    socket.set_option(tcp::no_delay(true), error);
    return {};
}

void Client::Connection::sort_answers() {
    while (const auto body = frames.next()) {
        auto response = decode_response(*body);
        if (!response) {
            error = boost::system::errc::make_error_code(boost::system::errc::protocol_error);
            return;
        }
        // The last of a stream that was cancelled, and of questions given up, is passed over.
        if (response->tag == asked) {
            answers.push_back(*std::move(response));
        } else if (response->tag == stream) {
            streamed.push_back(*std::move(response));
        }
    }
}

void Client::Connection::read_until(const std::deque<Response>& wanted) {
    sort_answers();
    if (!wanted.empty() || error || given_up) return;
    socket.async_read_some(
        boost::asio::buffer(chunk),
        [this, &wanted](const boost::system::error_code& failed, std::size_t size) {
            error = failed;
            if (error) return;
            frames.add({chunk.data(), size});
            read_until(wanted);
        });
}

std::expected<Response, Refused> Client::Connection::exchange(
    const std::string& out, std::deque<Response>& wanted, std::optional<std::uint64_t> patience) {
    error = {};
    given_up = false;
    if (out.empty()) {
        read_until(wanted);
    } else {
        boost::asio::async_write(
            socket, boost::asio::buffer(out),
            [this, &wanted](const boost::system::error_code& failed, std::size_t) {
                error = failed;
                if (!error) read_until(wanted);
            });
    }
    const bool finished = finish(patience);
    if (!finished) {
        boost::system::error_code ignored;
        given_up = true;
        socket.cancel(ignored);
        static_cast<void>(finish(std::nullopt));  // Nothing refers to `out` then.
    }
    if (!wanted.empty()) {
        Response answer = std::move(wanted.front());
        wanted.pop_front();
        return answer;
    }
    Refused refused = plain_failure(fmt::format("no answer from {} in time", name));
    refused.late = !finished;
    if (finished) {
        const bool lost = error == boost::asio::error::eof;
        refused.text = fmt::format(
            "{}: {}", name, lost ? "the connection was closed" : uncapitalised(error.message()));
    }
    return std::unexpected(std::move(refused));
}

Refused plain_failure(std::string text) {
    return {.text = std::move(text), .code = {}, .late = false, .unknown = false, .part = {}};
}

Client::Client(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Client::Client(Client&& other) noexcept = default;
Client& Client::operator=(Client&& other) noexcept = default;
Client::~Client() = default;

std::expected<Client, Refused> Client::connect(const std::vector<std::string>& addresses,
                                               std::uint64_t patience) {
    std::expected<void, Refused> last = std::unexpected(plain_failure("no address to dial"));
    for (const std::string& address : addresses) {
        auto connection = std::make_unique<Connection>(address);
        last = connection->dial(patience);
        if (last) return Client(std::move(connection));
    }
    return std::unexpected(last.error());
}

std::expected<Response, Refused> Client::call(Request request,
                                              std::optional<std::uint64_t> patience) {
    Connection& c = *connection_;
    c.asked = ++c.last_tag;
    c.answers.clear();
    request.tag = c.asked;
    if (patience) {
        const std::uint64_t margin = std::min(*patience / 4, longest_margin);
        request.patience_us = static_cast<std::int64_t>(*patience - margin);
    }
    std::string out;
    append_frame(request, out);
    if (out.size() - frame_head_bytes > longest_request_bytes) return std::unexpected(too_long());
    auto answer = c.exchange(out, c.answers, patience);
    if (!answer) return answer;
    return judged(*std::move(answer));
}

std::expected<void, Refused> Client::open_stream(Request request, std::uint64_t patience) {
    Connection& c = *connection_;
    c.stream = ++c.last_tag;
    c.streamed.clear();
    request.tag = c.stream;
    std::string out;
    append_frame(request, out);
    // Nothing says that it is open; the answer to this does.
    Request self;
    self.verb = static_cast<std::int32_t>(Verb::Self);
    self.tag = c.asked = ++c.last_tag;
    append_frame(self, out);
    c.answers.clear();
    if (auto opened = c.exchange(out, c.answers, patience); !opened) {
        return std::unexpected(std::move(opened.error()));
    }
    return {};
}

std::expected<Response, Refused> Client::next_of_stream(std::optional<std::uint64_t> patience) {
    Connection& c = *connection_;
    auto answer = c.exchange({}, c.streamed, patience);
    if (!answer) return answer;
    return judged(*std::move(answer));
}

void Client::skip_streamed() {
    std::erase_if(connection_->streamed, [](const Response& one) { return !one.err_code; });
}

std::int32_t Client::stream_tag() const { return connection_->stream; }

const std::string& Client::address() const { return connection_->name; }

}  // namespace decree::net
