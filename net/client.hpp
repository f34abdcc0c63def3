#pragma once

/// A client's connection, for programs that ask one thing at a time.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/doozer.hpp"

namespace decree::net {

/// Why there is no good answer, for a person; the server's number if it refused, or if the request
/// was not sent since it would.
struct Refused {
    std::string text;
    std::optional<std::int32_t> code;
    bool late{};     ///< There was no answer in time.
    bool unknown{};  ///< It may have been done all the same.
    std::optional<std::int32_t> part =
        std::nullopt;  ///< Of a transaction, which the server refused.
};

/// A failure that no server told.
[[nodiscard]] Refused plain_failure(std::string text);

class Client {
public:
    /// Connects to the first of the addresses that takes it, trying each for `patience`
    /// microseconds at most.
    [[nodiscard]] static std::expected<Client, Refused> connect(
        const std::vector<std::string>& addresses, std::uint64_t patience);
    Client(Client&& other) noexcept;
    Client& operator=(Client&& other) noexcept;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    /// The answer to a request, which is given a tag; waits `patience` microseconds at most, or for
    /// ever. After a failure that has no code the connection is of no more use.
    [[nodiscard]] std::expected<Response, Refused> call(Request request,
                                                        std::optional<std::uint64_t> patience);
    /// Asks what is answered again and again (WATCH), on top of which call() may go on asking.
    [[nodiscard]] std::expected<void, Refused> open_stream(Request request, std::uint64_t patience);
    /// The next of those answers. When there is none in time, that is no failure of the connection.
    [[nodiscard]] std::expected<Response, Refused> next_of_stream(
        std::optional<std::uint64_t> patience);
    /// Passes over those that have come, but not over the error that ends the stream.
    void skip_streamed();
    /// Of the stream: for CANCEL.
    [[nodiscard]] std::int32_t stream_tag() const;
    /// Whom it is connected to.
    [[nodiscard]] const std::string& address() const;

private:
    struct Connection;  // Asio's headers are heavy: they stay in one file.
    explicit Client(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

}  // namespace decree::net
