#pragma once

/// What Doozer's verbs mean to a node: requests become commands, reads and watches, and what comes
/// of those becomes responses. Knows no socket.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/store/command.hpp"
#include "core/store/query.hpp"
#include "core/store/store.hpp"
#include "core/store/watch.hpp"
#include "net/doozer.hpp"
#include "net/replica.hpp"

namespace decree::net {

struct ServiceOptions {
    std::string read_write_secret;  ///< Empty: everybody may read and write.
    std::string read_only_secret;   ///< Empty: everybody may read.
    bool local_reads{};             ///< Reads without a revision answer as this node has it now.
    std::uint64_t request_timeout{10'000'000};  ///< Microseconds.
    std::function<std::string()> status{};      ///< What the verb STATUS answers.
};

/// Who takes responses to a client's connection.
class ResponseSink {
public:
    virtual void respond(ClientId client, const Response& response) = 0;

protected:
    ~ResponseSink() = default;
};

class DoozerService {
public:
    /// Both must outlive it.
    DoozerService(ServiceOptions options, Replica& replica, ResponseSink& sink)
        : options_(std::move(options)), replica_(replica), sink_(sink) {}

    /// A connection was made: its client, and the rights of an empty secret.
    [[nodiscard]] ClientId opened();
    /// It is gone: nothing more is said to it.
    void closed(ClientId client);
    /// It asks. Answered now or later, once, in any order.
    void request(ClientId client, Request request, Time now);
    /// What a connection waits for, WAITs and reads of revisions to come left out.
    [[nodiscard]] std::size_t outstanding(ClientId client) const;
    /// Whether nobody waits for the node.
    [[nodiscard]] bool idle() const { return outstanding_ == 0; }

    /// The node has an answer.
    void answered(const Reply& reply);
    /// The node may have executed something: whoever waits for that is told.
    void stepped();
    /// What waited too long is answered.
    void pass_time(Time now);
    [[nodiscard]] Time deadline() const;

private:
    enum class Kind : std::uint8_t {
        Command,  ///< At the node.
        Refused,  ///< The node had no room for it, or is no member yet: offered again.
        Read,     ///< At the node.
        Ahead,    ///< A read of a revision to come.
        Watch,    ///< A WAIT.
    };
    struct Ask {
        ClientId client;
        std::optional<std::int32_t> tag;
        Verb verb{};
        Kind kind{};
        Value words;                                // Of a command: to be offered again.
        std::optional<store::StoreQuery> question;  // Of a read.
        store::Revision ahead;                      // Of Ahead.
        store::WatchId watch;                       // Of Watch.
    };
    struct Client {
        bool reads{};
        bool writes{};
        std::size_t outstanding = 0;
        std::set<std::uint64_t> asks;
    };
    using Number = std::uint64_t;  // Of an Ask; the tag by which the node knows it.

    [[nodiscard]] const store::Store& store() const;
    void grant(Client& client, const std::string& secret) const;
    [[nodiscard]] bool opens_writes(const std::string& secret) const;
    void refuse(ClientId client, std::optional<std::int32_t> tag, const store::Refusal& why);
    void refuse(ClientId client, std::optional<std::int32_t> tag, ErrorCode code,
                std::string detail = {});
    Number add(Ask ask);
    void remove(Number number);
    [[nodiscard]] static bool waits_in_vain(Kind kind) {
        return kind != Kind::Ahead && kind != Kind::Watch;
    }

    void access(ClientId client, const Request& request);
    void status(ClientId client, const Request& request);
    void command(ClientId client, Verb verb, Request request, Time now);
    void offer(Number number, Ask& ask);
    void read(ClientId client, Verb verb, Request request, Time now);
    void read_at(Ask ask, const store::StoreQuery& question);
    void wait(ClientId client, const Request& request);
    void respond(const Ask& ask, const store::QueryAnswer& answer);
    void respond(const Ask& ask, const store::CommandAnswer& answer);
    void tell(Number number, const store::Told& told);
    void give_up(Number number);

    ServiceOptions options_;
    Replica& replica_;
    ResponseSink& sink_;
    std::map<ClientId, Client> clients_;
    std::unordered_map<Number, Ask> asks_;
    std::size_t outstanding_ = 0;  // Of all clients.
    std::uint64_t last_client_ = 0;
    Number last_ask_ = 0;
    std::deque<std::pair<Time, Number>> deadlines_;  // Of asks that may wait in vain; ascending.
    std::vector<Number> refused_;
    Time offer_again_ = never;
    store::Watches watches_;
    std::map<store::WatchId, Number> by_watch_;
    store::RevisionWaits ahead_;
    Slot seen_;  // Up to here whoever waits was told.
};

}  // namespace decree::net
