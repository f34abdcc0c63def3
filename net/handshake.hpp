#pragma once

/// How two nodes make sure of each other before they talk: version, cluster, who it is, that it is
/// not a copy, and that both know the cluster's secret. Nothing here knows a socket.
///
/// Who was dialled speaks first (Greeting), then who dialled (Introduction), then who was dialled
/// again (Verdict). The secret itself never travels: each side shows a code that only who knows the
/// secret can make of what both have drawn at random. What follows on the connection is neither
/// signed nor hidden.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>

#include "core/codec.hpp"
#include "core/ids.hpp"

namespace decree::net {

/// One run of a node's program.
struct Life {
    NodeId node;
    std::uint64_t start{};    ///< Which start of this node it is; durable before it is said.
    std::uint64_t process{};  ///< Drawn at the start.
    bool operator==(const Life&) const = default;
};

/// What a node says of itself.
struct PeerIdentity {
    Life life;
    std::string cluster;
    ClusterId id;         ///< Of the cluster that it is a member of; 0: of none yet.
    std::string address;  ///< Where it wants to be dialled.
    std::string secret;   ///< The same at all nodes; empty: whoever has none, too, is believed.
};

struct Greeting {
    std::string program;
    std::uint64_t version{};
    std::string cluster;
    ClusterId id;
    Life life;
    std::string address;
    ByteBuffer drawn;
    bool operator==(const Greeting&) const = default;
};

struct Introduction {
    Greeting self;
    ByteBuffer proof;
    bool operator==(const Introduction&) const = default;
};

struct Verdict {
    std::string refusal;  ///< Empty: welcome.
    ByteBuffer proof;
    bool operator==(const Verdict&) const = default;
};

/// The longest of the three, encoded.
inline constexpr std::size_t longest_handshake = 4096;

/// Says who one is. Draws anew at each call.
[[nodiscard]] Greeting greet(const PeerIdentity& self);
/// The answer to a greeting; or why this is nobody to talk to, for a person.
[[nodiscard]] std::expected<Introduction, std::string> introduce(const PeerIdentity& self,
                                                                 const Greeting& heard);
/// The answer to an introduction that followed on `said`: a refusal says why, to both sides.
[[nodiscard]] Verdict judge(const PeerIdentity& self, const Greeting& said,
                            const Introduction& heard);
/// Whether the other side has shown that it knows the secret, too; or why not.
[[nodiscard]] std::expected<void, std::string> believe(const PeerIdentity& self,
                                                       const Greeting& heard,
                                                       const Introduction& said,
                                                       const Verdict& verdict);

}  // namespace decree::net
