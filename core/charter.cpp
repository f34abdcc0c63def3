#include "core/charter.hpp"

#include <algorithm>
#include <utility>

namespace decree {

namespace {

bool ascend(const std::vector<Founder>& founders) {
    return std::ranges::adjacent_find(founders, std::ranges::greater_equal{}, &Founder::address) ==
           founders.end();
}

}  // namespace

std::optional<std::string> bad_charter(const Charter& charter) {
    if (charter.version != charter_version) {
        return "a founding record of version " + std::to_string(charter.version) +
               ", and this program reads " + std::to_string(charter_version);
    }
    if (charter.cluster == ClusterId{}) return "a founding record of no cluster";
    if (charter.founders.empty() || charter.founders.size() > max_voters) {
        return "a founding record of " + std::to_string(charter.founders.size()) + " founders";
    }
    const bool plausible = std::ranges::all_of(charter.founders, [](const Founder& founder) {
        return founder.node != NodeId{} && founder.address.size() <= max_address_bytes;
    });
    const Voters nodes = founders_of(charter);
    if (!plausible || !ascend(charter.founders) || nodes.size() != charter.founders.size()) {
        return "a founding record that names an address or a node twice, or nobody";
    }
    if (charter.settings.voters != nodes) {
        return "a founding record whose first voters are not its founders";
    }
    return std::nullopt;
}

Voters founders_of(const Charter& charter) {
    std::vector<NodeId> nodes;
    for (const Founder& founder : charter.founders) nodes.push_back(founder.node);
    return make_voters(std::move(nodes));
}

std::vector<std::string> addresses_of(const Charter& charter) {
    std::vector<std::string> addresses;
    for (const Founder& founder : charter.founders) addresses.push_back(founder.address);
    return addresses;
}

std::vector<std::string> ordered(std::vector<std::string> addresses) {
    std::ranges::sort(addresses);
    const auto same = std::ranges::unique(addresses);
    addresses.erase(same.begin(), same.end());
    return addresses;
}

std::vector<std::string> overruled(const Settings& given, const Settings& cluster) {
    std::vector<std::string> names;
    const auto compare = [&](const char* name, const auto& mine, const auto& theirs) {
        if (mine != theirs) names.emplace_back(name);
    };
    compare("quorums", given.quorums, cluster.quorums);
    compare("alpha", given.alpha, cluster.alpha);
    compare("command_bytes", given.command_bytes, cluster.command_bytes);
    compare("answer_bytes", given.answer_bytes, cluster.answer_bytes);
    compare("max_origins", given.max_origins, cluster.max_origins);
    compare("origin_window", given.origin_window, cluster.origin_window);
    compare("lease_us", given.lease_us, cluster.lease_us);
    return names;
}

}  // namespace decree
