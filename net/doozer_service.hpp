#pragma once

/// What Doozer's verbs mean to a node: requests become commands, reads and watches, and what comes
/// of those becomes responses. Knows no socket.

#include <cstddef>
#include <cstdint>
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
#include "core/store/local_service.hpp"
#include "core/store/query.hpp"
#include "core/store/store.hpp"
#include "net/doozer.hpp"
#include "net/replica.hpp"

namespace decree::net {

struct ServiceOptions {
    std::string read_write_secret;  ///< Empty: everybody may read and write.
    std::string read_only_secret;   ///< Empty: everybody may read.
    bool local_reads{};             ///< Reads without a revision answer as this node has it now.
    std::uint64_t request_timeout{10'000'000};  ///< Microseconds.
    /// Bytes of the commands that wait, of all clients, and so many of reads; further ones are
    /// refused.
    std::size_t waiting_bytes = std::size_t{128} << 20U;
    /// Of one connection: WAITs, WATCHes and what else it waits for.
    std::size_t waits = 16'384;
    std::function<std::string()> status = nullptr;  ///< What the verb STATUS answers.
};

/// Who takes responses to a client's connection.
class ResponseSink {
public:
    virtual void respond(ClientId client, const Response& response) = 0;
    /// Whether its client takes what it is sent: else a stream of events pauses.
    [[nodiscard]] virtual bool has_room(ClientId client) const = 0;

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
    /// It asks. Answered now or later, in any order; once, save that WATCH is answered again and
    /// again.
    void request(ClientId client, Request request, Time now);
    /// What a connection waits for; WAIT, WATCH and reads of revisions to come left out.
    [[nodiscard]] std::size_t outstanding(ClientId client) const;
    /// Whether some client is told no more events until it takes what it was sent.
    [[nodiscard]] bool paused() const { return !held_clients_.empty(); }
    /// Whether nobody waits for the node.
    [[nodiscard]] bool idle() const { return outstanding_ == 0; }
    /// From now on nothing more is asked of the node: its process ends. Who asks is told to ask
    /// another one.
    void take_no_more() { takes_more_ = false; }
    /// Whoever waits for the node yet is told that he waits in vain.
    void give_up_all(Time now);

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
        Held,     ///< The node has not taken it in: offered again.
        Read,     ///< At the node.
        Local,    ///< A WAIT or WATCH, or a read of a revision to come.
    };
    struct Ask {
        ClientId client;
        std::optional<std::int32_t> tag;
        Verb verb{};
        Kind kind{};
        Value words;            // Of a command, or a read of the present: to be offered again.
        std::size_t bytes = 0;  // Of `words`.
        bool local{};           // Of a read of the present.
        Time asked;
        Time gives_up_at;  // May be never, of what waits for revisions to come.
    };
    struct Client {
        bool reads{};
        bool writes{};
        std::size_t outstanding = 0;
        std::set<std::uint64_t> asks;
        // WAITs and WATCHes of those, by tag.
        std::set<std::pair<std::int32_t, std::uint64_t>> watches;
    };
    using Number = std::uint64_t;  // Of an Ask; the tag by which the node knows it.

    [[nodiscard]] const store::Store& store() const;
    void grant(Client& client, const std::string& secret) const;
    [[nodiscard]] bool opens_writes(const std::string& secret) const;
    [[nodiscard]] bool removed() const;
    void respond(ClientId client, std::optional<std::int32_t> tag, Response response);
    void refuse(ClientId client, std::optional<std::int32_t> tag, ErrorCode code,
                std::string detail = {});
    Number add(Ask ask);
    void remove(Number number);
    [[nodiscard]] static bool waits_in_vain(Kind kind) { return kind != Kind::Local; }
    /// Of all that waits: of commands, or of reads, so that neither keeps out the other.
    [[nodiscard]] std::size_t& waiting_bytes(Verb verb);
    /// Why the node is not asked, if it is not.
    [[nodiscard]] const char* why_not_asked(Verb verb, const Value& words);

    void self(ClientId client, const Request& request);
    void access(ClientId client, const Request& request);
    void status(ClientId client, const Request& request);
    [[nodiscard]] bool changes_settings(ClientId client, const Request& request);
    void command(ClientId client, Verb verb, Request request, Time now);
    void hold(Number number, Ask& ask);
    void offer(Number number, Ask& ask);
    [[nodiscard]] bool may_offer() const;
    void offer_held(Time now);
    void look_for_leader(Time now);
    void read(ClientId client, Verb verb, Request request, Time now);
    [[nodiscard]] Time gives_up_at(const Request& request, bool waits_in_vain, Time now) const;
    void give_up(Number number, Time now);
    [[nodiscard]] std::string why_in_vain(const Ask& ask, Time now) const;

    // doozer_waits.cpp: what waits for revisions to come.
    void read_at(Ask ask, const store::StoreQuery& question);
    void watch(ClientId client, Verb verb, const Request& request);
    void cancel(ClientId client, const Request& request);
    void tell_some();
    void go_on_telling();
    void tell(const store::LocalAnswer& answer);
    void tell(const Ask& ask, const store::Told& told);

    ServiceOptions options_;
    Replica& replica_;
    ResponseSink& sink_;
    std::map<ClientId, Client> clients_;
    std::unordered_map<Number, Ask> asks_;
    bool takes_more_ = true;
    std::size_t outstanding_ = 0;    // Of all clients.
    std::size_t command_bytes_ = 0;  // Of all that wait.
    std::size_t read_bytes_ = 0;     // The same.
    std::uint64_t last_client_ = 0;
    Number last_ask_ = 0;
    std::set<std::pair<Time, Number>> deadlines_;  // When asks are given up.
    std::vector<Number> held_;
    bool busy_ = false;  // The node had no room for one of them.
    Time offer_again_;   // Not before.
    Time look_again_;    // Not before: a read of the service's own looks for a leader.
    bool found_leader_ = false;
    store::LocalService local_;
    bool more_to_tell_ = false;        // At once.
    std::set<ClientId> held_clients_;  // Have no room: are told no events.
    Slot seen_;                        // Up to here whoever waits was told.
};

}  // namespace decree::net
