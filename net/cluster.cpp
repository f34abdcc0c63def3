#include "net/cluster.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/codec.hpp"
#include "net/cluster_settings.hpp"
#include "net/folder.hpp"
#include "traces/file.hpp"

namespace decree::net {
namespace {

constexpr std::string_view cluster_format = "decree cluster, format 2\n";

std::string cluster_file(const std::string& folder) { return folder + "/cluster"; }

}  // namespace

store::StoreSettings store_settings(const ClusterOptions& options) {
    store::StoreSettings settings;
    settings.history = options.history.value_or(settings.history);
    settings.names = options.names.value_or(settings.names);
    for (const SettingField& limit : options.limits) {
        static_cast<void>(change_setting(settings, limit));
    }
    return settings;
}

/// Commands are as long as requests and messages between nodes can be: limits may be raised to that
/// later on, and not beyond.
Settings cluster_settings() {
    Settings settings;
    settings.command_bytes = static_cast<std::uint32_t>(store::longest_write(store::Limits{}));
    // Each node is one origin: for all clients that bring no identity, which is all of Doozer's.
    settings.origin_window = 4096;
    return settings;
}

Settings cluster_settings(const ClusterOptions& options) {
    Settings settings = cluster_settings();
    settings.lease_us = options.lease_us;
    return settings;
}

bool founds_alone(const ClusterOptions& options) {
    return options.founders.empty() && options.join.empty();
}

Beginning beginning_of(const ClusterOptions& options, const std::string& own_address) {
    Beginning beginning{.settings = cluster_settings(options),
                        .founders = options.founders,
                        .joins = !options.join.empty()};
    if (founds_alone(options)) beginning.founders = {own_address};
    return beginning;
}

std::vector<std::string> overruled(const ClusterOptions& told, const ClusterInForce& real) {
    std::vector<std::string> sentences;
    if (told.history && real.store.history != *told.history) {
        sentences.push_back(fmt::format("--hist {} is of no effect: the cluster was made with {}",
                                        *told.history, real.store.history));
    }
    if (told.names && real.store.names != *told.names) {
        sentences.emplace_back("--names is of no effect: the cluster was made with others");
    }
    for (const SettingField& limit : told.limits) {
        store::StoreSettings wanted = real.store;
        if (!change_setting(wanted, limit) || wanted == real.store) continue;
        sentences.push_back(
            fmt::format("--limit {}={} is of no effect on a cluster that is made: use "
                        "`decree configure`",
                        *limit.name, *limit.number));
    }
    if (told.lease_us > 0 && real.lease_us != told.lease_us) {
        sentences.emplace_back(
            "--lease is of no effect: the cluster was made with another one, or none");
    }
    if (told.name && real.name != *told.name) {
        sentences.push_back(fmt::format("--name {} is of no effect: this is the cluster {}",
                                        *told.name, real.name));
    }
    return sentences;
}

std::expected<std::optional<std::string>, std::string> kept_name(const std::string& folder) {
    const std::string path = cluster_file(folder);
    std::error_code none;
    if (!std::filesystem::exists(path, none)) return std::nullopt;
    const auto bytes = traces::read_file(path);
    if (!bytes) return std::unexpected(bytes.error());
    std::string_view text = as_text(*bytes);
    if (!text.starts_with(cluster_format) || !text.ends_with('\n')) {
        return std::unexpected(
            fmt::format("cannot use {}: it does not begin with the line '{}' and end with the "
                        "cluster's name; write it so, or start with an empty folder as a new node",
                        path, cluster_format.substr(0, cluster_format.size() - 1)));
    }
    text.remove_prefix(cluster_format.size());
    if (text.empty()) return std::nullopt;
    text.remove_suffix(1);
    return std::string(text);
}

std::expected<void, std::string> keep_name(const std::string& folder, const std::string& name) {
    const std::string text = fmt::format("{}{}\n", cluster_format, name);
    return keep_file(folder, "cluster", as_bytes(text));
}

}  // namespace decree::net
