#pragma once

/// What changes the store: the words of the log.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/store/answer.hpp"
#include "core/store/revision.hpp"
#include "core/store/settings.hpp"
#include "core/value.hpp"

namespace decree::store {

/// Doozer's SET: sets the file if its revision is at most `revision`, or that is `clobber`. With a
/// session, the file goes when that ends; without one it stays, also if it was a session's before.
struct Set {
    std::string path;
    Revision revision;
    Value value;
    SessionId session;
    bool operator==(const Set&) const = default;
};
/// Doozer's DEL. What is missing may be deleted: that is an event like any other.
struct Del {
    std::string path;
    Revision revision;
    bool operator==(const Del&) const = default;
};
/// Doozer's NOP: one revision.
struct Nop {
    bool operator==(const Nop&) const = default;
};

/// The file's revision is at most `revision`, or that is `clobber`; it is no directory.
struct CompareFile {
    std::string path;
    Revision revision;
    bool operator==(const CompareFile&) const = default;
};
/// Nothing at or below `path` has changed since `revision`.
struct CompareSubtree {
    std::string path;
    Revision revision;
    bool operator==(const CompareSubtree&) const = default;
};
using Compare = std::variant<CompareFile, CompareSubtree>;
struct PutFile {
    std::string path;
    Value value;
    SessionId session;
    bool operator==(const PutFile&) const = default;
};
struct RemoveFile {
    std::string path;
    bool operator==(const RemoveFile&) const = default;
};
using Write = std::variant<PutFile, RemoveFile>;
/// All compares hold, then all writes are done, each a revision; or nothing is.
struct Transact {
    std::vector<Compare> compares;
    std::vector<Write> writes;
    bool operator==(const Transact&) const = default;
};

/// Opens a session that ends `ttl_us` of cluster time after its last sign of life.
struct OpenSession {
    std::uint64_t ttl_us{};
    bool operator==(const OpenSession&) const = default;
};
struct KeepAlive {
    SessionId session;
    bool operator==(const KeepAlive&) const = default;
};
/// Ends a session now. Its files go, its locks without delay.
struct CloseSession {
    SessionId session;
    bool operator==(const CloseSession&) const = default;
};
/// Makes the file a lock that `session` holds; the answer's revision is the token. Refused while
/// somebody else has the file, and for the lock delay after a holder's session expired.
struct Acquire {
    std::string path;
    SessionId session;
    Value value;
    bool operator==(const Acquire&) const = default;
};
/// Gives a lock back, without delay.
struct Release {
    std::string path;
    SessionId session;
    bool operator==(const Release&) const = default;
};

/// Other settings from here on. Refused where names differ, or what bad_store() says.
struct Configure {
    StoreSettings settings;
    bool operator==(const Configure&) const = default;
};
/// Forgets an origin of requests.
struct ForgetOrigin {
    NodeId origin;
    bool operator==(const ForgetOrigin&) const = default;
};

/// New ones come last: the number of each is its wire form.
using StoreCommand = std::variant<Set, Del, Nop, Transact, OpenSession, KeepAlive, CloseSession,
                                  Acquire, Release, Configure, ForgetOrigin>;

/// The version that a command begins with.
inline constexpr std::uint64_t command_version = 1;

[[nodiscard]] Value encode_command(const StoreCommand& command);
[[nodiscard]] std::expected<StoreCommand, BadBytes> decode_command(Bytes bytes);

/// What is wrong with a command, whatever the state: a path that is none, a limit of size. A node
/// looks before it proposes; what is refused so takes no revision, here or at apply.
[[nodiscard]] std::optional<Refusal> check(const StoreCommand& command,
                                           const StoreSettings& settings, const Settings& cluster);
/// What is wrong with a path that is to be written.
[[nodiscard]] std::optional<Refusal> check_path(const std::string& path,
                                                const StoreSettings& settings);

}  // namespace decree::store
