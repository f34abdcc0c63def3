#include "sim/progress.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace decree::sim {

namespace {

namespace json = boost::json;

constexpr std::uint64_t terminal_every_ms = 500;
constexpr std::uint64_t otherwise_every_ms = 10'000;

json::array intervals_json(const ChunkSet& chunks) {
    json::array all;
    for (const auto& [first, last] : chunks.intervals()) all.push_back(json::array{first, last});
    return all;
}

json::array failures_json(const FailureGroups& failures) {
    json::array all;
    for (const auto& [signature, group] : failures) {
        all.push_back(json::object{{"signature", signature},
                                   {"property", group.violation.property},
                                   {"details", group.violation.details},
                                   {"seeds", json::array(group.seeds.begin(), group.seeds.end())}});
    }
    return all;
}

std::string text_at(const json::object& object, std::string_view key) {
    return std::string(object.at(key).as_string());
}

std::uint64_t number_at(const json::object& object, std::string_view key) {
    return object.at(key).to_number<std::uint64_t>();
}

ChunkSet intervals_from(const json::array& all) {
    ChunkSet chunks;
    for (const json::value& each : all) {
        const auto first = each.as_array().at(0).to_number<std::uint64_t>();
        const auto last = each.as_array().at(1).to_number<std::uint64_t>();
        if (first > last) throw std::invalid_argument("an interval that ends before it begins");
        chunks.add(first, last);
    }
    return chunks;
}

FailureGroups failures_from(const json::array& all) {
    FailureGroups failures;
    for (const json::value& each : all) {
        const json::object& object = each.as_object();
        FailureGroup& group = failures[text_at(object, "signature")];
        group.violation = {text_at(object, "property"), text_at(object, "details"),
                           text_at(object, "signature")};
        for (const json::value& seed : object.at("seeds").as_array()) {
            group.seeds.insert(seed.to_number<std::uint64_t>());
        }
        if (group.seeds.empty()) throw std::invalid_argument("a failure without a seed");
    }
    return failures;
}

}  // namespace

std::uint64_t per_second(std::uint64_t count, std::uint64_t elapsed_ms) {
    const std::uint64_t ms = std::max<std::uint64_t>(elapsed_ms, 1);
    return count / ms * 1'000 + count % ms * 1'000 / ms;
}

std::string with_commas(std::uint64_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string short_number(std::uint64_t number) {
    if (number < 1'000) return fmt::format("{}", number);
    constexpr std::string_view letters = "kMGTPE";
    std::size_t letter = 0;
    std::uint64_t hundredths = number / 10;  // Of a thousand.
    while (hundredths >= 100'000) {
        hundredths /= 1'000;
        ++letter;
    }
    if (hundredths < 1'000) {
        return fmt::format("{}.{:02} {}", hundredths / 100, hundredths % 100, letters[letter]);
    }
    return fmt::format("{}.{} {}", hundredths / 100, hundredths % 100 / 10, letters[letter]);
}

std::string duration_text(std::uint64_t milliseconds) {
    const std::uint64_t seconds = milliseconds / 1'000;
    if (seconds < 1) return fmt::format("{} ms", milliseconds);
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3'600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
    const std::uint64_t hours = seconds / 3'600;
    if (hours < 24) return fmt::format("{} h {:02} min", hours, seconds % 3'600 / 60);
    return fmt::format("{} d {:02} h", hours / 24, hours % 24);
}

std::string progress_line(const FuzzProgress& progress) {
    const std::string seeds = progress.seeds_wanted == 0
                                  ? with_commas(progress.seeds)
                                  : fmt::format("{} of {}", with_commas(progress.seeds),
                                                with_commas(progress.seeds_wanted));
    return fmt::format(
        "{}: {} seeds, {} events/s, {} simulated, {} faults injected, {}",
        duration_text(progress.elapsed_ms), seeds,
        short_number(per_second(progress.events, progress.elapsed_ms)),
        duration_text(progress.simulated_us / 1'000), short_number(progress.faults),
        progress.failures == 0 ? "no violation" : fmt::format("{} FAILED", progress.failures));
}

ProgressLine::ProgressLine()
    : terminal_(::isatty(STDERR_FILENO) == 1),
      next_ms_(terminal_ ? terminal_every_ms : otherwise_every_ms) {}

void ProgressLine::show(const FuzzProgress& progress) {
    if (progress.elapsed_ms < next_ms_) return;
    next_ms_ = progress.elapsed_ms + (terminal_ ? terminal_every_ms : otherwise_every_ms);
    const std::string line = progress_line(progress);
    fmt::print(stderr, "{}", terminal_ ? "\r\033[K" + line : line + "\n");
    std::fflush(stderr);
    shown_ = true;
}

void ProgressLine::clear() {
    if (terminal_ && shown_) fmt::print(stderr, "\r\033[K");
    shown_ = false;
}

std::string to_json(const SavedProgress& saved) {
    const json::object all = {{"decree_progress", 2},
                              {"profile", saved.profile},
                              {"nodes", saved.nodes},
                              {"build", saved.build},
                              {"first_seed", saved.seeds.first},
                              {"last_seed", saved.seeds.last},
                              {"shard", json::array{saved.shard.index, saved.shard.count}},
                              {"seeds_in_chunk", chunk_seeds},
                              {"chunks_done", intervals_json(saved.done)},
                              {"failures", failures_json(saved.failures)}};
    return json::serialize(all) + "\n";
}

std::expected<SavedProgress, std::string> read_progress(std::string_view text) {
    // Boost.JSON reports by exceptions whatever is absent or of another kind.
    try {
        const json::value whole = json::parse(text);
        const json::object& all = whole.as_object();
        if (number_at(all, "decree_progress") != 2 ||
            number_at(all, "seeds_in_chunk") != chunk_seeds) {
            return std::unexpected("it was written by another version of this program");
        }
        SavedProgress saved;
        saved.profile = text_at(all, "profile");
        saved.nodes = number_at(all, "nodes");
        saved.build = number_at(all, "build");
        saved.seeds = {number_at(all, "first_seed"), number_at(all, "last_seed")};
        const json::array& shard = all.at("shard").as_array();
        saved.shard = {shard.at(0).to_number<std::uint64_t>(),
                       shard.at(1).to_number<std::uint64_t>()};
        saved.done = intervals_from(all.at("chunks_done").as_array());
        saved.failures = failures_from(all.at("failures").as_array());
        return saved;
    } catch (const std::exception& error) {
        return std::unexpected(fmt::format("it is damaged ({})", error.what()));
    }
}

}  // namespace decree::sim
