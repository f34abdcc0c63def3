#pragma once

/// A client of a cluster: it has several addresses, and goes on at another one when a node is of no
/// use. A write whose answer was lost is asked again only where that cannot do it twice.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "net/client.hpp"
#include "net/doozer.hpp"

namespace decree::net {

using Answered = std::expected<Response, Refused>;

/// A write that can be asked again without being done twice: it changes the file at `path`, and
/// was not to be done had that changed since `rev`.
struct Guard {
    std::string path;
    std::int64_t rev{};
    bool operator==(const Guard&) const = default;
};

class ClusterClient {
public:
    /// `uri`: see uri.hpp. Where that names a cluster and `boot` is given, the addresses are looked
    /// up there. Connects to nobody else yet. `patience`: microseconds that one answer may take.
    [[nodiscard]] static std::expected<ClusterClient, Refused> find(const std::string& uri,
                                                                    const std::string& boot,
                                                                    std::uint64_t patience);

    /// The answer of the first node that gives one.
    [[nodiscard]] Answered call(const Request& request);
    /// The same, with an end of its own, in microseconds from now.
    [[nodiscard]] Answered call(const Request& request, std::uint64_t patience);
    /// The connection to the node that was of use last, or to another one.
    [[nodiscard]] std::expected<Client*, Refused> connection(std::uint64_t patience);
    /// The node that it is connected to is of no use: the next one has its turn.
    void leave();
    [[nodiscard]] const std::string& address() const { return addresses_[at_]; }
    [[nodiscard]] std::uint64_t patience() const { return patience_; }

private:
    ClusterClient(std::vector<std::string> addresses, std::string secret, std::uint64_t patience);
    [[nodiscard]] std::expected<void, Refused> connect(std::uint64_t patience);
    [[nodiscard]] std::uint64_t share(Time end, std::size_t tried) const;
    [[nodiscard]] bool worth_another(const std::vector<Refused>& failures, bool broke,
                                     bool in_time) const;
    [[nodiscard]] Answered again(const Request& request, const Guard& guard,
                                 std::uint64_t patience);
    [[nodiscard]] Answered ask_rev(std::uint64_t patience);

    std::vector<std::string> addresses_;
    std::string secret_;
    std::uint64_t patience_;
    std::size_t at_ = 0;
    std::optional<Client> client_;
    std::optional<std::int64_t> base_;  // The store had reached this before the present write.
};

[[nodiscard]] std::optional<Guard> guard_of(const Request& request);
/// Whether it does no harm to do a request twice, and takes no guard.
[[nodiscard]] bool harmless_twice(const Request& request);
/// The same write as a transaction, that is refused if anything changed at the guarded path since
/// revision `base`: also what has been deleted again.
[[nodiscard]] Request guarded(Request request, const std::string& path, std::int64_t base);

}  // namespace decree::net
