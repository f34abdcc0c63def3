#include "sim/scenario/hand.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/contract.hpp"
#include "core/overload.hpp"
#include "core/store/command_log.hpp"
#include "props/contract.hpp"
#include "props/properties.hpp"
#include "props/sound_messages.hpp"
#include "props/step_kind.hpp"
#include "sim/random.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/values.hpp"

namespace decree::sim::scenario {

namespace {

// Every node's clock shows this, always. Not 0: that says "never" of some times.
constexpr Time standing{1'000'000};
constexpr std::uint64_t line_us = 1'000;
// Steps of one node that follow upon each other without an end in sight.
constexpr std::uint32_t most_in_a_row = 20'000;

Options options_by_hand(NodeId self, const std::vector<NodeId>& all, std::uint64_t seed) {
    Options options;
    options.self = self;
    options.seed = seed;
    options.contacts = all;
    options.by_hand = true;
    options.batch_commands = 1;          // Each command has a slot of its own.
    options.part_bytes = 1U << 26U;      // A promise is one message.
    options.snapshot_every = 1U << 20U;  // When it is told,
    options.keep_slots = 1U << 20U;      // and no slot goes before.
    return options;
}

}  // namespace

Settings settings_of(const Setup& setup) {
    Settings settings;
    settings.voters = setup.members;
    settings.alpha = setup.alpha.value_or(settings.alpha);
    if (setup.timed.lease) settings.lease_us = setup.timed.lease->length.us;
    settings.origin_window = 1U << 16U;  // Nothing that a client asked is ever forgotten.
    if (!setup.quorum) return settings;
    if (setup.unsafe_quorums) {
        settings.quorums =
            UnsafeSizes{.phase1 = setup.quorum->phase1, .phase2 = setup.quorum->phase2};
    } else {
        settings.quorums = *setup.quorum;
    }
    return settings;
}

Hand::Hand(const Setup& setup, std::uint64_t seed, traces::Recorder* recorder)
    : setup_(setup),
      settings_(settings_of(setup)),
      recorder_(recorder),
      calm_(Choices::from_record({})),
      checker_(settings_),
      witness_(settings_) {
    effects_.listening = recorder != nullptr;
    for (const NodeId id : setup.nodes) {
        Host& added = hosts_.emplace_back();
        added.id = id;
        added.options = options_by_hand(id, setup.nodes, seed);
        added.forgetful = std::ranges::binary_search(setup.forgetful, id);
    }
}

void Hand::found() {
    for (Host& each : hosts_) start(each);
}

void Hand::begin_line(const std::string& words) {
    line_ += line_us;
    note(traces::Remark{words});
}

void Hand::fail(const std::string& why) {
    note(traces::Remark{std::string(traces::expectation_failed) + why});
}

const Node* Hand::node(NodeId id) const {
    const auto at = std::ranges::find(hosts_, id, &Host::id);
    return at == hosts_.end() || !at->node ? nullptr : &*at->node;
}

Hand::Host& Hand::host(NodeId id) {
    const auto at = std::ranges::find(hosts_, id, &Host::id);
    ENSURE(at != hosts_.end(), "a scenario names only nodes that are there");
    return *at;
}

void Hand::note(const traces::Note& what) {
    if (recorder_ != nullptr) recorder_->note(Time{line_}, what);
}

void Hand::violate(props::Violation violation) {
    ENSURE(props::is_property(violation.property),
           "what is judged is named in props/properties.hpp");
    const bool known = std::ranges::find(violations_, violation.property,
                                         &props::Violation::property) != violations_.end();
    if (known) return;
    if (recorder_ != nullptr) recorder_->violated(violation);
    violations_.push_back(std::move(violation));
}

// --- A node's life -------------------------------------------------------------------------------

void Hand::start(Host& host) {
    const auto disk = host.disk.recover();
    ENSURE(disk.has_value(), "a disk that only loses what was not synced can be read");
    Options options = host.options;
    options.seed += std::uint64_t{host.starts++} << 32U;
    auto node =
        Node::start(settings_, options, std::make_unique<CommandLog>(settings_), *disk, standing);
    ENSURE(node.has_value(), "a node starts on a disk of its own");
    if (recorder_ != nullptr) {
        recorder_->started(Time{line_}, standing, options, host.disk.view());
    }
    host.disk.started(*disk);
    host.told_durable = disk->place.end;
    host.node.emplace(*std::move(node));
    host.stalled = false;
    host.commits = 0;
    witness_.started(host.id, *disk);
    checker_.started(*host.node, *disk);
    if (checker_.violation()) violate(*checker_.violation());
    settle(host);
}

void Hand::crash(Host& host) {
    Dice none(calm_, Site::DiskFault, 0);
    host.disk.crash(Leftover::None, none);
    host.node.reset();
    if (recorder_ != nullptr) recorder_->crashed(Time{line_}, host.id);
    witness_.crashed(host.id);
    checker_.crashed(host.id);
    if (!host.forgetful) return;
    host.disk = Disk{};
    note(traces::DiskFault{.node = host.id, .kind = traces::DiskFaultKind::DiskLost});
    witness_.forgot(host.id);
    checker_.rotted(host.id);
}

// --- Steps ---------------------------------------------------------------------------------------

void Hand::step(Host& host, Happening what, std::optional<traces::MessageId> message) {
    if (!take_step(host, {.now = standing, .what = std::move(what)}, message)) return;
    perform_effects(host);
    settle(host);
}

// False: the step broke, and the node is gone.
bool Hand::take_step(Host& host, const Event& event, std::optional<traces::MessageId> message) {
    try {
        host.node->step(event, effects_);
    } catch (const ContractViolation& broken) {
        this->broke(host, broken, event, message);
        return false;
    }
    digest_ = traces::extend_digest(digest_, host.id, event, effects_);
    if (recorder_ != nullptr) {
        recorder_->stepped(Time{line_}, *host.node, event, effects_, message, digest_);
    }
    checker_.stepped(*host.node, event, effects_);
    witness_.stepped(*host.node, event, effects_);
    judge(host, event);
    return true;
}

void Hand::judge(Host& host, const Event& event) {
    // The checker looks at nothing more after what it found first, and that may come before this.
    if (const std::optional<Slot> slot = witness_.conflict()) {
        std::string values;
        for (const Value& value : witness_.chosen(*slot)) {
            values += (values.empty() ? "" : " and ") + value_to_text(text_of(value));
        }
        violate({.property = "Agreement",
                 .details = fmt::format("in slot {} {} are chosen", slot->value, values),
                 .signature = "Agreement at " + props::step_kind(event)});
    }
    if (checker_.violation()) violate(*checker_.violation());
    if (auto unsound = props::sound_messages(host.id, host.node->bad_messages(), 0, event)) {
        violate(*std::move(unsound));
    }
}

void Hand::broke(Host& host, const ContractViolation& broken, const Event& event,
                 std::optional<traces::MessageId> message) {
    if (recorder_ != nullptr) recorder_->broke(Time{line_}, host.id, event, message);
    violate(props::contract_violation(broken, host.id, event));
    crash(host);
}

void Hand::broke(const ContractViolation& broken) { violate(props::contract_violation(broken)); }

void Hand::perform_effects(Host& host) {
    const traces::MessageId first = messages_;
    messages_ += effects_.envelopes.size();
    std::vector<Parcel> parcels = pack(effects_.envelopes, first);
    const std::vector<Reply> replies = std::exchange(effects_.replies, {});
    if (!effects_.journal.bytes.empty()) host.disk.append(effects_.journal, host.told_durable);
    for (const SnapshotWrite& write : effects_.snapshot) {
        host.disk.write(write);
        if (std::holds_alternative<SnapshotCommit>(write)) ++host.commits;
    }
    host.disk.release(effects_.release, DiskHabits{});
    for (Parcel& parcel : parcels) send(std::move(parcel));
    for (const Reply& reply : replies) answer(host, reply);
}

// What the disk, if it may, and the node itself do at once.
void Hand::settle(Host& host) {
    const auto what_now = [&]() -> std::optional<Happening> {
        if (!host.stalled && host.disk.wants_sync(DiskHabits{})) {
            host.disk.begin_sync(0);
            host.told_durable = host.disk.end_sync();
            return Durable{host.told_durable};
        }
        if (!host.stalled && host.commits > 0) {
            --host.commits;
            return SnapshotStored{host.disk.store_snapshot(DiskHabits{})};
        }
        if (host.node->deadline() <= standing) return TimePassed{};
        return std::nullopt;
    };
    host.in_a_row = 0;
    while (host.node) {
        const std::optional<Happening> what = what_now();
        if (!what) return;
        if (++host.in_a_row > most_in_a_row) {
            return violate({.property = "Spinning",
                            .details = to_text(host.id) + " wants to be stepped again and again",
                            .signature = "Spinning: a deadline that is always now"});
        }
        if (!take_step(host, {.now = standing, .what = *what}, std::nullopt)) return;
        perform_effects(host);
    }
}

// --- Messages and answers ------------------------------------------------------------------------

void Hand::send(Parcel&& parcel) {
    const bool cut = is_cut(parcel.label.from, parcel.label.to);
    mail_.leave(parcel, !cut);
    if (cut) lose(parcel, traces::Loss::Cut);
}

void Hand::lose(const Parcel& parcel, traces::Loss why) {
    for (const traces::MessageId number : parcel.numbers) {
        note(traces::MessageLost{.message = number, .why = why});
    }
}

void Hand::deliver(const Parcel& parcel) {
    Host& to = host(parcel.label.to);
    if (!to.node) return lose(parcel, traces::Loss::ReceiverDown);
    for (std::size_t i = 0; i < parcel.pieces.size() && to.node; ++i) {
        step(to, Received{.from = parcel.label.from, .message = parcel.pieces[i]},
             parcel.numbers[i]);
    }
}

void Hand::answer(Host& host, const Reply& reply) {
    Question& question = clients_.at(reply.tag);
    question.told = reply.outcome;
    note(traces::ClientAnswered{.client = question.client,
                                .node = host.id,
                                .tag = reply.tag,
                                .outcome = reply.outcome,
                                .answer = reply.answer});
    if (reply.outcome == Outcome::Done) {
        question.answered = true;
        if (question.reads) question.seen = commands_read(*host.node, reply.answer);
    }
    checker_.answered(reply.tag, Time{line_}, reply.outcome, reply.answer);
    if (checker_.violation()) violate(*checker_.violation());
}

void Hand::direct(Host& host, const Direction& direction) { step(host, Directed{direction}); }

void Hand::finish() {
    checker_.finish_history();
    if (checker_.violation()) violate(*checker_.violation());
}

}  // namespace decree::sim::scenario
