#pragma once

/// What is going to happen, earliest first.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

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
    Start,  ///< `index`: a process that is down.
    Look,   ///< The world looks whether this phase is over.
    Cue,    ///< `index`: of the director.
};

/// One thing on the agenda.
struct Appointment {
    std::uint64_t at{};      ///< Simulated microseconds.
    std::uint64_t serial{};  ///< Order of making: settles ties.
    Due what{};
    std::uint32_t index{};
};

/// A binary heap by (time, order of making), so the order never depends on addresses or hashes.
class Agenda {
public:
    [[nodiscard]] bool empty() const { return heap_.empty(); }
    [[nodiscard]] std::size_t size() const { return heap_.size(); }
    [[nodiscard]] const Appointment& first() const { return heap_.front(); }

    void add(std::uint64_t at, Due what, std::uint32_t index) {
        const Appointment added{.at = at, .serial = made_++, .what = what, .index = index};
        std::size_t hole = heap_.size();
        heap_.push_back(added);
        while (hole > 0) {
            const std::size_t parent = (hole - 1) / 2;
            if (!before(added, heap_[parent])) break;
            heap_[hole] = heap_[parent];
            hole = parent;
        }
        heap_[hole] = added;
    }

    /// REQUIRES: not empty.
    Appointment take_first() {
        const Appointment result = heap_.front();
        const Appointment moved = heap_.back();
        heap_.pop_back();
        if (!heap_.empty()) sink(moved);
        return result;
    }

private:
    [[nodiscard]] static bool before(const Appointment& a, const Appointment& b) {
        return a.at != b.at ? a.at < b.at : a.serial < b.serial;
    }
    void sink(const Appointment& moved) {
        std::size_t hole = 0;
        const std::size_t size = heap_.size();
        for (std::size_t child = 1; child < size; child = hole * 2 + 1) {
            if (child + 1 < size && before(heap_[child + 1], heap_[child])) ++child;
            if (!before(heap_[child], moved)) break;
            heap_[hole] = heap_[child];
            hole = child;
        }
        heap_[hole] = moved;
    }

    std::vector<Appointment> heap_;
    std::uint64_t made_ = 0;
};

}  // namespace decree::sim
