#include "sim/choices.hpp"

#include <algorithm>
#include <utility>

#include "core/contract.hpp"

namespace decree::sim {

namespace {

// The output function of splitmix64.
constexpr std::uint64_t stir(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

}  // namespace

Choices Choices::from_seed(std::uint64_t seed) {
    Choices choices;
    choices.seed_ = stir(seed + 0x9E3779B97F4A7C15U);
    return choices;
}

Choices Choices::from_record(ChoiceRecord record) {
    Choices choices;
    choices.replaying_.fill(true);
    choices.source_ = std::move(record);
    return choices;
}

Choices Choices::from_seed_with(std::uint64_t seed, Site site, ChoiceRecord record) {
    Choices choices = from_seed(seed);
    choices.replaying_[static_cast<std::size_t>(site)] = true;
    choices.source_ = std::move(record);
    return choices;
}

void Choices::open(Site site, std::uint32_t entity) {
    ENSURE(entity <= 1U << 20U, "entities are small numbers");
    std::vector<Stream>& streams = streams_[static_cast<std::size_t>(site)];
    if (entity >= streams.size())
        streams.resize(std::max<std::size_t>(16, (std::size_t{entity} + 1) * 2));
    Stream& stream = streams[entity];
    const std::uint64_t name = (static_cast<std::uint64_t>(site) << 32U) | (entity + 1U);
    stream.state = stir(seed_ + stir(name)) | 1U;  // Odd: never taken for unused.
    const StreamKey key{site, entity};
    stream.replaying = replaying_[static_cast<std::size_t>(site)];
    if (stream.replaying) {
        const auto found = source_.find(key);
        if (found != source_.end()) stream.recorded = &found->second;
    }
    if (keeping_) stream.kept = &kept_[key];
}

std::uint64_t Choices::next_word(Stream& stream) {
    stream.state += 0x9E3779B97F4A7C16U;  // Even: the state stays odd, and its period 2^63.
    return stir(stream.state);
}

std::uint32_t Choices::replayed(Stream& stream, std::uint32_t arity) {
    if (stream.recorded == nullptr || stream.next >= stream.recorded->size()) return 0;
    return (*stream.recorded)[stream.next++].value % arity;
}

std::uint32_t Choices::draw(Site site, std::uint32_t entity, std::uint32_t arity) {
    ENSURE(arity >= 1, "there is something to choose from");
    if (arity == 1) return 0;
    Stream& from = stream(site, entity);
    const std::uint32_t value =
        from.replaying ? replayed(from, arity)
                       : static_cast<std::uint32_t>(((next_word(from) >> 32U) * arity) >> 32U);
    if (from.kept != nullptr) from.kept->push_back({.arity = arity, .value = value});
    return value;
}

bool Choices::chance(Site site, std::uint32_t entity, std::uint32_t numerator,
                     std::uint32_t denominator) {
    ENSURE(denominator >= 1, "a probability has a denominator");
    if (numerator == 0) return false;
    Stream& from = stream(site, entity);
    const std::uint32_t value =
        from.replaying ? replayed(from, 2)
                       : static_cast<std::uint32_t>(((next_word(from) >> 32U) * denominator) >>
                                                    32U < numerator);
    if (from.kept != nullptr) from.kept->push_back({.arity = 2, .value = value});
    return value == 1;
}

void Choices::keep_record() { keeping_ = true; }

const ChoiceRecord& Choices::record() const { return kept_; }

}  // namespace decree::sim
