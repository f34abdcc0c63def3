#pragma once

/// All chance in the world comes from here.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace decree::sim {

/// What a choice is about. Each pair of a site and an entity (a link, a node, a client) reads a
/// stream of its own, so that changing one choice does not re-roll what has nothing to do with it.
enum class Site : std::uint8_t {
    Swarm,      ///< Which faults exist in this run, and how hard.
    Shape,      ///< Nodes, clients, quorums, knobs.
    Episode,    ///< When fault episodes begin and end, and whom they strike.
    Delay,      ///< How long a message travels.
    Fate,       ///< Delivered, dropped, duplicated.
    DiskTime,   ///< How long a write or sync takes.
    DiskFault,  ///< What the disk does wrong.
    Crash,      ///< At which effect of which step, and what survives.
    Clock,      ///< Skew, drift, jumps.
    Client,     ///< What clients ask, of whom, when.
    Members,    ///< Changes of voters, handovers.
    Liveness,   ///< Which core is healed.
    Founding,   ///< Who is given what, starts when, and reaches whom.
    Store,      ///< Whether a store is replicated, and which; how long watchers lag.
};

/// One answer: `value` < `arity`. 0 is always the calm choice: no fault, the shortest wait, the
/// first of the list.
struct Choice {
    std::uint32_t arity{};
    std::uint32_t value{};
    bool operator==(const Choice&) const = default;
};

/// Names a stream. `entity` is a stable number: a node, a link (from * 64 + to), a client.
struct StreamKey {
    Site site{};
    std::uint32_t entity{};
    auto operator<=>(const StreamKey&) const = default;
};

/// Every choice of a run, by stream: what is kept, replayed and shrunk.
using ChoiceRecord = std::map<StreamKey, std::vector<Choice>>;

/// The one source of chance. Filled from a seed, or read back from a record: then an exhausted
/// stream answers 0, and a recorded value that does not fit the arity asked is reduced to fit.
class Choices {
public:
    Choices(Choices&&) noexcept = default;
    Choices& operator=(Choices&&) noexcept = default;
    Choices(const Choices&) = delete;  // Streams point into the records.
    Choices& operator=(const Choices&) = delete;
    ~Choices() = default;

    [[nodiscard]] static Choices from_seed(std::uint64_t seed);
    [[nodiscard]] static Choices from_record(ChoiceRecord record);
    /// Streams of `site` are read back from `record`; all others are filled from the seed.
    [[nodiscard]] static Choices from_seed_with(std::uint64_t seed, Site site, ChoiceRecord record);

    /// A number below `arity`, 0 the calm one. REQUIRES: arity >= 1. Arity 1 is no choice and is
    /// not recorded.
    [[nodiscard]] std::uint32_t draw(Site site, std::uint32_t entity, std::uint32_t arity);
    /// True with probability `numerator` / `denominator`; false is calm. 0 numerator draws nothing.
    [[nodiscard]] bool chance(Site site, std::uint32_t entity, std::uint32_t numerator,
                              std::uint32_t denominator);

    /// What was answered so far (kept only after keep_record(), which comes before all drawing).
    void keep_record();
    [[nodiscard]] const ChoiceRecord& record() const;

private:
    Choices() = default;
    // One pair of site and entity. From a seed: where its generator stands. From a record: what is
    // left of the recording.
    struct Stream {
        std::uint64_t state{};  // 0: not used yet.
        bool replaying{};
        const std::vector<Choice>* recorded = nullptr;
        std::size_t next{};
        std::vector<Choice>* kept = nullptr;
    };
    static constexpr std::size_t sites = 14;

    Stream& stream(Site site, std::uint32_t entity) {
        std::vector<Stream>& streams = streams_[static_cast<std::size_t>(site)];
        if (entity >= streams.size() || streams[entity].state == 0) [[unlikely]] {
            open(site, entity);
        }
        return streams[entity];
    }
    void open(Site site, std::uint32_t entity);
    // The next word of the stream's generator.
    static std::uint64_t next_word(Stream& stream);
    // What the recording answers; keeps the answer if answers are kept.
    static std::uint32_t replayed(Stream& stream, std::uint32_t arity);

    std::uint64_t seed_ = 0;
    std::array<bool, sites> replaying_{};
    bool keeping_ = false;
    ChoiceRecord source_;
    ChoiceRecord kept_;
    std::array<std::vector<Stream>, sites> streams_;
};

}  // namespace decree::sim
