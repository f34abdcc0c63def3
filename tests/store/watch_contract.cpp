/// The contract of watches, clause by clause, in random runs.

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/print.hpp"
#include "core/store/store.hpp"
#include "core/store/watch.hpp"
#include "props/ghost/store_model.hpp"
#include "tests/support/store_gen.hpp"

namespace decree::store {
namespace {

using generate::below;
using generate::once_in;

/// What the test knows of a watcher.
struct Watcher {
    WatchRequest request;
    Revision next;  ///< All that matches before has been told.
};

class World {
public:
    World() {
        Settings cluster;
        cluster.voters = make_voters({NodeId{1}, NodeId{2}, NodeId{3}});
        settings_.history = 6 + below(20);
        settings_.shortest_session_us = 10;
        settings_.limits.watches = 6;
        settings_.limits.value_bytes = 1000;
        model_.settings = settings_;
        model_.voters = cluster.voters;
        store_ = std::make_unique<Store>(cluster, settings_);
    }

    /// A slot; `seen`: the watches are told of it.
    void apply(bool seen) {
        const std::uint64_t passed = below(40);
        model_.begin_slot(next(model_.slot), ClusterTime{model_.now.value + passed});
        std::vector<Value> payloads;
        std::vector<CommandView> views;
        for (std::uint64_t left = below(4); left > 0; --left) {
            const StoreCommand command = generate::command(model_);
            if (std::holds_alternative<Configure>(command)) continue;
            payloads.push_back(encode_command(command));
            static_cast<void>(model_.run(command));
        }
        model_.end_slot();
        for (const Value& payload : payloads)
            views.push_back({.id = {}, .payload = payload.bytes()});
        SlotResult result;
        store_->apply({.slot = model_.slot, .stamp = model_.now}, views, result);
        if (seen) watches_.advance(history());
    }
    /// The store goes on as what its own snapshot makes of another one.
    void install_snapshot() {
        auto other = store_->fresh();
        ByteBuffer piece;
        for (std::uint64_t i = 0; store_->snapshot_piece(i, piece); ++i, piece.clear()) {
            RC_ASSERT(other->restore_piece(i, piece).has_value());
        }
        RC_ASSERT(other->end_restore().has_value());
        store_ = std::make_unique<Store>(dynamic_cast<const Store&>(*other));
    }

    void add(WatchRequest request) {
        const auto id = watches_.add(request, history(), settings_);
        const Revision from = std::max(request.from, Revision{1});
        if (!model::good_glob(request.glob, settings_.names)) {
            RC_ASSERT(!id && id.error().detail == "invalid glob pattern: " + request.glob);
        } else if (watchers_.size() == settings_.limits.watches) {
            RC_ASSERT(!id && id.error().detail == "node exceeds 6 watches");
        } else if (from < model_.first) {
            RC_ASSERT(!id && id.error().code == Code::TooLate);
        } else {
            RC_ASSERT(id.has_value());
            RC_ASSERT(watchers_.emplace(*id, Watcher{request, from}).second);
        }
    }
    void add() {
        const auto last = static_cast<std::uint64_t>(model_.last().value);
        add({.glob = generate::glob(),
             .from = Revision{static_cast<std::int64_t>(below(last + 6)) - 1},
             .kind = once_in(4) ? WatchKind::Once : WatchKind::Stream,
             .mark_every = below(6)});
    }

    void remove(WatchId id) {
        watches_.remove(id);
        watchers_.erase(id);
    }
    /// The client loses its connection, and asks again from where it was.
    void resume(WatchId id) {
        WatchRequest request = watchers_.at(id).request;
        request.from = watchers_.at(id).next;
        remove(id);
        add(request);
    }

    void take(WatchId id, const TakeLimits& limits) {
        const Watcher watcher = watchers_.at(id);
        const auto told = watches_.take(id, history(), limits);
        if (!told) {
            if (!watches_.ready().contains(id)) nothing_in(watcher, model_.last());
            return;
        }
        if (told->code == Code::TooLate) {
            RC_ASSERT(watcher.next < model_.first);
            RC_ASSERT(told->events.empty());
            watchers_.erase(id);
            too_late_ = true;
            return;
        }
        check_events(watcher, *told, limits);
        watchers_.at(id).next = next(told->through);
        if (watcher.request.kind == WatchKind::Once) watchers_.erase(id);
    }

    void take_marks() {
        while (const auto mark = watches_.take_mark()) {
            RC_ASSERT(watchers_.contains(mark->first));
            Watcher& watcher = watchers_.at(mark->first);
            RC_ASSERT(watcher.request.mark_every > 0);
            RC_ASSERT(watcher.request.kind == WatchKind::Stream);
            RC_ASSERT(mark->second.events.empty());
            RC_ASSERT(next(mark->second.through) >= watcher.next);
            nothing_in(watcher, mark->second.through);
            watcher.next = std::max(watcher.next, next(mark->second.through));
        }
    }

    /// Takes from all until nothing is left; then nobody has missed anything.
    void drain() {
        watches_.advance(history());
        const TakeLimits little{.events = 1 + below(3), .bytes = 1 + below(200), .looked_at = 2};
        while (!watches_.ready().empty()) take(*watches_.ready().begin(), little);
        for (const auto& [id, watcher] : watchers_) nothing_in(watcher, model_.last());
        RC_ASSERT(watches_.size() == watchers_.size());
    }

    [[nodiscard]] std::optional<WatchId> any() const {
        if (watchers_.empty()) return std::nullopt;
        auto found = watchers_.begin();
        std::advance(found, below(watchers_.size()));
        return found->first;
    }
    [[nodiscard]] bool too_late() const { return too_late_; }

private:
    [[nodiscard]] const History& history() const { return store_->state().history; }
    [[nodiscard]] const Event& event(Revision revision) const {
        return model_.events.at(static_cast<std::size_t>(revision.value - 1));
    }

    void nothing_in(const Watcher& watcher, Revision through) const {
        for (Revision r = watcher.next; r <= through; r = next(r)) {
            RC_ASSERT(!model::matches(watcher.request.glob, event(r).path));
        }
    }

    void check_events(const Watcher& watcher, const Told& told, const TakeLimits& limits) const {
        std::vector<Event> wanted;
        for (Revision r = watcher.next; r <= told.through; r = next(r)) {
            if (model::matches(watcher.request.glob, event(r).path)) wanted.push_back(event(r));
        }
        RC_ASSERT(told.events == wanted);
        RC_ASSERT(!told.events.empty());
        if (watcher.request.kind == WatchKind::Once) {
            RC_ASSERT(told.events.size() == 1U);
            return;
        }
        RC_ASSERT(event(told.through).group == told.through);
        const Revision last_group = told.events.back().group;
        std::size_t before = 0;
        for (const Event& e : told.events) before += e.group == last_group ? 0U : 1U;
        RC_ASSERT(before < limits.events);
    }

    StoreSettings settings_;
    model::Model model_;
    std::unique_ptr<Store> store_;
    Watches watches_;
    std::map<WatchId, Watcher> watchers_;
    bool too_late_ = false;
};

/// Goal: each watcher is told exactly what matches, in order, each event once, whole commands
/// together; a mark passes no event; who lags is told TooLate and nothing wrong; asking again from
/// where one was misses nothing, nor does a jump by snapshot.
/// Method: random slots, seen or not, watchers that come, go, lag and resume; every Told is
/// compared with the list of all events that the model keeps.
RC_GTEST_PROP(StoreWatchProperty, TellsEachEventOnceOrTooLate, ()) {
    World world;
    bool jumped = false;
    for (std::uint64_t left = 20 + below(60); left > 0; --left) {
        const auto watcher = world.any();
        switch (below(10)) {
        case 0:
        case 1:
            world.add();
            break;
        case 2:
            if (watcher) world.resume(*watcher);
            break;
        case 3:
            if (watcher && once_in(4)) world.remove(*watcher);
            break;
        case 4:
            if (watcher) {
                world.take(*watcher, {.events = 1 + below(3), .bytes = 1 + below(300)});
            }
            break;
        case 5:
            world.take_marks();
            break;
        case 6:
            if (once_in(3)) world.drain();
            break;
        case 7:
            jumped = jumped || once_in(4);
            for (std::uint64_t slots = below(6); slots > 0; --slots) world.apply(!jumped);
            if (jumped) world.install_snapshot();
            break;
        default:
            world.apply(true);
            break;
        }
    }
    world.drain();
    world.take_marks();
    RC_CLASSIFY(world.too_late(), "somebody was too late");
    RC_CLASSIFY(jumped, "a snapshot was installed, and the watches missed slots");
}

/// Goal: who takes what it is told after every slot is never too late, however short the history.
/// Method: as above, but all watchers are drained after each slot.
RC_GTEST_PROP(StoreWatchProperty, WhoKeepsUpIsNeverTooLate, ()) {
    World world;
    for (std::uint64_t left = 20 + below(40); left > 0; --left) {
        if (once_in(3)) world.add();
        world.drain();
        world.apply(true);
        world.drain();
    }
    RC_ASSERT(!world.too_late());
}

}  // namespace
}  // namespace decree::store
