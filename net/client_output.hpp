#pragma once

/// What client verbs print, for people and for programs.

#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "net/doozer.hpp"
#include "net/standard_streams.hpp"

namespace decree::net {

/// One line of JSON, at once.
void print(const boost::json::object& object);

/// Sets `object[name]`, or, where the bytes are no UTF-8, `object[name_hex]`.
void put_bytes(boost::json::object& object, std::string_view name, const std::string& bytes);

/// "set", "del", or "" for a no-op, of an event's flags.
[[nodiscard]] std::string_view event_kind(const Response& event);
/// An event as Doozer's client prints it: a line that says what, then the value.
void print_event(const Response& event);
void print_event_json(const Response& event);

}  // namespace decree::net
