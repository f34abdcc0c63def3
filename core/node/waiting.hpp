#pragma once

/// Requests that wait at this node for their slot to be applied.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "core/request.hpp"
#include "core/ring.hpp"

namespace decree {

/// One request on its way.
struct WaitingRequest {
    RequestId id;
    Value payload;
    std::optional<ClientId> client;  ///< Nobody here: another node forwarded it.
    std::uint64_t tag{};
    Time sent;       ///< Last queued or forwarded.
    bool present{};  ///< A place in the ring may be empty.
    bool operator==(const WaitingRequest&) const = default;
};

/// All of them, by origin and number. One origin's requests are close together, so each has a ring.
class WaitingRequests {
public:
    /// Takes out what `origin` asked in incarnations older than `incarnation`.
    [[nodiscard]] std::vector<WaitingRequest> take_older(NodeId origin, Incarnation incarnation);
    /// A place for `id`, or nullptr when it is too far from the origin's other requests here, or
    /// of an older incarnation than they are. An existing request is returned as it is.
    /// REQUIRES: nothing older is left (take_older).
    [[nodiscard]] WaitingRequest* add(const RequestId& id, std::uint64_t window);
    [[nodiscard]] WaitingRequest* find(const RequestId& id);
    void remove(const RequestId& id);
    /// Forgets what nobody here waits for.
    void remove_forwarded();
    void remove_client(ClientId client);
    [[nodiscard]] std::size_t size() const { return size_; }
    /// The lowest number that waits of `origin`, in that incarnation.
    [[nodiscard]] std::optional<std::uint64_t> lowest(NodeId origin, Incarnation incarnation) const;

    /// Calls `visit(WaitingRequest&)` for each, in order of origin and number.
    template <class F>
    void for_each(F visit) {
        for (OriginRequests& origin : origins_) {
            for (std::size_t i = 0; i < origin.requests.size(); ++i) {
                if (origin.requests[i].present) visit(origin.requests[i]);
            }
        }
    }

    bool operator==(const WaitingRequests&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    struct OriginRequests {
        NodeId id;
        Incarnation incarnation;
        std::uint64_t first{};
        Ring<WaitingRequest> requests;
        bool operator==(const OriginRequests&) const = default;
    };
    [[nodiscard]] OriginRequests* origin(NodeId id);
    template <class F>
    void remove_if(F unwanted);
    void tidy(OriginRequests& origin);

    std::vector<OriginRequests> origins_;  // Ascending by id; few are empty.
    std::size_t size_ = 0;
};

}  // namespace decree
