#include "props/checker.hpp"

#include <utility>
#include <vector>

#include "core/node/node.hpp"
#include "props/observer.hpp"

namespace decree::props {

namespace {

NodeView view_of(const Node& node) {
    return {.id = node.id(),
            .promised = node.promised(),
            .chosen_through = node.chosen_through(),
            .applied = node.applied(),
            .machine = &node.machine(),
            .log = &node.log(),
            .put_off = node.put_off(),
            .founding = node.founding() ? &*node.founding() : nullptr};
}

}  // namespace

Checker::Checker(const Settings& settings) : observer_(std::make_unique<Observer>(settings)) {}
Checker::Checker(const Checker& other) : observer_(std::make_unique<Observer>(*other.observer_)) {}
Checker::Checker(Checker&& other) noexcept = default;
Checker& Checker::operator=(const Checker& other) {
    if (this != &other) observer_ = std::make_unique<Observer>(*other.observer_);
    return *this;
}
Checker& Checker::operator=(Checker&& other) noexcept = default;
Checker::~Checker() = default;

void Checker::started(const Node& node, const Recovered& disk) {
    observer_->started(view_of(node), node.options(), disk);
}

void Checker::stepped(const Node& after, const Event& event, const Effects& effects) {
    const Observer::Wanted wanted = observer_->stepped(view_of(after), event, effects);
    using Wanted = Observer::Wanted;
    if (wanted == Wanted::Nothing) [[likely]]
        return;
    if (wanted != Wanted::Digest) {
        for (const Load& load : after.load()) {
            observer_->loaded(after.id(), load.name, load.size, load.bound);
        }
    }
    if (wanted != Wanted::Load) {
        observer_->digested(after.id(), after.applied(), after.applied_digest());
    }
}

void Checker::crashed(NodeId node) { observer_->crashed(node); }
void Checker::rotted(NodeId node) { observer_->rotted(node); }
void Checker::snapshot_rotted(NodeId node) { observer_->snapshot_rotted(node); }
void Checker::lost(NodeId node) { observer_->lost(node); }

void Checker::asked(std::uint64_t operation, Time, const RequestId& id, const Value& payload) {
    observer_->asked(operation, id, payload);
}

void Checker::asked_read(std::uint64_t operation, Time, const Value& question) {
    observer_->asked_read(operation, question);
}

void Checker::time_is(Time now, const ClockBound& clocks) { observer_->time_is(now, clocks); }
void Checker::asked_local(NodeId node, const store::Asker& asker,
                          const store::StoreQuery& question) {
    observer_->local().asked({node, asker}, question);
}
void Checker::asked_watch(NodeId node, const store::Asker& asker,
                          const store::WatchRequest& request) {
    observer_->local().watches({node, asker}, request);
}
void Checker::wants_more(NodeId node, const store::Asker& asker) {
    observer_->local().wants_more({node, asker});
}
void Checker::takes(NodeId node, ClientId client, bool takes) {
    observer_->local().takes(node, client, takes);
}
void Checker::cancelled(NodeId node, const store::Asker& asker) {
    observer_->local().forget({node, asker});
}
void Checker::gone(NodeId node, ClientId client) { observer_->local().forget(node, client); }
void Checker::served(NodeId node, Slot applied, const store::LocalAnswer& answer) {
    observer_->served(node, applied, answer);
}
void Checker::served_all(NodeId node, Slot applied) { observer_->served_all(node, applied); }
const store::model::Model* Checker::store() const { return observer_->model(); }

void Checker::answered(std::uint64_t operation, Time, Outcome outcome, const Answer& answer) {
    observer_->answered(operation, outcome, answer);
}

const std::optional<Violation>& Checker::violation() const { return observer_->violation(); }

void Checker::finish_history() { observer_->finish_history(); }

void Checker::finish_convergence(std::span<const Node* const> core) {
    std::vector<FinalState> states;
    for (const Node* const node : core) {
        states.push_back({.node = node->id(),
                          .chosen_through = node->chosen_through(),
                          .applied = node->applied(),
                          .digest = node->applied_digest()});
    }
    observer_->finish_convergence(states);
}

bool Checker::founded() const { return observer_->founded(); }
const Settings& Checker::settings() const { return observer_->settings(); }
Slot Checker::chosen_through() const { return observer_->chosen().through(); }
bool Checker::chosen(Slot slot) const { return observer_->chosen().find(slot) != nullptr; }
const Voters& Checker::voters() const { return voters(Slot{chosen_through().value + 1}); }
const Voters& Checker::voters(Slot slot) const { return observer_->electorates().at(slot).voters; }
std::uint64_t Checker::executed() const { return observer_->sometimes().executed; }
const Sometimes& Checker::sometimes() const { return observer_->sometimes(); }
std::uint64_t Checker::digest() const { return observer_->digest(); }

}  // namespace decree::props
