/// The store against its dumb twin (props/ghost/store_model.hpp), in random runs.

#include <memory>
#include <sstream>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <rapidcheck/state.h>

#include "core/print.hpp"
#include "core/store/store.hpp"
#include "props/ghost/store_model.hpp"
#include "tests/support/store_gen.hpp"

namespace decree::store {
namespace {

using model::Model;

struct Real {
    std::unique_ptr<StateMachine> machine;
    Slot slot;
    ClusterTime now;
    [[nodiscard]] const Store& store() const { return dynamic_cast<const Store&>(*machine); }
};

using Step = rc::state::Command<Model, Real>;

/// A slot with some commands, and time that goes on a little.
struct ApplySlot : Step {
    explicit ApplySlot(const Model& before) : passed(generate::below(40)) {
        Model state = before;
        state.begin_slot(next(before.slot), ClusterTime{before.now.value + passed});
        for (std::uint64_t left = generate::below(4); left > 0; --left) {
            commands.push_back(generate::command(state));
            static_cast<void>(state.run(commands.back()));
        }
    }
    void apply(Model& state) const override {
        state.begin_slot(next(state.slot), ClusterTime{state.now.value + passed});
        for (const StoreCommand& command : commands) static_cast<void>(state.run(command));
        state.end_slot();
    }
    void run(const Model& before, Real& real) const override {
        Model state = before;
        real.slot = next(real.slot);
        real.now.value += passed;
        std::vector<Value> payloads;
        std::vector<CommandView> views;
        for (const StoreCommand& command : commands) payloads.push_back(encode_command(command));
        for (const Value& payload : payloads)
            views.push_back({.id = {}, .payload = payload.bytes()});
        SlotResult result;
        real.machine->apply({.slot = real.slot, .stamp = real.now}, views, result);
        state.begin_slot(real.slot, real.now);
        RC_ASSERT(result.answers.size() == commands.size());
        for (std::size_t i = 0; i < commands.size(); ++i) {
            const CommandAnswer wanted = state.run(commands[i]);
            const auto got = decode_command_answer(result.answers[i]);
            RC_ASSERT(got.has_value());
            RC_LOG() << describe(*got) << "\n";
            RC_ASSERT(*got == wanted);
        }
        state.end_slot();
        same(state, real.store());
        RC_ASSERT(real.machine->stamp_wanted() == state.stamp_wanted());
    }
    // The whole state, as far as one can see it.
    static void same(const Model& state, const Store& store) {
        const History& history = store.state().history;
        RC_ASSERT(history.last() == state.last());
        RC_ASSERT(history.first() == state.first);
        history.visit(history.first(), [&](const Event& event) {
            RC_ASSERT(event == state.events.at(static_cast<std::size_t>(event.revision.value - 1)));
            return true;
        });
        RC_ASSERT(history.now().measure().files == state.files.size());
        RC_ASSERT(history.now().measure().bytes == model::bytes_of(state.files));
        RC_ASSERT(store.voters() == state.voters);
        RC_ASSERT(store.state().electorate.retired() == state.retired);
        RC_ASSERT(store.state().delays.size() == state.delays.size());
        RC_ASSERT(store.state().sessions.size() == state.sessions.size());
        for (const auto& [id, session] : state.sessions) {
            const Session* open = store.state().sessions.find(SessionId{id});
            RC_ASSERT(open != nullptr);
            std::size_t bound = 0;
            for (const auto& [path, file] : state.files) bound += file.session.value == id ? 1 : 0;
            RC_ASSERT(open->files.size() == bound);
        }
    }
    void show(std::ostream& out) const override {
        out << "slot, " << passed << " us later:";
        for (const StoreCommand& command : commands) out << " " << describe(command);
    }
    std::uint64_t passed;
    std::vector<StoreCommand> commands;
};

/// A question, at any revision.
struct Ask : Step {
    explicit Ask(const Model& state) : question(generate::question(state)) {}
    void run(const Model& state, Real& real) const override {
        const auto got = decode_query_answer(real.machine->query(encode_query(question).bytes()));
        RC_ASSERT(got.has_value());
        RC_LOG() << describe(*got) << "\n";
        RC_ASSERT(*got == state.query(question));
    }
    void show(std::ostream& out) const override { out << describe(question); }
    StoreQuery question;
};

std::vector<ByteBuffer> pieces_of(const StateMachine& machine) {
    std::vector<ByteBuffer> pieces(1);
    while (machine.snapshot_piece(pieces.size() - 1, pieces.back())) pieces.emplace_back();
    pieces.pop_back();
    return pieces;
}

/// The machine goes on as a copy made by a snapshot.
struct Transfer : Step {
    explicit Transfer(const Model&) {}
    void run(const Model& state, Real& real) const override {
        const auto pieces = pieces_of(*real.machine);
        auto other = real.machine->fresh();
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            RC_ASSERT(other->restore_piece(i, pieces[i]).has_value());
        }
        RC_ASSERT(other->end_restore().has_value());
        RC_ASSERT(other->digest() == real.machine->digest());
        RC_ASSERT(pieces_of(*other) == pieces);
        real.machine = std::move(other);
        ApplySlot::same(state, real.store());
    }
    void show(std::ostream& out) const override { out << "snapshot"; }
};

/// The machine goes on as a clone; the one it was cloned from gets other commands first, which must
/// not show.
struct Fork : Step {
    explicit Fork(const Model&) {}
    void run(const Model& state, Real& real) const override {
        auto clone = real.machine->clone();
        const std::uint64_t digest = real.machine->digest();
        RC_ASSERT(clone->digest() == digest);
        const Value payload = encode_command(Set{"/a", clobber, Value(as_bytes("fork")), {}});
        const std::vector<CommandView> views{{.id = {}, .payload = payload.bytes()}};
        SlotResult result;
        real.machine->apply({.slot = next(real.slot), .stamp = real.now}, views, result);
        RC_ASSERT(real.machine->digest() != digest);
        RC_ASSERT(clone->digest() == digest);
        real.machine = std::move(clone);
        ApplySlot::same(state, real.store());
    }
    void show(std::ostream& out) const override { out << "fork"; }
};

/// Goal: every answer, event, snapshot and piece of state is what a dumb model says, whatever is
/// asked and in whatever order.
/// Method: random slots, questions, transfers by snapshot, forks; small limits and short history.
RC_GTEST_PROP(StoreProperty, AgreesWithTheModel, ()) {
    Settings cluster;
    cluster.voters = make_voters({NodeId{1}, NodeId{2}, NodeId{3}});
    cluster.alpha = 4;
    StoreSettings settings;
    settings.history = 8;
    settings.shortest_session_us = 10;
    settings.lock_delay_us = 200;
    settings.limits.path_bytes = 64;
    settings.limits.path_depth = 8;
    settings.limits.value_bytes = 64;
    settings.limits.transaction_parts = 6;
    Model state;
    state.settings = settings;
    state.alpha = cluster.alpha;
    state.voters = cluster.voters;
    Real real{.machine = std::make_unique<Store>(cluster, settings), .slot = {}, .now = {}};
    const auto steps =
        rc::state::gen::execOneOfWithArgs<ApplySlot, ApplySlot, ApplySlot, ApplySlot, ApplySlot,
                                          ApplySlot, Ask, Ask, Ask, Transfer, Fork>();
    const auto run = *rc::gen::scale(2, rc::state::gen::commands(state, steps));
    Model end = state;
    rc::state::applyAll(run, end);
    RC_CLASSIFY(end.first > Revision{1}, "history was trimmed");
    RC_CLASSIFY(!end.delays.empty(), "a lock delay runs");
    RC_CLASSIFY(!end.sessions.empty(), "a session is open");
    RC_CLASSIFY(end.voters_changed.has_value(), "voters changed");
    rc::state::runAll(run, state, real);
}

}  // namespace
}  // namespace decree::store
