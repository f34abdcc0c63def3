#pragma once

/// What is going to happen, earliest first.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/contract.hpp"

namespace decree::sim {

/// What kind of thing.
enum class Due : std::uint8_t {
    Delivery,  ///< `index`: the message's place in the network.
    DiskDone,  ///< `index`: a process, and which life of its disk.
    SnapshotDone,
    Timer,          ///< `index`: a process.
    ClientMail,     ///< `index`: the mail's place among the clients' mail.
    ClientTimer,    ///< `index`: a client.
    EpisodeBegins,  ///< `index`: the episode's number.
    EpisodeEnds,
    Start,    ///< `index`: a process that is down.
    Look,     ///< The world looks whether this phase is over.
    Cue,      ///< `index`: of the director.
    Reach,    ///< `index`: a process that looks for others at their addresses.
    Succeed,  ///< `index`: a process whose place a new one takes.
    Scrub,    ///< `index`: a process, and which life of its disk.
};

/// One thing on the agenda.
struct Appointment {
    std::uint64_t at{};  ///< Simulated microseconds.
    Due what{};
    std::uint32_t index{};
};

/// A binary heap by (time, order of making), so the order never depends on addresses or hashes.
///
/// Asked twice an event, and what costs in a heap is branches that no processor can foresee. So an
/// entry is one number, time above order above content, and the lesser child is found without one.
class Agenda {
public:
    [[nodiscard]] bool empty() const { return heap_.empty(); }
    [[nodiscard]] std::size_t size() const { return heap_.size(); }

    /// REQUIRES: index < 2^28, and fewer than 2^32 appointments in all.
    void add(std::uint64_t at, Due what, std::uint32_t index) {
        ENSURE(index >> index_bits == 0 && made_ >> 32U == 0, "an appointment fits into a word");
        const std::uint64_t about = (static_cast<std::uint64_t>(what) << index_bits) | index;
        const Entry added = (Entry{at} << 64U) | (made_++ << 32U) | about;
        heap_.push_back(added);
        rise(heap_.size() - 1, added);
    }

    /// REQUIRES: not empty.
    Appointment take_first() {
        const Entry first = heap_.front();
        const Entry last = heap_.back();
        heap_.pop_back();
        if (!heap_.empty()) rise(sink_hole(), last);
        const auto about = static_cast<std::uint32_t>(first);
        return {.at = static_cast<std::uint64_t>(first >> 64U),
                .what = static_cast<Due>(about >> index_bits),
                .index = about & ((1U << index_bits) - 1)};
    }

private:
    static constexpr unsigned index_bits = 28;
    // From the top: time, 64 bits; order of making, 32; what, 4; index.
    __extension__ using Entry = unsigned __int128;

    void rise(std::size_t hole, Entry entry) {
        while (hole > 0) {
            const std::size_t parent = (hole - 1) / 2;
            if (heap_[parent] < entry) break;
            heap_[hole] = heap_[parent];
            hole = parent;
        }
        heap_[hole] = entry;
    }
    // The first is gone: the lesser child takes its place, and so on down. Returns where that ends.
    // What is put there comes from the heap's end, and seldom rises.
    [[nodiscard]] std::size_t sink_hole() {
        std::size_t hole = 0;
        std::size_t child = 1;
        for (; child + 1 < heap_.size(); child = hole * 2 + 1) {
            child += static_cast<std::size_t>(heap_[child + 1] < heap_[child]);
            heap_[hole] = heap_[child];
            hole = child;
        }
        if (child < heap_.size()) heap_[std::exchange(hole, child)] = heap_[child];
        return hole;
    }

    std::vector<Entry> heap_;
    std::uint64_t made_ = 0;
};

}  // namespace decree::sim
