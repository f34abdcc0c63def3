#include "net/verbs.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/contract.hpp"
#include "net/cluster_settings.hpp"

namespace decree::net {

std::optional<Verb> known_verb(std::int32_t number) {
    switch (const Verb verb{number}) {
    case Verb::Get:
    case Verb::Set:
    case Verb::Del:
    case Verb::Rev:
    case Verb::Wait:
    case Verb::Nop:
    case Verb::Walk:
    case Verb::GetDir:
    case Verb::Stat:
    case Verb::Self:
    case Verb::Transact:
    case Verb::OpenSession:
    case Verb::KeepAlive:
    case Verb::CloseSession:
    case Verb::Acquire:
    case Verb::Release:
    case Verb::Watch:
    case Verb::Cancel:
    case Verb::Configure:
    case Verb::Status:
    case Verb::Access:
        return verb;
    }
    return std::nullopt;
}

Right needed_right(Verb verb) {
    switch (verb) {
    case Verb::Rev:
    case Verb::Self:
    case Verb::Cancel:
    case Verb::Access:
        return Right::None;
    case Verb::Get:
    case Verb::Wait:
    case Verb::Walk:
    case Verb::GetDir:
    case Verb::Stat:
    case Verb::Watch:
    case Verb::Status:
        return Right::Read;
    case Verb::Set:
    case Verb::Del:
    case Verb::Nop:
    case Verb::Transact:
    case Verb::OpenSession:
    case Verb::KeepAlive:
    case Verb::CloseSession:
    case Verb::Acquire:
    case Verb::Release:
    case Verb::Configure:
        return Right::Write;
    }
    return Right::Write;
}

Right needed_right(Verb verb, const Request& request) {
    const bool only_tells = verb == Verb::Configure && request.settings.empty();
    return only_tells ? Right::Read : needed_right(verb);
}

bool lacks_argument(Verb verb, const Request& request) {
    switch (verb) {
    case Verb::Get:
        return !request.path;
    case Verb::Set:
    case Verb::Del:
    case Verb::Wait:
    case Verb::Watch:
        return !request.path || !request.rev;
    case Verb::Walk:
    case Verb::GetDir:
        return !request.path || !request.offset;
    case Verb::Transact:
        return std::ranges::any_of(request.compares,
                                   [](const auto& part) { return !part.path || !part.rev; }) ||
               std::ranges::any_of(request.writes, [](const auto& part) { return !part.path; });
    case Verb::OpenSession:
        return !request.ttl_us;
    case Verb::KeepAlive:
    case Verb::CloseSession:
        return !request.session;
    case Verb::Acquire:
    case Verb::Release:
        return !request.path || !request.session;
    case Verb::Cancel:
        return !request.other_tag;
    case Verb::Configure:
        return std::ranges::any_of(
            request.settings, [](const auto& setting) { return !setting.name || !setting.number; });
    default:
        return false;
    }
}

namespace {

// A number below 0 is that of no session.
store::SessionId to_session(std::optional<std::int64_t> number) {
    return number ? store::SessionId{static_cast<std::uint64_t>(*number)} : store::no_session;
}

std::int64_t to_field(store::SessionId session) { return static_cast<std::int64_t>(session.value); }

Value to_value(const std::optional<std::string>& text) {
    return text ? Value(as_bytes(*text)) : Value();
}

store::StoreCommand to_configure(const Request& request, const store::StoreSettings& present) {
    store::Configure configure{present};
    for (const SettingField& setting : request.settings) {
        static_cast<void>(change_setting(configure.settings, setting));
    }
    return configure;
}

store::StoreCommand to_transact(Request request) {
    store::Transact transact;
    for (CompareField& part : request.compares) {
        const store::Revision revision{*part.rev};
        if (part.subtree) {
            transact.compares.emplace_back(
                store::CompareSubtree{.path = *std::move(part.path), .revision = revision});
        } else {
            transact.compares.emplace_back(
                store::CompareFile{.path = *std::move(part.path), .revision = revision});
        }
    }
    for (WriteField& part : request.writes) {
        if (part.remove) {
            transact.writes.emplace_back(store::RemoveFile{.path = *std::move(part.path)});
        } else {
            transact.writes.emplace_back(store::PutFile{.path = *std::move(part.path),
                                                        .value = to_value(part.value),
                                                        .session = to_session(part.session)});
        }
    }
    return transact;
}

}  // namespace

store::StoreCommand to_command(Verb verb, Request request, const store::StoreSettings& present) {
    const store::SessionId session = to_session(request.session);
    std::string path = std::move(request.path).value_or(std::string{});
    switch (verb) {
    case Verb::Set:
        return store::Set{.path = std::move(path),
                          .revision = store::Revision{*request.rev},
                          .value = to_value(request.value),
                          .session = session};
    case Verb::Del:
        return store::Del{.path = std::move(path), .revision = store::Revision{*request.rev}};
    case Verb::Transact:
        return to_transact(std::move(request));
    case Verb::OpenSession:
        return store::OpenSession{static_cast<std::uint64_t>(*request.ttl_us)};
    case Verb::KeepAlive:
        return store::KeepAlive{session};
    case Verb::CloseSession:
        return store::CloseSession{session};
    case Verb::Acquire:
        return store::Acquire{
            .path = std::move(path), .session = session, .value = to_value(request.value)};
    case Verb::Release:
        return store::Release{.path = std::move(path), .session = session};
    case Verb::Configure:
        return to_configure(request, present);
    default:
        return store::Nop{};
    }
}

store::StoreQuery to_query(Verb verb, Request request) {
    store::At at;
    if (request.rev) at = store::Revision{*request.rev};
    std::string path = std::move(request.path).value_or(std::string{});
    const std::int64_t offset = request.offset.value_or(0);
    switch (verb) {
    case Verb::Get:
        return store::Get{.path = std::move(path), .at = at};
    case Verb::Stat:
        return store::Stat{.path = std::move(path), .at = at};
    case Verb::GetDir:
        return store::GetDir{.path = std::move(path), .offset = offset, .at = at};
    case Verb::Walk:
        return store::Walk{.glob = std::move(path), .offset = offset, .at = at};
    default:
        return store::Rev{};
    }
}

Response to_response(const store::Refusal& refusal) {
    Response response;
    response.err_code = static_cast<std::int32_t>(store::code_number(refusal.code));
    if (refusal.code == store::Code::Other) response.err_detail = refusal.detail;
    return response;
}

Response to_response(Verb verb, const store::CommandAnswer& answer) {
    if (answer.code != store::Code::Ok) {
        Response response = to_response({.code = answer.code, .detail = answer.detail});
        if (answer.part) response.part = static_cast<std::int32_t>(*answer.part);
        return response;
    }
    Response response;
    const bool tells = verb == Verb::Set || verb == Verb::Transact || verb == Verb::Acquire ||
                       verb == Verb::Release;
    if (tells) response.rev = answer.revision.value;
    if (verb == Verb::OpenSession) {
        response.session = to_field(answer.session);
    }
    return response;
}

Response to_response(Verb verb, const store::QueryAnswer& answer) {
    if (answer.code != store::Code::Ok) {
        return to_response({.code = answer.code, .detail = answer.detail});
    }
    Response response;
    if (verb == Verb::Rev) {
        response.rev = answer.revision.value;
        return response;
    }
    ENSURE(!answer.entries.empty(), "an answer that is no refusal has an entry");
    const store::Entry& entry = answer.entries.front();
    if (verb == Verb::GetDir) {
        response.path = entry.path;
        return response;
    }
    response.rev = entry.revision.value;
    if (verb == Verb::Stat) {
        response.len = static_cast<std::int32_t>(entry.length);
    } else {
        response.value = std::string(as_text(entry.value.bytes()));
    }
    if (verb == Verb::Walk) {
        response.flags = static_cast<std::int32_t>(store::event_flags(store::EventKind::Set));
        response.path = entry.path;
    } else if (entry.session != store::no_session) {
        response.session = to_field(entry.session);
        response.lock = entry.lock;
    }
    return response;
}

Response to_response(Verb verb, const store::Event& event) {
    Response response;
    response.flags = static_cast<std::int32_t>(store::event_flags(event.kind));
    response.rev = event.revision.value;
    response.path = event.path;
    response.value = std::string(as_text(event.value.bytes()));
    if (verb == Verb::Watch) response.group = event.group.value;
    return response;
}

}  // namespace decree::net
