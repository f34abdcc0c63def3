#pragma once

/// Those who ask the cluster for something.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/request.hpp"
#include "core/store/local_service.hpp"
#include "core/value.hpp"
#include "sim/network.hpp"
#include "sim/store_client.hpp"

namespace decree::sim {

/// What a client waits for.
struct Operation {
    enum class Kind : std::uint8_t { Append, Read, Wake, SetVoters, DropOrigin };

    std::uint64_t number{};  ///< Unique in the run; also the tag.
    Kind kind{};
    bool anonymous = false;  ///< The serving node gives the id; never repeated.
    RequestId id;            ///< Of a command that is not anonymous.
    Value payload;
    ProcessIndex target = 0;
    std::uint64_t repeat_at{};
    std::uint32_t tries = 0;
};

/// One session: an origin of requests, numbered from 1, several of them in flight.
struct Client {
    static constexpr std::uint64_t none = ~std::uint64_t{0};

    NodeId origin;
    std::uint64_t next_number = 1;
    std::vector<Operation> open;
    ProcessIndex home = 0;         ///< Where it asks first.
    std::uint64_t generation = 0;  ///< Of its connections.
    std::uint64_t ask_at = none;   ///< When it asks for the next thing.
    std::uint64_t timer_at = none;
    std::uint32_t to_ask = 0;  ///< Operations still to begin.
    bool stays = false;        ///< Asks only at `home`, and never gives up: a probe.
    NodeId dead_origin;        ///< Its session before, not yet dropped. 0: none.
    StoreMemory memory;        ///< If it asks a store.

    [[nodiscard]] std::uint64_t lowest_unanswered(std::uint64_t number) const;
};

/// What goes between a client and a node's own store.
enum class LocalWord : std::uint8_t { Read, Watch, More, Cancel, Answer };
struct LocalMail {
    LocalWord word{};
    store::Asker asker;
    std::optional<store::StoreQuery> question;  ///< Of Read.
    store::WatchRequest watch;                  ///< Of Watch.
    std::optional<store::LocalAnswer> answer;   ///< Of Answer.
};

/// Something between a client and a node, as the event that its arrival will be; or the reply.
struct Mail {
    bool to_node = true;
    std::uint32_t client = 0;
    ProcessIndex node = 0;
    Event event;                     ///< To a node.
    Reply reply;                     ///< To a client.
    std::optional<LocalMail> local;  ///< Instead of both.
};

/// The connection of client number `client`: a number that replies carry back.
[[nodiscard]] constexpr ClientId connection(std::uint32_t client, std::uint64_t generation) {
    return ClientId{generation * 64 + client + 1};
}
[[nodiscard]] constexpr std::uint32_t client_of(ClientId id) {
    return static_cast<std::uint32_t>((id.value - 1) % 64);
}
[[nodiscard]] constexpr std::uint64_t generation_of(ClientId id) { return (id.value - 1) / 64; }

/// The stream of choices for the links of a client.
[[nodiscard]] constexpr std::uint32_t link_stream(std::uint32_t client) { return client % 63 + 1; }

/// Clients' origins are numbered apart from nodes.
[[nodiscard]] constexpr NodeId origin_of(std::uint32_t client, std::uint64_t session) {
    return NodeId{1000 + session * 64 + client};
}

}  // namespace decree::sim
