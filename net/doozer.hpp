#pragma once

/// Doozer's requests and responses, and their bytes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace decree::net {

/// The numbers of verbs. 0, 4, 8, 10, 11, 12 and 13 are retired.
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
    Status = 40,
    Access = 99,
};

/// The numbers of errors that are not the store's own (store::code_number).
enum class ErrorCode : std::int32_t { UnknownVerb = 2, MissingArg = 7, Other = 127 };

/// Fields that were not sent are none; the verb is 0 then.
struct Request {
    std::optional<std::int32_t> tag;
    std::int32_t verb{};  ///< A Verb, or any other number.
    std::optional<std::string> path;
    std::optional<std::string> value;
    std::optional<std::int32_t> offset;
    std::optional<std::int64_t> rev;
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
