#pragma once

/// A node and its disk: what happened goes in, and what the node wants done with the disk is done.

#include <algorithm>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/node/node.hpp"
#include "core/options.hpp"
#include "core/store/settings.hpp"
#include "net/data_directory.hpp"
#include "net/disk_thread.hpp"
#include "net/gathering.hpp"
#include "net/recording.hpp"
#include "net/scrub.hpp"

namespace decree::net {

/// What happens to a node.
using Happening = decltype(Event::what);

/// What a replica tells in the middle of a turn.
class ReplicaUser {
public:
    virtual void answered(const Reply& reply) = 0;
    virtual void send(const Envelope& envelope) = 0;
    /// The node may have executed something.
    virtual void stepped() = 0;

protected:
    ~ReplicaUser() = default;
};

struct ReplicaOptions {
    Beginning beginning;
    Options node;
    std::optional<store::StoreSettings> store;  ///< Of a cluster that this node founds.
    std::uint64_t scrub_every{};     ///< Microseconds from one look at a file to the next.
    Recording* recording = nullptr;  ///< Where all that happens is recorded, if anywhere.
};

/// Everything that has happened goes through the node in one turn; then it is written at once, and
/// one sync makes it durable, beside the loop. What happens during a sync shares the next one.
class Replica {
public:
    /// Reads the disk, and makes durable what it read. `wake`: called from another thread when the
    /// next turn has something to do. Fails with one line for a person.
    [[nodiscard]] static std::expected<std::unique_ptr<Replica>, std::string> start(
        DataDirectory disk, const ReplicaOptions& options, Time now,
        const std::function<void()>& wake);

    /// For the next turn.
    void happened(Happening what) { inbox_.push_back(std::move(what)); }
    /// Takes in all that has happened. After an error the process must end: only a new start can
    /// tell what is on the disk.
    [[nodiscard]] Done turn(Time now, ReplicaUser& user);
    /// Whether the rules that the node follows are said: see log_debug().
    void tell_rules(bool told) { effects_.listening = told; }
    /// When the next turn is due, whether or not anything happens.
    [[nodiscard]] Time deadline() const {
        if (!inbox_.empty()) return Time{};
        return std::min(turn_open_ ? gathering_.open_until() : node_.deadline(), look_at_);
    }
    /// Whether all that was written is durable.
    [[nodiscard]] bool at_rest() const { return !syncing_ && inbox_.empty(); }
    /// The next turn executes what is chosen: before it, all that came of this one should be sent.
    [[nodiscard]] bool owes_execution() const { return node_.applied() < node_.chosen_through(); }

    /// The disk has no room: this node must end, and still can in order.
    [[nodiscard]] bool disk_full() const { return disk_.full(); }

    /// What a look at the disk found bad, for a person. The node must start again: recovery tells
    /// what that may have taken, and asks the others for it.
    [[nodiscard]] const std::optional<std::string>& damaged() const { return damaged_; }

    [[nodiscard]] const Node& node() const { return node_; }
    [[nodiscard]] const DataDirectory& disk() const { return disk_; }
    /// What was found on the disk, in a line for a person.
    [[nodiscard]] const std::string& found() const { return found_; }

private:
    Replica(DataDirectory disk, Node node, std::string found, Scrub scrub, Recording* recording,
            const std::function<void()>& wake);
    [[nodiscard]] Done take_finished();
    void gather(const Happening& what, Time now);
    [[nodiscard]] Done pass_time(Time now, ReplicaUser& user);
    [[nodiscard]] Done step(const Event& event, ReplicaUser& user);
    void take(const Event& event);
    [[nodiscard]] Done keep(JournalAppend& append);
    [[nodiscard]] Done write_snapshot(const SnapshotWrite& write);
    [[nodiscard]] Done write();
    void release();
    void look(Time now);
    void judge(const Looked& looked);

    DataDirectory disk_;
    Node node_;
    std::string found_;
    std::vector<Happening> inbox_;
    std::vector<Happening> taken_;  // Of this turn.
    Gathering gathering_;
    bool turn_open_ = false;  // What it gathers waits for more.
    Effects effects_;
    JournalAppend appended_;  // In this turn, not written yet.
    Position released_;
    bool syncing_ = false;
    Position durable_;
    Scrub scrub_;
    Recording* recording_;
    std::uint64_t scrub_every_ = 0;
    Time look_at_ = never;
    bool looking_ = false;  // A look is under way; when the next one is due is not known.
    std::optional<std::string> damaged_;
    DiskThread journal_;    // Last: they call `wake`.
    DiskThread snapshots_;  // Apart, since the sync of a snapshot takes long.
    DiskThread looks_;      // Apart, since nothing waits for them.
};

}  // namespace decree::net
