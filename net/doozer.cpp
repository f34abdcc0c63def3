#include "net/doozer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <doozer.pb.h>
#include <fmt/format.h>

#include "net/frames.hpp"

namespace decree::net {
namespace {

template <class Message>
bool parse(Message& message, std::string_view body) {
    return message.ParseFromArray(body.data(), static_cast<int>(body.size()));
}

template <class Message>
void append(const Message& message, std::string& out) {
    const std::size_t size = message.ByteSizeLong();
    const std::size_t at = out.size();
    out.resize(at + frame_head_bytes + size);
    put_frame_head(out.data() + at, static_cast<std::uint32_t>(size));
    auto* const body = reinterpret_cast<std::uint8_t*>(out.data() + at + frame_head_bytes);
    static_cast<void>(message.SerializeWithCachedSizesToArray(body));
}

}  // namespace

std::optional<Request> decode_request(std::string_view body) {
    doozer_wire::Request message;
    if (!parse(message, body)) return std::nullopt;
    Request request;
    request.verb = message.verb();
    if (message.has_tag()) request.tag = message.tag();
    if (message.has_path()) request.path = std::move(*message.mutable_path());
    if (message.has_value()) request.value = std::move(*message.mutable_value());
    if (message.has_offset()) request.offset = message.offset();
    if (message.has_rev()) request.rev = message.rev();
    return request;
}

std::optional<Response> decode_response(std::string_view body) {
    doozer_wire::Response message;
    if (!parse(message, body)) return std::nullopt;
    Response response;
    if (message.has_tag()) response.tag = message.tag();
    if (message.has_flags()) response.flags = message.flags();
    if (message.has_rev()) response.rev = message.rev();
    if (message.has_path()) response.path = std::move(*message.mutable_path());
    if (message.has_value()) response.value = std::move(*message.mutable_value());
    if (message.has_len()) response.len = message.len();
    if (message.has_err_code()) response.err_code = message.err_code();
    if (message.has_err_detail()) response.err_detail = std::move(*message.mutable_err_detail());
    return response;
}

void append_frame(const Request& request, std::string& out) {
    doozer_wire::Request message;
    message.set_verb(request.verb);
    if (request.tag) message.set_tag(*request.tag);
    if (request.path) message.set_path(*request.path);
    if (request.value) message.set_value(*request.value);
    if (request.offset) message.set_offset(*request.offset);
    if (request.rev) message.set_rev(*request.rev);
    append(message, out);
}

void append_frame(const Response& response, std::string& out) {
    doozer_wire::Response message;
    if (response.tag) message.set_tag(*response.tag);
    if (response.flags) message.set_flags(*response.flags);
    if (response.rev) message.set_rev(*response.rev);
    if (response.path) message.set_path(*response.path);
    if (response.value) message.set_value(*response.value);
    if (response.len) message.set_len(*response.len);
    if (response.err_code) message.set_err_code(*response.err_code);
    if (response.err_detail) message.set_err_detail(*response.err_detail);
    append(message, out);
}

std::string error_name(std::int32_t code) {
    static constexpr std::array<std::pair<std::int32_t, std::string_view>, 12> names{{
        {1, "TAG_IN_USE"},
        {2, "UNKNOWN_VERB"},
        {3, "READONLY"},
        {4, "TOO_LATE"},
        {5, "REV_MISMATCH"},
        {6, "BAD_PATH"},
        {7, "MISSING_ARG"},
        {8, "RANGE"},
        {20, "NOTDIR"},
        {21, "ISDIR"},
        {22, "NOENT"},
        {127, "OTHER"},
    }};
    const auto* const found = std::find_if(names.begin(), names.end(),
                                           [&](const auto& name) { return name.first == code; });
    return found == names.end() ? fmt::format("error {}", code) : std::string(found->second);
}

}  // namespace decree::net
