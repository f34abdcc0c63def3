#include "net/cluster_plan.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/codec.hpp"
#include "traces/file.hpp"

namespace decree::net {
namespace {

constexpr std::string_view format_line = "decree cluster, format 1\n";

}  // namespace

ClusterPlan make_plan(const std::string& name, const store::StoreSettings& store,
                      std::vector<Member> members) {
    ClusterPlan plan;
    plan.name = name;
    plan.store = store;
    plan.settings.command_bytes = static_cast<std::uint32_t>(store::longest_write(store.limits));
    // Each node is one origin: for all clients that bring no identity, which is all of Doozer's.
    plan.settings.origin_window = 4096;
    for (const Member& member : members) plan.settings.voters.push_back(member.node);
    plan.settings.voters = make_voters(std::move(plan.settings.voters));
    plan.members = std::move(members);
    return plan;
}

std::expected<ClusterPlan, std::string> keep_plan(const std::string& folder,
                                                  const ClusterPlan& fresh) {
    const std::string path = folder + "/cluster";
    std::error_code none;
    if (!std::filesystem::exists(path, none)) {
        ByteBuffer bytes;
        Encoder out(bytes);
        out.put_raw(as_bytes(format_line));
        out.put(fresh);
        if (const auto kept = traces::write_file(path, bytes); !kept) {
            return std::unexpected(kept.error());
        }
        return fresh;
    }
    const auto bytes = traces::read_file(path);
    if (!bytes) return std::unexpected(bytes.error());
    std::string_view text = as_text(*bytes);
    const auto broken = [&](std::string_view what) {
        return std::unexpected(fmt::format(
            "cannot use {}: {}; put back the file from a copy, or start with an empty folder as a "
            "new node",
            path, what));
    };
    if (!text.starts_with(format_line)) return broken("it is of another format");
    auto plan = decode<ClusterPlan>(as_bytes(text.substr(format_line.size())));
    if (!plan) return broken(plan.error().what);
    return *std::move(plan);
}

}  // namespace decree::net
