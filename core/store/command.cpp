#include "core/store/command.hpp"

#include "core/overload.hpp"
#include "core/store/electorate.hpp"
#include "core/store/machines.hpp"

namespace decree::store {

Value encode_command(const StoreCommand& command) {
    ByteBuffer bytes;
    bytes.reserve(1024);  // Most commands fit, so there is one allocation.
    Encoder out(bytes);
    out.put_varint(command_version);
    out.put(command);
    return Value(Bytes(bytes));
}

std::expected<StoreCommand, BadBytes> decode_command(Bytes bytes) {
    Decoder in(bytes);
    if (in.get_varint() != command_version && in.ok()) in.fail("a command of version 1");
    auto command = in.get<StoreCommand>();
    if (in.ok() && !in.at_end()) in.fail("the end");
    if (!in.ok()) return std::unexpected(in.error());
    return command;
}

std::optional<Refusal> check_path(const std::string& path, const StoreSettings& settings) {
    const Limits& limits = settings.limits;
    if (path.size() > limits.path_bytes) {
        return other("path exceeds " + std::to_string(limits.path_bytes) + " bytes");
    }
    if (!is_path(path, settings.names)) return plain(Code::BadPath);
    if (path_depth(path) > limits.path_depth) {
        return other("path exceeds " + std::to_string(limits.path_depth) + " names");
    }
    return std::nullopt;
}

namespace {

std::optional<Refusal> check_value(const Value& value, const Limits& limits) {
    if (value.size() <= limits.value_bytes) return std::nullopt;
    return other("value exceeds " + std::to_string(limits.value_bytes) + " bytes");
}

// A slot of /ctl/cal that a session took along would be a voter gone, unasked.
std::optional<Refusal> check_binding(const std::string& path, SessionId session) {
    if (session == no_session || (!touches_slots(path) && path != error_path)) return std::nullopt;
    return other("this file belongs to no session");
}

std::optional<Refusal> check_file(const auto& write, const StoreSettings& settings) {
    if (auto refusal = check_path(write.path, settings)) return refusal;
    if (auto refusal = check_binding(write.path, write.session)) return refusal;
    return check_value(write.value, settings.limits);
}

std::optional<Refusal> check_parts(const Transact& transact, const StoreSettings& settings) {
    const std::uint32_t most = settings.limits.transaction_parts;
    if (transact.compares.size() + transact.writes.size() > most) {
        return other("transaction exceeds " + std::to_string(most) + " parts");
    }
    for (const Compare& compare : transact.compares) {
        const std::string& path =
            std::visit([](const auto& c) -> const std::string& { return c.path; }, compare);
        if (auto refusal = check_path(path, settings)) return refusal;
    }
    for (const Write& write : transact.writes) {
        auto refusal = std::visit(
            Overload{[&](const PutFile& put) { return check_file(put, settings); },
                     [&](const RemoveFile& remove) { return check_path(remove.path, settings); }},
            write);
        if (refusal) return refusal;
    }
    return std::nullopt;
}

std::optional<Refusal> check_ttl(const OpenSession& open, const StoreSettings& settings) {
    if (settings.shortest_session_us <= open.ttl_us && open.ttl_us <= settings.longest_session_us) {
        return std::nullopt;
    }
    return other("a session lasts " + std::to_string(settings.shortest_session_us) + " to " +
                 std::to_string(settings.longest_session_us) + " us");
}

std::optional<Refusal> check_new_settings(const StoreSettings& wanted, const StoreSettings& present,
                                          const Settings& cluster) {
    if (wanted.names != present.names) {
        return other("names are fixed for the cluster's life");
    }
    if (auto bad = bad_store(cluster, wanted)) {
        return other(*std::move(bad));
    }
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> check(const StoreCommand& command, const StoreSettings& settings,
                             const Settings& cluster) {
    using None = std::optional<Refusal>;
    return std::visit(
        Overload{
            [&](const Set& set) { return check_file(set, settings); },
            [&](const Del& del) { return check_path(del.path, settings); },
            [](const Nop&) { return None{}; },
            [&](const Transact& transact) { return check_parts(transact, settings); },
            [&](const OpenSession& open) { return check_ttl(open, settings); },
            [](const KeepAlive&) { return None{}; },
            [](const CloseSession&) { return None{}; },
            [&](const Acquire& acquire) { return check_file(acquire, settings); },
            [&](const Release& release) { return check_path(release.path, settings); },
            [&](const Configure& c) { return check_new_settings(c.settings, settings, cluster); },
            [](const ForgetOrigin&) { return None{}; },
        },
        command);
}

}  // namespace decree::store
