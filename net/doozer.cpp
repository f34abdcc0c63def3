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

CompareField to_field(doozer_wire::Compare& message) {
    CompareField field;
    if (message.has_path()) field.path = std::move(*message.mutable_path());
    if (message.has_rev()) field.rev = message.rev();
    field.subtree = message.subtree();
    return field;
}

WriteField to_field(doozer_wire::Write& message) {
    WriteField field;
    if (message.has_path()) field.path = std::move(*message.mutable_path());
    if (message.has_value()) field.value = std::move(*message.mutable_value());
    if (message.has_session()) field.session = message.session();
    field.remove = message.remove();
    return field;
}

SettingField to_field(doozer_wire::Setting& message) {
    SettingField field;
    if (message.has_name()) field.name = std::move(*message.mutable_name());
    if (message.has_number()) field.number = message.number();
    return field;
}

void fill(doozer_wire::Compare& message, const CompareField& field) {
    if (field.path) message.set_path(*field.path);
    if (field.rev) message.set_rev(*field.rev);
    if (field.subtree) message.set_subtree(true);
}

void fill(doozer_wire::Write& message, const WriteField& field) {
    if (field.path) message.set_path(*field.path);
    if (field.value) message.set_value(*field.value);
    if (field.session) message.set_session(*field.session);
    if (field.remove) message.set_remove(true);
}

void fill(doozer_wire::Setting& message, const SettingField& field) {
    if (field.name) message.set_name(*field.name);
    if (field.number) message.set_number(*field.number);
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
    if (message.has_other_tag()) request.other_tag = message.other_tag();
    if (message.has_offset()) request.offset = message.offset();
    if (message.has_rev()) request.rev = message.rev();
    for (auto& compare : *message.mutable_compares()) request.compares.push_back(to_field(compare));
    for (auto& write : *message.mutable_writes()) request.writes.push_back(to_field(write));
    if (message.has_session()) request.session = message.session();
    if (message.has_ttl_us()) request.ttl_us = message.ttl_us();
    if (message.has_mark_every()) request.mark_every = message.mark_every();
    request.local = message.local();
    for (auto& setting : *message.mutable_settings()) request.settings.push_back(to_field(setting));
    if (message.has_patience_us()) request.patience_us = message.patience_us();
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
    if (message.has_session()) response.session = message.session();
    if (message.has_part()) response.part = message.part();
    if (message.has_group()) response.group = message.group();
    if (message.has_through()) response.through = message.through();
    response.lock = message.lock();
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
    if (request.other_tag) message.set_other_tag(*request.other_tag);
    if (request.offset) message.set_offset(*request.offset);
    if (request.rev) message.set_rev(*request.rev);
    for (const CompareField& compare : request.compares) fill(*message.add_compares(), compare);
    for (const WriteField& write : request.writes) fill(*message.add_writes(), write);
    if (request.session) message.set_session(*request.session);
    if (request.ttl_us) message.set_ttl_us(*request.ttl_us);
    if (request.mark_every) message.set_mark_every(*request.mark_every);
    if (request.local) message.set_local(true);
    for (const SettingField& setting : request.settings) fill(*message.add_settings(), setting);
    if (request.patience_us) message.set_patience_us(*request.patience_us);
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
    if (response.session) message.set_session(*response.session);
    if (response.part) message.set_part(*response.part);
    if (response.group) message.set_group(*response.group);
    if (response.through) message.set_through(*response.through);
    if (response.lock) message.set_lock(true);
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
