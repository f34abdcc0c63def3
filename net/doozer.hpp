#pragma once

/// Doozer's requests and responses, with what Decree adds, and their bytes. WIRE.md has all of it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace decree::net {

/// No server takes a longer body of a request.
inline constexpr std::size_t longest_request_bytes = (1U << 20U) + 65536;

/// The numbers of verbs. 0, 4, 8, 10, 11, 12 and 13 are retired; from 30 on they are Decree's own.
enum class Verb : std::int32_t {
    Get = 1,
    Set = 2,
    Del = 3,
    Rev = 5,
    Wait = 6,
    Nop = 7,
    Walk = 9,
    GetDir = 14,
    Stat = 16,
    Self = 20,
    Transact = 30,
    OpenSession = 31,
    KeepAlive = 32,
    CloseSession = 33,
    Acquire = 34,
    Release = 35,
    Watch = 36,
    Cancel = 37,
    Configure = 38,
    Status = 40,
    Access = 99,
};

/// The numbers of errors that are not the store's own (store::code_number).
enum class ErrorCode : std::int32_t { UnknownVerb = 2, ReadOnly = 3, MissingArg = 7, Other = 127 };

/// Of a transaction: what must hold.
struct CompareField {
    std::optional<std::string> path;
    std::optional<std::int64_t> rev;
    bool subtree{};
    bool operator==(const CompareField&) const = default;
};
/// Of a transaction: what is then done.
struct WriteField {
    std::optional<std::string> path;
    std::optional<std::string> value;
    std::optional<std::int64_t> session;
    bool remove{};
    bool operator==(const WriteField&) const = default;
};

/// A setting of the cluster.
struct SettingField {
    std::optional<std::string> name;
    std::optional<std::int64_t> number;
    bool operator==(const SettingField&) const = default;
};

/// Fields that were not sent are none; the verb is 0 then.
struct Request {
    std::optional<std::int32_t> tag;
    std::int32_t verb{};  ///< A Verb, or any other number.
    std::optional<std::string> path;
    std::optional<std::string> value;
    std::optional<std::int32_t> other_tag;
    std::optional<std::int32_t> offset;
    std::optional<std::int64_t> rev;
    std::vector<CompareField> compares;
    std::vector<WriteField> writes;
    std::optional<std::int64_t> session;
    std::optional<std::int64_t> ttl_us;
    std::optional<std::int64_t> mark_every;
    bool local{};
    std::vector<SettingField> settings;
    std::optional<std::int64_t> patience_us;
    bool operator==(const Request&) const = default;
};

/// Only fields that are set are sent: clients test for their presence.
struct Response {
    std::optional<std::int32_t> tag;
    std::optional<std::int32_t> flags;
    std::optional<std::int64_t> rev;
    std::optional<std::string> path;
    std::optional<std::string> value;
    std::optional<std::int32_t> len;
    std::optional<std::int64_t> session;
    std::optional<std::int32_t> part;
    std::optional<std::int64_t> group;
    std::optional<std::int64_t> through;
    bool lock{};
    std::optional<std::int32_t> err_code;
    std::optional<std::string> err_detail;
    bool operator==(const Response&) const = default;
};

/// Nothing when the bytes are no such message. Fields that are not known are passed over.
[[nodiscard]] std::optional<Request> decode_request(std::string_view body);
[[nodiscard]] std::optional<Response> decode_response(std::string_view body);

/// Appends a whole frame.
void append_frame(const Request& request, std::string& out);
void append_frame(const Response& response, std::string& out);

/// Doozer's name of an error number; "error N" for one that has none.
[[nodiscard]] std::string error_name(std::int32_t code);

}  // namespace decree::net
