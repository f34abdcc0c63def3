#include "net/replica.hpp"

#include <fmt/format.h>

#include "core/contract.hpp"
#include "core/node_name.hpp"
#include "core/overload.hpp"
#include "core/store/machines.hpp"
#include "net/data_files.hpp"
#include "net/folder.hpp"
#include "net/log.hpp"
#include "net/shown.hpp"
#include "traces/rules.hpp"

namespace decree::net {
namespace {

std::string describe(const DataDirectory& disk, const Recovered& found, const Node& node) {
    std::string text = fmt::format("node {} in {}: ", node_name(disk.node()), disk.path());
    if (found.heads.incarnation == Incarnation{}) return text + "new, nothing on the disk";
    text += fmt::format("recovered for its start number {}: ", node.incarnation().value);
    if (found.snapshot) {
        text += fmt::format("a snapshot through slot {}, ", found.snapshot->through.value);
    }
    text += fmt::format("{} slots in the journal", found.slots.size());
    if (found.torn_at) text += ", an unfinished write cut off";
    for (const Damage& damage : found.damage) text += fmt::format(", DAMAGED: {}", damage.what);
    if (node.doubt_through() != Slot{}) {
        text += fmt::format(
            "; votes through slot {} may be lost, so it takes part again when the others have told "
            "it what was chosen there",
            node.doubt_through().value);
    }
    return text;
}

}  // namespace

std::expected<std::unique_ptr<Replica>, std::string> Replica::start(
    DataDirectory disk, const ReplicaOptions& options, Time now,
    const std::function<void()>& wake) {
    const auto contents = disk.read();
    if (!contents) return std::unexpected(contents.error());
    const auto unusable = [&](const std::string& what) {
        return std::unexpected(
            fmt::format("cannot use {}: {}; {}", disk.path(), what, how_to_go_on(*contents)));
    };
    const auto recovered = contents->recover();
    if (!recovered) return unusable(recovered.error().what);
    const auto lost = lost_starts(disk.path(), *recovered);
    if (!lost) return std::unexpected(lost.error());
    if (*lost) return unusable(**lost);
    auto node =
        Node::start(options.beginning, options.node,
                    make_machine(options.beginning.settings, options.store), *recovered, now);
    if (!node) return unusable(node.error().what);
    if (Done started = disk.started(*recovered); !started) return std::unexpected(started.error());
    if (Done given = give_back_room(disk.path(), contents->segments, recovered->place); !given) {
        return std::unexpected(given.error());
    }
    if (Done room = disk.keep_room(options.node.segment_bytes); !room) {
        return std::unexpected(room.error());
    }
    std::string found = describe(disk, *recovered, *node);
    Scrub scrub(disk.path(), *contents, *recovered);
    if (options.recording != nullptr) {
        options.recording->started(now, options.node, options.beginning, *contents,
                                   recovered->place.end);
    }
    std::unique_ptr<Replica> replica(new Replica(std::move(disk), *std::move(node),
                                                 std::move(found), std::move(scrub),
                                                 options.recording, wake));
    replica->scrub_every_ = options.scrub_every;
    replica->look_at_ = now + options.scrub_every;
    return replica;
}

Replica::Replica(DataDirectory disk, Node node, std::string found, Scrub scrub,
                 Recording* recording, const std::function<void()>& wake)
    : disk_(std::move(disk)),
      node_(std::move(node)),
      found_(std::move(found)),
      scrub_(std::move(scrub)),
      recording_(recording),
      journal_(wake),
      snapshots_(wake),
      looks_(wake) {
    effects_.listening = logs_debug();
}

Done Replica::turn(Time now, ReplicaUser& user) {
    if (Done done = take_finished(); !done) return done;
    taken_.clear();
    std::swap(taken_, inbox_);
    for (auto& what : taken_) {
        gather(what, now);
        if (Done done = step({.now = now, .what = std::move(what)}, user); !done) return done;
    }
    if (owes_execution()) gathering_.hurry();
    turn_open_ = node_.role() == Role::Leading && now < gathering_.open_until();
    if (!turn_open_) gathering_.ended();
    if (!turn_open_ && node_.deadline() <= now) {
        if (Done done = pass_time(now, user); !done) return done;
    }
    if (recording_ != nullptr) recording_->turned(now);
    look(now);
    return write();
}

/// A node that executes does so slot by slot, and `user` hears of each.
Done Replica::pass_time(Time now, ReplicaUser& user) {
    constexpr int most = 16;  // Then messages have their turn.
    for (int slots = 0; slots < most; ++slots) {
        const Slot before = node_.applied();
        if (Done done = step({.now = now, .what = TimePassed{}}, user); !done) return done;
        if (node_.applied() == before || !owes_execution()) break;
    }
    return {};
}

void Replica::gather(const Happening& what, Time now) {
    if (std::holds_alternative<Requested>(what)) return gathering_.came(1, now);
    if (std::holds_alternative<ReadRequested>(what)) return gathering_.hurry();
    const auto* const received = std::get_if<Received>(&what);
    if (received == nullptr) return;
    if (const auto* const forward = std::get_if<Forward>(&received->message)) {
        gathering_.came(forward->commands.size(), now);
    }
    if (std::holds_alternative<ReadIndex>(received->message)) gathering_.hurry();
}

/// Nothing is looked at before this start is durable: until then files of an earlier life may go.
void Replica::look(Time now) {
    if (looking_) {
        for (DiskThread::Result& result : looks_.take()) {
            looking_ = false;
            if (result) judge(std::get<Looked>(*result));
            if (!damaged_) look_at_ = now + scrub_every_;  // Else it was the last one.
        }
    }
    if (now < look_at_) return;
    looking_ = node_.start_durable();
    look_at_ = looking_ ? never : now + scrub_every_;
    if (!looking_) return;
    looks_.run([this, needed = disk_.needed(), durable = durable_]() -> DiskThread::Result {
        return Looked{scrub_.look(needed, durable)};
    });
}

/// Files go while somebody looks at them.
void Replica::judge(const Looked& looked) {
    if (looked.bad && disk_.needed().has(looked.bad->file)) damaged_ = looked.bad->what;
}

Done Replica::take_finished() {
    for (const DiskThread::Result& result : journal_.take()) {
        if (!result) return std::unexpected(result.error());
        syncing_ = false;
        durable_ = std::get<Durable>(*result).position;
        happened(Durable{durable_});
    }
    for (const DiskThread::Result& result : snapshots_.take()) {
        if (!result) return std::unexpected(result.error());
        if (const auto* const spare = std::get_if<SpareMade>(&*result)) {
            disk_.spare_made(spare->file);
        }
        const auto* const stored = std::get_if<SnapshotStored>(&*result);
        if (stored == nullptr) continue;
        disk_.stored(stored->through);
        happened(*stored);
    }
    return {};
}

Done Replica::step(const Event& event, ReplicaUser& user) {
    take(event);
    for (const RuleTaken& taken : effects_.rules) {
        if (traces::is_routine(taken.rule)) continue;
        log_debug("this node " + traces::say(taken, node_name(taken.peer)));
    }
    if (Done kept = keep(effects_.journal); !kept) return kept;
    for (const SnapshotWrite& write : effects_.snapshot) {
        if (Done done = write_snapshot(write); !done) return done;
    }
    released_ = effects_.release;
    for (const Envelope& envelope : effects_.envelopes) user.send(envelope);
    for (const Reply& reply : effects_.replies) user.answered(reply);
    user.stepped();
    return {};
}

/// A broken promise of the code stops the process; what led to it is worth most.
void Replica::take(const Event& event) {
    if (recording_ == nullptr) return node_.step(event, effects_);
    try {
        node_.step(event, effects_);
    } catch (const ContractViolation&) {
        recording_->broke(node_.id(), event);
        throw;
    }
    recording_->stepped(node_, event, effects_);
}

/// Steps write one behind the other, so one write takes what several of them append.
Done Replica::keep(JournalAppend& append) {
    if (append.bytes.empty()) return {};
    if (append.starts_segment || appended_.bytes.empty()) {
        if (Done written = disk_.append(appended_); !written) return written;
        std::swap(appended_, append);
        return {};
    }
    appended_.bytes.insert(appended_.bytes.end(), append.bytes.begin(), append.bytes.end());
    return {};
}

Done Replica::write_snapshot(const SnapshotWrite& write) {
    auto commits = disk_.write(write);
    if (!commits) return std::unexpected(commits.error());
    if (!*commits) return {};
    snapshots_.run([sync = **std::move(commits)]() -> DiskThread::Result {
        const auto through = sync.run();
        if (!through) return std::unexpected(through.error());
        return SnapshotStored{*through};
    });
    return {};
}

/// On the thread for which nothing waits that is urgent.
void Replica::release() {
    std::vector<LetGo> gone = disk_.release(released_);
    if (gone.empty()) return;
    snapshots_.run([gone = std::move(gone)]() -> DiskThread::Result {
        for (const LetGo& file : gone) {
            if (const Done done = let_go(file); !done) return std::unexpected(done.error());
        }
        return Gone{};
    });
}

Done Replica::write() {
    if (Done written = disk_.append(appended_); !written) return written;
    appended_.bytes.clear();
    release();
    if (auto wanted = disk_.begin_spare()) {
        snapshots_.run([wanted = *std::move(wanted)]() -> DiskThread::Result {
            auto spare = make_spare(wanted);
            if (!spare) return std::unexpected(spare.error());
            return SpareMade{*std::move(spare)};
        });
    }
    if (syncing_) return {};
    if (auto sync = disk_.begin_sync()) {
        syncing_ = true;
        journal_.run([sync = *std::move(sync)]() -> DiskThread::Result {
            const auto position = sync.run();
            if (!position) return std::unexpected(position.error());
            return Durable{*position};
        });
    }
    return {};
}

}  // namespace decree::net
