#include "net/cluster_view.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "net/clock.hpp"
#include "net/cluster_client.hpp"
#include "net/doozer.hpp"
#include "net/uri.hpp"

namespace decree::net {
namespace {

// Who lacks no more slots than this follows closely enough to vote.
constexpr std::uint64_t close_behind = 256;
// One node that does not answer holds up the others' answers no longer.
constexpr std::uint64_t longest_ask = 3'000'000;

Refused failure(std::string text) { return {.text = std::move(text), .code = {}, .late = false}; }

std::expected<NodeStatus, Refused> status_in(const Answered& answer, const std::string& address) {
    if (!answer) return std::unexpected(answer.error());
    auto status = parse_status(answer->value.value_or(""));
    if (!status) return std::unexpected(failure(address + ": " + status.error()));
    return *std::move(status);
}

Request ask_status() {
    Request question;
    question.verb = static_cast<std::int32_t>(Verb::Status);
    return question;
}

std::expected<NodeStatus, Refused> ask(const std::string& address, const std::string& secret,
                                       std::uint64_t patience) {
    auto client = Client::connect({address}, patience);
    if (!client) return std::unexpected(client.error());
    if (!secret.empty()) {
        Request access;
        access.verb = static_cast<std::int32_t>(Verb::Access);
        access.value = secret;
        if (const auto granted = client->call(std::move(access), patience); !granted) {
            return std::unexpected(granted.error());
        }
    }
    return status_in(client->call(ask_status(), patience), address);
}

std::expected<DoozerUri, Refused> read_uri(const std::string& text, const std::string& boot) {
    auto uri = parse_uri(text);
    const bool looked_up = uri && !uri->cluster.empty() && !boot.empty();
    if (looked_up || (uri && !uri->addresses.empty())) return *std::move(uri);
    return std::unexpected(
        failure(fmt::format("'{}': write doozer:?ca=HOST:PORT, with &ca=... for further "
                            "addresses",
                            text)));
}

/// Of these addresses: a node that is in no cluster yet knows nothing of the others.
std::expected<NodeStatus, Refused> ask_a_member(ClusterClient& cluster, std::size_t addresses,
                                                Time end) {
    auto first = status_in(cluster.call(ask_status()), cluster.address());
    for (std::size_t asked = 1; asked < addresses && time_now() < end; ++asked) {
        if (!first || !first->cluster.id.empty()) break;
        cluster.leave();
        auto other = status_in(cluster.call(ask_status()), cluster.address());
        if (other && !other->cluster.id.empty()) return other;
    }
    return first;
}

/// Who knows best what the cluster is.
const NodeStatus& newest(const std::vector<AskedNode>& nodes, const NodeStatus& first) {
    const NodeStatus* best = &first;
    for (const AskedNode& node : nodes) {
        if (!node.status || node.status->cluster.id != first.cluster.id) continue;
        if (node.status->log.applied > best->log.applied) best = &*node.status;
    }
    return *best;
}

std::vector<AskedNode> ask_all(const std::vector<ListedNode>& listed, const NodeStatus& first,
                               const std::string& secret, std::uint64_t patience) {
    std::vector<std::future<std::expected<NodeStatus, Refused>>> answers;
    answers.reserve(listed.size());
    for (const ListedNode& node : listed) {
        answers.push_back(std::async(std::launch::async, [&node, &secret, patience] {
            return ask(node.client, secret, patience);
        }));
    }
    std::vector<AskedNode> nodes;
    for (std::size_t i = 0; i < listed.size(); ++i) {
        AskedNode& asked = nodes.emplace_back(listed[i], std::unexpected(std::string()));
        auto answer = answers[i].get();
        if (listed[i].id == first.node) {
            asked.status = first;  // Its address may be one that is of use elsewhere only.
        } else if (!answer) {
            asked.status = std::unexpected(answer.error().text);
        } else if (answer->node != listed[i].id) {
            asked.status = std::unexpected(
                fmt::format("node {} answers at {}", answer->node, listed[i].client));
        } else {
            asked.status = *std::move(answer);
        }
    }
    return nodes;
}

std::size_t majority(std::size_t voters) { return voters / 2 + 1; }

// Why a node is not with the leader whom most voters follow.
std::optional<std::string> strays(const ClusterView& view, std::string_view node,
                                  const std::string& leader) {
    const std::string most = view.leader();
    if (leader.empty()) return "it follows no leader";
    if (leader == most) return std::nullopt;
    const std::string does = leader == node ? "leads" : "follows " + leader;
    if (!most.empty()) return fmt::format("it {}, while the others follow {}", does, most);
    return fmt::format("it {}, though no majority follows {}", does,
                       leader == node ? "it" : "that one");
}

// Who of these could not work, each with the reason.
std::vector<std::string> unfit_of(const ClusterView& view, const std::vector<std::string>& nodes) {
    std::vector<std::string> all;
    for (const std::string& node : nodes) {
        if (const auto why = view.unfit(node)) all.push_back(fmt::format("{} ({})", node, *why));
    }
    return all;
}

}  // namespace

std::expected<ClusterView, Refused> look_at_cluster(const Where& where) {
    const auto uri = read_uri(where.uri, where.boot);
    if (!uri) return std::unexpected(uri.error());
    const Time end = time_now() + where.patience;
    auto cluster = ClusterClient::find(where.uri, where.boot, where.patience);
    if (!cluster) return std::unexpected(cluster.error());
    const auto first = ask_a_member(*cluster, uri->addresses.size(), end);
    if (!first) return std::unexpected(first.error());
    std::vector<ListedNode> listed = first->cluster.nodes;
    if (std::ranges::find(listed, first->node, &ListedNode::id) == listed.end()) {
        listed.push_back({.id = first->node, .client = {}, .peer = {}, .slot = {}});
    }
    ClusterView view;
    view.nodes = ask_all(listed, *first, uri->secret, std::min(left(end), longest_ask));
    const NodeStatus& best = newest(view.nodes, *first);
    view.cluster = best.cluster;
    view.revision = best.log.revision;
    std::ranges::sort(view.nodes, {}, [&](const AskedNode& node) {
        const std::string& slot = node.listed.slot;  // 10 stands behind 9.
        return std::tuple(!view.votes(node.listed.id), slot.size(), slot, node.listed.id);
    });
    return view;
}

const AskedNode* ClusterView::find(std::string_view node) const {
    const auto found = std::ranges::find_if(
        nodes, [&](const AskedNode& asked) { return asked.listed.id == node; });
    return found == nodes.end() ? nullptr : &*found;
}

bool ClusterView::votes(std::string_view node) const {
    return std::ranges::find(cluster.voters, node) != cluster.voters.end();
}

std::uint64_t ClusterView::chosen() const {
    std::uint64_t highest = 0;
    for (const AskedNode& node : nodes) {
        if (node.status) highest = std::max(highest, node.status->log.chosen);
    }
    return highest;
}

std::string ClusterView::leader() const {
    std::map<std::string, std::size_t> followers;
    for (const std::string& voter : cluster.voters) {
        const AskedNode* const node = find(voter);
        if (node == nullptr || !node->status || node->status->log.leader.empty()) continue;
        const std::string& named = node->status->log.leader;
        if (++followers[named] >= majority(cluster.voters.size())) return named;
    }
    return {};
}

std::optional<std::string> ClusterView::unfit(std::string_view node) const {
    const AskedNode* const asked = find(node);
    if (asked == nullptr) return "the cluster does not know it";
    if (!asked->status) return asked->status.error();
    const NodeStatus& status = *asked->status;
    if (status.cluster.id.empty()) return "it is in no cluster yet";
    if (status.cluster.id != cluster.id) return "it is in another cluster";
    if (votes(node) && status.standing != "voter") return "it does not know yet that it votes";
    if (auto why = strays(*this, node, status.log.leader)) return why;
    if (status.log.unrecognized) return "the others have not recognized it since it started";
    if (status.log.in_doubt) return "its disk may have forgotten votes, which it makes up for";
    const std::uint64_t lag = chosen() - status.log.applied;
    if (lag > close_behind) return fmt::format("it is {} slots behind", lag);
    return std::nullopt;
}

std::optional<std::string> loses_quorum(const ClusterView& view, const VoterChange& change) {
    const std::vector<std::string>& before = view.cluster.voters;
    std::vector<std::string> after = before;
    std::erase(after, change.out);
    if (!change.in.empty()) after.push_back(change.in);
    if (after.empty()) return "no voter would be left";
    if (view.cluster.change_pending) {
        return "an earlier change of voters is not in force yet: ask again in a moment";
    }
    const auto lacking = [&](const std::vector<std::string>& voters, std::string_view what) {
        const std::vector<std::string> unfit = unfit_of(view, voters);
        const std::size_t fit = voters.size() - unfit.size();
        std::optional<std::string> why;
        if (fit >= majority(voters.size())) return why;
        return std::optional(
            fmt::format("{} {} voters, of which {} must work, and {} would: not {}", what,
                        voters.size(), majority(voters.size()), fit, fmt::join(unfit, ", ")));
    };
    if (auto why = lacking(before, "no quorum agrees to anything now: there are")) return why;
    return lacking(after, "the quorum would be lost: there would be");
}

}  // namespace decree::net
