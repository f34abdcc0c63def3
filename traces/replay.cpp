#include "traces/replay.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/contract.hpp"
#include "core/overload.hpp"
#include "core/store/machines.hpp"
#include "traces/disk_image.hpp"
#include "traces/recorder.hpp"

namespace decree::traces {
namespace {

std::expected<Recovered, Damage> recover(const DiskImage& image) {
    std::vector<SegmentBytes> segments;
    segments.reserve(image.segments.size());
    for (const SegmentImage& one : image.segments) segments.push_back({one.begin, one.bytes});
    std::vector<SnapshotFileBytes> snapshots;
    snapshots.reserve(image.snapshots.size());
    for (const auto& one : image.snapshots) snapshots.push_back({one.through, one.bytes});
    return decree::recover(segments, snapshots);
}

}  // namespace

/// Keeps the envelopes that will be delivered, each until its last copy has been.
class Replay::Mailbox {
public:
    explicit Mailbox(const Trace& trace) {
        EntryReader reader(trace);
        Entry entry;
        while (reader.next(entry)) {
            const auto* step = std::get_if<Step>(&entry.what);
            const auto* delivered = step ? std::get_if<Delivered>(&step->cause) : nullptr;
            if (delivered != nullptr) wanted_.push_back(delivered->message);
        }
        std::ranges::sort(wanted_);
    }

    /// These were sent. Numbers rise from call to call.
    void sent(const std::vector<Envelope>& envelopes, MessageId first) {
        for (std::size_t i = 0; i < envelopes.size(); ++i) {
            while (next_ < wanted_.size() && wanted_[next_] < first + i) ++next_;
            std::uint64_t copies = 0;
            while (next_ < wanted_.size() && wanted_[next_] == first + i) {
                ++copies;
                ++next_;
            }
            if (copies > 0) kept_.emplace(first + i, Kept{envelopes[i], copies});
        }
    }

    /// A copy is delivered; nothing if no such message was sent.
    std::optional<Envelope> deliver(MessageId message) {
        const auto kept = kept_.find(message);
        if (kept == kept_.end()) return std::nullopt;
        if (--kept->second.copies > 0) return kept->second.envelope;
        Envelope envelope = std::move(kept->second.envelope);
        kept_.erase(kept);
        return envelope;
    }

private:
    struct Kept {
        Envelope envelope;
        std::uint64_t copies{};
    };
    std::vector<MessageId> wanted_;  // Ascending, one for each delivery.
    std::size_t next_ = 0;
    std::map<MessageId, Kept> kept_;
};

class Replay::Replayer {
public:
    Replayer(const Trace& trace, Visitor& visitor)
        : trace_(trace), visitor_(visitor), reader_(trace), mail_(trace) {}

    bool next() {
        const std::uint64_t before = moment_.number;
        while (!failed_ && moment_.number == before) {
            if (visitor_.done() || !reader_.next(entry_)) return false;
            moment_.at = entry_.at;
            try {
                std::visit([this](const auto& what) { take(what); }, entry_.what);
            } catch (const ContractViolation& violation) {  // No node starts on nonsense.
                fail(violation.what());
            }
        }
        return !failed_;
    }

    [[nodiscard]] const Entry& entry() const { return entry_; }
    [[nodiscard]] const DiskImage& disk() const { return disk_; }
    [[nodiscard]] const std::optional<Difference>& difference() const { return failed_; }

private:
    struct Replica {
        std::optional<Node> node;  // None while it is down.
        Effects effects;
        WrittenFiles<Tape> written;
    };

    void fail(std::string what) { failed_ = Difference{checked_, moment_.number, std::move(what)}; }

    void take(const Start& start) {
        ++moment_.number;
        Replica& replica = replicas_[start.options.self];
        Decoder in(start.disk);
        disk_ = get_disk(replica.written, in);
        if (!in.ok() || !in.at_end()) {
            return fail("the disk of " + std::to_string(start.options.self.value) +
                        " cannot be rebuilt from what the node wrote");
        }
        const auto disk = recover(disk_);
        if (!disk) return fail("a disk is damaged that was not: " + disk.error().what);
        const Beginning beginning = start.beginning.value_or(
            Beginning{.settings = trace_.header().settings, .founders = {}, .joins = false});
        auto node =
            Node::start(beginning, start.options,
                        make_machine(beginning.settings, trace_.header().store), *disk, start.now);
        if (!node) return fail("a node does not start that did: " + node.error().what);
        replica.node = std::move(*node);
        visitor_.started(moment_, *disk, *replica.node);
    }

    void take(const Step& step) {
        ++moment_.number;
        Replica& replica = replicas_[step.node];
        if (!replica.node) return fail("a node takes a step that is down");
        std::optional<Event> event = event_of(step);
        if (!event) return fail("a message arrives that was not sent");
        visitor_.before(moment_, step, *event, *replica.node);
        std::optional<std::string> why;
        try {
            replica.effects.listening = true;
            replica.node->step(*event, replica.effects);
        } catch (const ContractViolation& violation) {
            why = violation.what();
        }
        if (why.has_value() != step.broke) {
            return fail(why ? "a step breaks that did not: " + *why
                            : "a step goes well that broke");
        }
        if (step.broke) return visitor_.broke(moment_, step, *event, *why);
        went(step, *event, replica);
    }

    void went(const Step& step, const Event& event, Replica& replica) {
        ++steps_;
        const MessageId first = messages_;
        messages_ += replica.effects.envelopes.size();
        digest_ = extend_digest(digest_, step.node, event, replica.effects);
        mail_.sent(replica.effects.envelopes, first);
        replica.written.wrote(replica.effects);
        visitor_.stepped(moment_, step, event, *replica.node, replica.effects, first);
    }

    std::optional<Event> event_of(const Step& step) {
        Event event{.now = step.now, .what = TimePassed{}};
        const bool known = std::visit(
            Overload{[&](const Delivered& delivered) {
                         std::optional<Envelope> envelope = mail_.deliver(delivered.message);
                         if (!envelope || envelope->to != step.node) return false;
                         event.what = Received{envelope->from, std::move(envelope->message)};
                         return true;
                     },
                     [&](const auto& other) {
                         event.what = other;
                         return true;
                     }},
            step.cause);
        return known ? std::optional(std::move(event)) : std::nullopt;
    }

    void take(const Crash& crash) {
        ++moment_.number;
        replicas_[crash.node].node.reset();
        visitor_.crashed(moment_, crash.node);
    }
    void take(const Note& note) {
        ++moment_.number;
        visitor_.noted(moment_, note);
    }
    void take(const props::Violation& violation) {
        ++moment_.number;
        visitor_.violated(moment_, violation);
    }
    void take(const DigestMark& mark) { check(mark.steps, mark.digest); }
    void take(const End& end) {
        check(end.steps, end.digest);
        if (!failed_ && end.messages != messages_) fail("another number of messages");
    }

    void check(std::uint64_t steps, std::uint64_t digest) {
        if (steps != steps_ || digest != digest_) {
            return fail("events or effects differ (digests)");
        }
        checked_ = moment_.number;
    }

    const Trace& trace_;
    Visitor& visitor_;
    EntryReader reader_;
    Entry entry_;
    DiskImage disk_;
    Mailbox mail_;
    std::map<NodeId, Replica> replicas_;
    Moment moment_;
    std::uint64_t steps_ = 0;
    std::uint64_t checked_ = 0;  // Through this event digests were found right.
    MessageId messages_ = 0;
    std::uint64_t digest_ = 0;
    std::optional<Difference> failed_;
};

Replay::Replay(const Trace& trace, Visitor& visitor)
    : replayer_(std::make_unique<Replayer>(trace, visitor)) {}

Replay::~Replay() = default;

bool Replay::next() { return replayer_->next(); }

const Entry& Replay::entry() const { return replayer_->entry(); }

const DiskImage& Replay::disk() const { return replayer_->disk(); }

const std::optional<Difference>& Replay::difference() const { return replayer_->difference(); }

std::expected<void, Difference> replay(const Trace& trace, Visitor& visitor) {
    Replay run(trace, visitor);
    while (run.next()) {
    }
    if (run.difference()) return std::unexpected(*run.difference());
    return {};
}

std::optional<Difference> replay_check(const Trace& trace) {
    Visitor nobody;
    const auto result = replay(trace, nobody);
    if (result) return std::nullopt;
    return result.error();
}

std::string say(const Difference& difference) {
    const std::uint64_t first = difference.after_event + 1;
    const std::string last = '#' + std::to_string(difference.before_event);
    const std::string where = first >= difference.before_event
                                  ? "at " + last
                                  : "somewhere from #" + std::to_string(first) + " to " + last;
    return "the run differs from its trace " + where + ": " + difference.what +
           "; if another program recorded it, replay it with that one";
}

}  // namespace decree::traces
