#include "sim/shrink_passes.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "core/digest.hpp"
#include "core/reflect.hpp"

namespace decree::sim {

namespace {

constexpr auto site_count = static_cast<std::uint32_t>(reflect::enumerator_count<Site>);

// Where a choice stands.
struct ChoiceAt {
    StreamKey stream;
    std::size_t index{};
    auto operator<=>(const ChoiceAt&) const = default;
};

// The choices that are not calm, from `from` on.
std::vector<ChoiceAt> not_calm(const ChoiceRecord& record, const ChoiceAt& from) {
    std::vector<ChoiceAt> found;
    for (auto at = record.lower_bound(from.stream); at != record.end(); ++at) {
        const auto& [key, choices] = *at;
        for (std::size_t i = key == from.stream ? from.index : 0; i < choices.size(); ++i) {
            if (choices[i].value != 0) found.push_back({key, i});
        }
    }
    return found;
}

ChoiceRecord without_sites(ChoiceRecord record, std::initializer_list<Site> sites) {
    std::erase_if(record, [&](const auto& stream) {
        return std::find(sites.begin(), sites.end(), stream.first.site) != sites.end();
    });
    return record;
}

std::vector<StreamKey> streams_of(const ChoiceRecord& record) {
    std::vector<StreamKey> keys;
    keys.reserve(record.size());
    for (const auto& [key, choices] : record) keys.push_back(key);
    return keys;
}

// Takes choices out of all these streams at once: `grain` in a row, from the same index on.
void remove_from(ShrinkSearch& search, const std::vector<StreamKey>& keys, std::size_t grain) {
    std::size_t begin = 0;
    while (!search.spent()) {
        ChoiceRecord candidate = search.best();
        bool any = false;
        for (const StreamKey key : keys) {
            const auto found = candidate.find(key);
            if (found == candidate.end() || found->second.size() < begin + grain) continue;
            const auto first = std::next(found->second.begin(), static_cast<std::ptrdiff_t>(begin));
            found->second.erase(first, std::next(first, static_cast<std::ptrdiff_t>(grain)));
            any = true;
        }
        if (!any) break;
        if (!search.offer(std::move(candidate))) begin += grain;
    }
}

// --- Taking out one node or client ---------------------------------------------------------------

// How a site numbers its streams.
enum class Numbering : std::uint8_t { None, Node, Link, Client };

Numbering numbering_of(Site site) {
    switch (site) {
    case Site::Delay:
    case Site::Fate:
        return Numbering::Link;
    case Site::DiskTime:
    case Site::DiskFault:
    case Site::Crash:
    case Site::Clock:
        return Numbering::Node;
    case Site::Client:
        return Numbering::Client;
    case Site::Swarm:
    case Site::Shape:
    case Site::Episode:
    case Site::Members:
    case Site::Liveness:
    case Site::Founding:
    case Site::Store:
        return Numbering::None;
    }
    return Numbering::None;
}

std::optional<std::uint32_t> moved_up(std::uint32_t entity, std::uint32_t gone) {
    if (entity == gone) return std::nullopt;
    return entity > gone ? entity - 1 : entity;
}

std::optional<std::uint32_t> link_moved_up(std::uint32_t link, std::uint32_t gone) {
    const std::optional<std::uint32_t> from = moved_up(link / 64, gone);
    const std::optional<std::uint32_t> to = moved_up(link % 64, gone);
    if (!from || !to) return std::nullopt;
    return *from * 64 + *to;
}

// The record in which `gone` never was, as far as streams tell.
ChoiceRecord without_entity(const ChoiceRecord& record, Numbering numbering, std::uint32_t gone) {
    ChoiceRecord left;
    for (const auto& [key, choices] : record) {
        const Numbering its = numbering_of(key.site);
        std::optional<std::uint32_t> entity = key.entity;
        if (its == numbering) entity = moved_up(key.entity, gone);
        if (its == Numbering::Link && numbering == Numbering::Node) {
            entity = link_moved_up(key.entity, gone);
        }
        if (entity) left.emplace(StreamKey{key.site, *entity}, choices);
    }
    return left;
}

std::uint32_t highest_entity(const ChoiceRecord& record, Numbering numbering) {
    std::uint32_t highest = 0;
    for (const auto& [key, choices] : record) {
        if (numbering_of(key.site) == numbering) highest = std::max(highest, key.entity);
    }
    return std::min<std::uint32_t>(highest, 63);
}

// Tries to take out `gone`, lowering with it one choice of the shape after the other.
bool drop_entity(ShrinkSearch& search, Numbering numbering, std::uint32_t gone) {
    const ChoiceRecord left = without_entity(search.best(), numbering, gone);
    for (const ChoiceAt& at : not_calm(search.best(), {{Site::Shape, 0}, 0})) {
        if (at.stream.site != Site::Shape || search.spent()) break;
        ChoiceRecord candidate = left;
        --candidate[at.stream][at.index].value;
        if (search.offer(std::move(candidate))) return true;
    }
    return false;
}

}  // namespace

// --- The search ----------------------------------------------------------------------------------

ShrinkSearch::ShrinkSearch(ChoiceRecord failing, const StillFails& still_fails,
                           const ShrinkBudget& budget)
    : best_(std::move(failing)), still_fails_(still_fails), budget_(budget) {
    drop_idle(best_);
    best_size_ = size_of(best_);
}

bool ShrinkSearch::offer(ChoiceRecord candidate) {
    drop_idle(candidate);
    if (!(size_of(candidate) < best_size_)) return false;
    const std::uint64_t digest = digest_of(candidate);
    if (refused_.contains(digest)) return false;
    spent_ = spent_ || runs_ >= budget_.runs || budget_.spent();
    if (spent_) return false;
    ++runs_;
    std::optional<ChoiceRecord> read = still_fails_(candidate);
    if (!read) {
        refused_.insert(digest);
        return false;
    }
    drop_idle(*read);
    // A run reads no more than it is given: but who gives the predicate may err.
    best_ = size_of(*read) < size_of(candidate) ? std::move(*read) : std::move(candidate);
    best_size_ = size_of(best_);
    return true;
}

// --- The passes ----------------------------------------------------------------------------------

void clear_streams(ShrinkSearch& search) {
    using enum Site;
    search.offer({});
    search.offer(without_sites(search.best(), {Swarm, Episode, Delay, Fate, DiskTime, DiskFault,
                                               Crash, Clock, Members, Liveness}));
    search.offer(without_sites(search.best(), {Swarm}));
    search.offer(without_sites(search.best(), {Shape, Client}));
    for (std::uint32_t site = 0; site < site_count; ++site) {
        search.offer(without_sites(search.best(), {static_cast<Site>(site)}));
    }
    for (const StreamKey key : streams_of(search.best())) {
        ChoiceRecord candidate = search.best();
        candidate.erase(key);
        search.offer(std::move(candidate));
    }
}

void drop_entities(ShrinkSearch& search) {
    for (const Numbering numbering : {Numbering::Client, Numbering::Node}) {
        for (std::uint32_t gone = highest_entity(search.best(), numbering) + 1; gone-- > 0;) {
            drop_entity(search, numbering, gone);
        }
    }
}

void truncate_streams(ShrinkSearch& search) {
    for (const StreamKey key : streams_of(search.best())) {
        std::size_t too_short = 0;  // Or not tried: clear_streams does that.
        for (;;) {
            const auto found = search.best().find(key);
            const std::size_t size = found == search.best().end() ? 0 : found->second.size();
            if (size <= too_short + 1 || search.spent()) break;
            const std::size_t middle = too_short + (size - too_short) / 2;
            ChoiceRecord candidate = search.best();
            candidate[key].resize(middle);
            if (!search.offer(std::move(candidate))) too_short = middle;
        }
    }
}

void calm_choices(ShrinkSearch& search, std::size_t grain) {
    ChoiceAt from{};
    while (!search.spent()) {
        std::vector<ChoiceAt> positions = not_calm(search.best(), from);
        if (positions.empty()) break;
        positions.resize(std::min(grain, positions.size()));
        ChoiceRecord candidate = search.best();
        for (const ChoiceAt& at : positions) candidate[at.stream][at.index].value = 0;
        search.offer(std::move(candidate));
        from = {positions.back().stream, positions.back().index + 1};
    }
}

void remove_choices(ShrinkSearch& search, std::size_t grain) {
    for (const StreamKey key : streams_of(search.best())) remove_from(search, {key}, grain);
}

void remove_together(ShrinkSearch& search, std::size_t grain) {
    for (std::uint32_t site = 0; site < site_count; ++site) {
        std::vector<StreamKey> keys = streams_of(search.best());
        std::erase_if(keys, [&](StreamKey key) { return key.site != static_cast<Site>(site); });
        if (keys.size() > 1) remove_from(search, keys, grain);
    }
}

void lower_choices(ShrinkSearch& search, std::optional<Site> only) {
    for (const ChoiceAt& at : not_calm(search.best(), {})) {
        if (only && at.stream.site != *only) continue;
        std::uint32_t too_low = 0;
        while (!search.spent()) {
            const auto found = search.best().find(at.stream);
            if (found == search.best().end() || found->second.size() <= at.index) break;
            const std::uint32_t value = found->second[at.index].value;
            if (value <= too_low + 1) break;
            // 1 first: most bounds are that low. Then halves of what is between.
            const std::uint32_t lower = too_low == 0 ? 1 : too_low + (value - too_low) / 2;
            ChoiceRecord candidate = search.best();
            candidate[at.stream][at.index].value = lower;
            if (!search.offer(std::move(candidate))) too_low = lower;
        }
    }
}

}  // namespace decree::sim
