#include "net/check_data.hpp"

#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/node/node.hpp"
#include "core/node_name.hpp"
#include "core/store/store.hpp"
#include "net/cluster.hpp"
#include "net/data_directory.hpp"
#include "net/shown.hpp"
#include "net/standard_streams.hpp"

namespace decree::net {
namespace {

template <class Files>
std::uint64_t bytes_of(const Files& files) {
    std::uint64_t bytes = 0;
    for (const auto& [name, content] : files) bytes += content.size();
    return bytes;
}

void add_charter(const Recovered& found, DataReport& report) {
    if (!found.charter) return;
    report.cluster_id = fmt::format("{:016X}", found.charter->cluster.value);
    report.member = found.founded || found.heads.promised != Ballot{};
    for (const Founder& founder : found.charter->founders) {
        report.founders.push_back(
            fmt::format("{} at {}", node_name(founder.node), founder.address));
    }
}

void add_recovered(const Recovered& found, const DiskContents& disk, DataReport& report) {
    const Ballot promised = found.heads.promised;
    report.starts = found.heads.incarnation.value;
    if (promised != Ballot{}) {
        report.promised = fmt::format("{}.{}", promised.round, node_name(promised.node));
    }
    if (found.snapshot) report.snapshot_through = found.snapshot->through.value;
    report.slots = found.slots.size();
    if (!found.slots.empty()) report.last_slot = found.slots.back().slot.value;
    report.known_chosen = std::max(found.watermark.value, report.snapshot_through);
    if (found.torn_at && !disk.is_unused(*found.torn_at)) report.torn_at = found.torn_at->value;
    for (const Damage& damage : found.damage) {
        report.damage.push_back(
            damage.at == Position{}
                ? damage.what
                : fmt::format("at position {} of the journal: {}", damage.at.value, damage.what));
    }
    report.doubt_through = found.doubt_through.value;
}

// Why no node starts on that; empty if one does.
std::string unusable(NodeId node, const Recovered& found) {
    const store::StoreSettings store;
    Settings settings = cluster_settings();
    settings.voters = {node};
    Options options;
    options.self = node;
    const auto started =
        Node::start(Beginning{.settings = settings, .founders = {}, .joins = true}, options,
                    std::make_unique<store::Store>(settings, store), found, Time{});
    return started ? std::string() : started.error().what;
}

std::string count(std::uint64_t number, std::string_view what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

void print_cluster(const DataReport& report) {
    if (report.cluster_id.empty()) {
        print(fmt::format("cluster:   none yet{}\n",
                          report.cluster.empty() ? "" : ", to be " + report.cluster));
        return;
    }
    print(fmt::format("cluster:   {} ({}){}\n", report.cluster, report.cluster_id,
                      report.member ? "" : ", not known to be founded by all"));
    print(fmt::format("founders:  {}\n", fmt::join(report.founders, ", ")));
}

void print_recovered(const DataReport& report) {
    print(fmt::format("node:      {}, started {}\n", report.node, count(report.starts, "time")));
    print_cluster(report);
    print(fmt::format("files:     {} of the journal, {} bytes; {}, {} bytes\n",
                      report.journal_files, report.journal_bytes,
                      count(report.snapshot_files, "snapshot"), report.snapshot_bytes));
    print(fmt::format("promised:  {}\n", report.promised.empty() ? "nothing" : report.promised));
    print(fmt::format("snapshot:  {}\n",
                      report.snapshot_through == 0
                          ? "none"
                          : fmt::format("through slot {}", report.snapshot_through)));
    print(fmt::format("log:       {}, the last is {}; chosen is known through {}\n",
                      count(report.slots, "slot"), report.last_slot, report.known_chosen));
    if (report.torn_at) {
        print(fmt::format(
            "cut off:   an unfinished write from position {} on, which nobody was told of\n",
            *report.torn_at));
    }
}

void print_report(const DataReport& report) {
    // Where nothing could be read there is nothing to tell of it.
    if (report.starts > 0 || report.unusable.empty()) {
        print_recovered(report);
    } else {
        print(fmt::format("node:      {}\n", report.node.empty() ? "not known" : report.node));
    }
    for (const std::string& name : report.leftovers) print(fmt::format("not used:  {}\n", name));
    for (const std::string& what : report.damage) print(fmt::format("DAMAGE:    {}\n", what));
    if (report.doubt_through != 0) {
        print(fmt::format(
            "in doubt:  votes in slots {} to {} may be lost: started as it is, the node gives "
            "no promise until the others have told it what was chosen there\n",
            report.known_chosen + 1, report.doubt_through));
    }
    if (!report.unusable.empty()) {
        print(fmt::format("UNUSABLE:  {}; {}\n", report.unusable, report.advice));
    }
    print(fmt::format("{}\n", report.intact() ? "intact" : "NOT INTACT"));
}

void print_json(const DataReport& report) {
    namespace json = boost::json;
    const auto list = [](const std::vector<std::string>& texts) {
        json::array array;
        for (const std::string& text : texts) array.emplace_back(text);
        return array;
    };
    json::object all{{"node", report.node},
                     {"cluster", report.cluster},
                     {"cluster_id", report.cluster_id},
                     {"member", report.member},
                     {"founders", list(report.founders)},
                     {"starts", report.starts},
                     {"promised", report.promised},
                     {"snapshot_through", report.snapshot_through},
                     {"slots", report.slots},
                     {"last_slot", report.last_slot},
                     {"known_chosen", report.known_chosen},
                     {"damage", list(report.damage)},
                     {"doubt_through", report.doubt_through},
                     {"unusable", report.unusable},
                     {"journal_files", report.journal_files},
                     {"journal_bytes", report.journal_bytes},
                     {"snapshot_files", report.snapshot_files},
                     {"snapshot_bytes", report.snapshot_bytes},
                     {"leftovers", list(report.leftovers)},
                     {"intact", report.intact()}};
    if (report.torn_at) all["torn_at"] = *report.torn_at;
    print(fmt::format("{}\n", json::serialize(all)));
}

}  // namespace

std::expected<DataReport, std::string> check_data(const std::string& folder) {
    const auto name = kept_name(folder);
    if (!name) return std::unexpected(name.error());
    DataReport report;
    if (const auto missing = missing_part(folder)) {
        report.node = missing->node;
        report.cluster = name->value_or("");
        report.unusable = missing->what;
        report.advice = missing->advice;
        return report;
    }
    const auto contents = look_into(folder);
    if (!contents) return std::unexpected(contents.error());
    report.node = node_name(contents->node);
    report.cluster = name->value_or("");
    report.journal_files = contents->disk.segments.size();
    report.journal_bytes = bytes_of(contents->disk.segments);
    report.snapshot_files = contents->disk.snapshots.size();
    report.snapshot_bytes = bytes_of(contents->disk.snapshots);
    report.leftovers = contents->leftovers;
    report.advice = how_to_go_on(contents->disk);
    const auto found = contents->disk.recover();
    if (!found) {
        report.unusable = found.error().what;
        return report;
    }
    add_charter(*found, report);
    add_recovered(*found, contents->disk, report);
    const auto lost = lost_starts(folder, *found);
    if (!lost) return std::unexpected(lost.error());
    report.unusable = lost->value_or(unusable(contents->node, *found));
    return report;
}

int check_data_command(const std::string& folder, bool json) {
    const auto report = check_data(folder);
    if (!report) {
        print_error(fmt::format("decree check-data: {}\n", report.error()));
        return 2;
    }
    if (json) {
        print_json(*report);
    } else {
        print_report(*report);
    }
    return report->intact() ? 0 : 1;
}

}  // namespace decree::net
