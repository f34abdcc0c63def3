#include "net/configure_command.hpp"

#include <sstream>

#include <boost/json.hpp>

#include "net/client_output.hpp"
#include "net/cluster_settings.hpp"
#include "net/standard_streams.hpp"

namespace decree::net {
namespace {

void print_settings(const std::string& lines, bool json) {
    if (!json) return print(lines);
    boost::json::object object;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) {
        if (const auto field = parse_setting(line)) object[*field->name] = *field->number;
    }
    print(object);
}

}  // namespace

std::expected<void, Refused> configure(ClusterClient& cluster,
                                       const std::vector<std::string>& words, bool json) {
    Request request;
    request.verb = static_cast<std::int32_t>(Verb::Configure);
    auto fields = parse_settings(words);
    if (!fields) return std::unexpected(plain_failure(fields.error()));
    request.settings = *std::move(fields);
    const Answered answer = cluster.call(request);
    if (!answer) return std::unexpected(answer.error());
    if (words.empty()) {
        print_settings(answer->value.value_or(""), json);
    } else if (json) {
        print(boost::json::object{});
    }
    return {};
}

}  // namespace decree::net
