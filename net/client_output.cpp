#include "net/client_output.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace decree::net {

void print(const boost::json::object& object) {
    print(boost::json::serialize(object) + "\n");
    static_cast<void>(flush_output());
}

void put_bytes(boost::json::object& object, std::string_view name, const std::string& bytes) {
    // The parser refuses what is no UTF-8; the serializer lets it pass.
    boost::system::error_code bad;
    static_cast<void>(boost::json::parse(boost::json::serialize(boost::json::string(bytes)), bad));
    if (!bad) {
        object[name] = bytes;
        return;
    }
    std::string digits;
    for (const char byte : bytes) {
        digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    object[std::string(name) + "_hex"] = digits;
}

std::string_view event_kind(const Response& event) {
    const std::int32_t flags = event.flags.value_or(0);
    return flags == 4 ? "set" : flags == 8 ? "del" : "";
}

void print_event(const Response& event) {
    const std::string value = event.value.value_or("");
    print(fmt::format("{} {} {} {}\n", event.path.value_or(""), event.rev.value_or(0),
                      event_kind(event), value.size()));
    print(value + "\n");
    static_cast<void>(flush_output());
}

void print_event_json(const Response& event) {
    boost::json::object object;
    object["path"] = event.path.value_or("");
    object["rev"] = event.rev.value_or(0);
    object["group"] = event.group.value_or(event.rev.value_or(0));
    const std::string_view kind = event_kind(event);
    object["kind"] = kind.empty() ? "nop" : kind;
    if (kind == "set") put_bytes(object, "value", event.value.value_or(""));
    print(object);
}

}  // namespace decree::net
