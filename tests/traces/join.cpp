#include "traces/join.hpp"

#include <map>

#include <gtest/gtest.h>

#include "core/node/node.hpp"
#include "tests/traces/small_world.hpp"
#include "traces/replay.hpp"

namespace decree::traces::tests {
namespace {

constexpr std::uint64_t then = 1'700'000'000'000'000;

/// Makes of a whole run what each of its nodes would have recorded itself, by a clock of its own.
class Splitter final : public Visitor {
public:
    explicit Splitter(const Trace& whole) : header_(whole.header()) {}
    void follow(const Replay& replay) { replay_ = &replay; }

    /// What its clock shows more, in microseconds.
    std::map<NodeId, std::uint64_t> ahead;

    void started(const Moment& moment, const Recovered&, const Node& node) override {
        const auto& start = std::get<Start>(replay_->entry().what);
        of(node.id()).started(moment.at, start.now, start.options, view_of(replay_->disk()),
                              start.beginning);
    }
    void stepped(const Moment& moment, const Step&, const Event& event, const Node& after,
                 const Effects& effects, MessageId) override {
        of(after.id()).stepped(moment.at, after, event, effects, std::nullopt);
    }
    void crashed(const Moment& moment, NodeId node) override { of(node).crashed(moment.at, node); }

    [[nodiscard]] std::vector<Trace> finish() {
        std::vector<Trace> traces;
        for (auto& [node, recorder] : recorders_) {
            auto trace = Trace::read(recorder.finish(std::nullopt));
            ENSURE(trace.has_value(), "what was recorded can be read");
            traces.push_back(*std::move(trace));
        }
        return traces;
    }

private:
    Recorder& of(NodeId node) {
        RunHeader header = header_;
        header.live_since = then + ahead[node];
        return recorders_.try_emplace(node, header).first->second;
    }

    RunHeader header_;
    const Replay* replay_ = nullptr;
    std::map<NodeId, Recorder> recorders_;
};

std::vector<Trace> split(const Trace& whole, const std::map<NodeId, std::uint64_t>& ahead = {}) {
    Splitter splitter(whole);
    splitter.ahead = ahead;
    Replay replay(whole, splitter);
    splitter.follow(replay);
    while (replay.next()) {
    }
    return splitter.finish();
}

/// How many messages arrived of which the trace knows who sent them, and how many of which it does
/// not.
std::pair<std::size_t, std::size_t> arrivals(const Trace& trace) {
    EntryReader reader(trace);
    Entry entry;
    std::pair<std::size_t, std::size_t> found;
    while (reader.next(entry)) {
        const auto* const step = std::get_if<Step>(&entry.what);
        if (step == nullptr) continue;
        if (std::holds_alternative<Delivered>(step->cause)) ++found.first;
        if (std::holds_alternative<Received>(step->cause)) ++found.second;
    }
    return found;
}

/// Sees whether a message overtakes another one of the same sender to the same receiver.
class Overtaking final : public Visitor {
public:
    void stepped(const Moment&, const Step& step, const Event& event, const Node&, const Effects&,
                 MessageId) override {
        const auto* const came = std::get_if<Delivered>(&step.cause);
        if (came == nullptr) return;
        MessageId& last = last_[{std::get<Received>(event.what).from, step.node}];
        if (came->message + 1 <= last) ++seen;
        last = came->message + 1;
    }
    std::size_t seen = 0;

private:
    std::map<std::pair<NodeId, NodeId>, MessageId> last_;
};

std::size_t overtakings(const Trace& trace) {
    Overtaking overtaking;
    EXPECT_TRUE(replay(trace, overtaking).has_value());
    return overtaking.seen;
}

Trace joined(std::span<const Trace> traces) {
    auto bytes = join(traces);
    ENSURE(bytes.has_value(), "what replays can be joined");
    auto trace = Trace::read(*std::move(bytes));
    ENSURE(trace.has_value(), "what was joined can be read");
    return *std::move(trace);
}

/// Goal: what three nodes recorded makes the run again: all that happened, each message with its
/// sending, and it replays.
/// Method: split runs with crashes and changes of members, by equal clocks; join the pieces.
TEST(JoinedTraces, MakeTheWhole) {
    for (const Trace& whole : {failover_trace(), members_trace()}) {
        const Trace trace = joined(split(whole));
        EXPECT_FALSE(replay_check(trace).has_value());
        EXPECT_EQ(trace.end().steps, whole.end().steps);
        EXPECT_EQ(trace.end().messages, whole.end().messages);
        EXPECT_EQ(arrivals(trace), arrivals(whole));
        EXPECT_EQ(trace.nodes().size(), whole.nodes().size());
        EXPECT_EQ(trace.header().live_since, then);
    }
}

/// Goal: clocks that differ move when something happened, never whether; nothing arrives before it
/// was sent, or overtakes what was sent before it.
/// Method: the same by clocks up to 0.3 s apart, each way; replay finds an arrival that comes
/// early.
TEST(JoinedTraces, ClocksMayDiffer) {
    const Trace whole = failover_trace();
    for (const std::uint64_t first : {0U, 100'000U, 300'000U}) {
        for (const std::uint64_t second : {0U, 700U, 300'000U}) {
            const Trace trace =
                joined(split(whole, {{NodeId{1}, first}, {NodeId{2}, second}, {NodeId{3}, 0}}));
            EXPECT_FALSE(replay_check(trace).has_value()) << first << ' ' << second;
            EXPECT_EQ(trace.end().steps, whole.end().steps);
            const auto [known, unknown] = arrivals(trace);
            EXPECT_EQ(known + unknown, arrivals(whole).first);
            EXPECT_GT(known, unknown * 9) << first << ' ' << second;
            EXPECT_EQ(overtakings(trace), 0U) << first << ' ' << second;
        }
    }
}

/// Goal: what nobody recorded is missing, and nothing else.
/// Method: leave out one node; the others' messages to each other all keep their sendings.
TEST(JoinedTraces, OneMayBeMissing) {
    const Trace whole = failover_trace();
    std::vector<Trace> traces = split(whole);
    traces.pop_back();
    const Trace trace = joined(traces);
    EXPECT_FALSE(replay_check(trace).has_value());
    EXPECT_EQ(trace.nodes(), (std::vector{NodeId{1}, NodeId{2}}));
    EXPECT_GT(arrivals(trace).first, 0U);
    EXPECT_GT(arrivals(trace).second, 0U);
    EXPECT_LT(trace.end().steps, whole.end().steps);
}

/// One node of two, by itself, and what it records.
struct Alone {
    Alone(NodeId self, NodeId other, std::uint64_t since = then, const DiskImage& found = {})
        : options{.self = self, .contacts = {other}, .members = {}},
          recorder({.settings = settings,
                    .store = {},
                    .seed = 0,
                    .profile = "",
                    .title = "",
                    .live_since = since}),
          disk(found) {
        recorder.started(Time{0}, Time{0}, options, view_of(disk));
        std::vector<SegmentBytes> segments;
        for (const SegmentImage& one : disk.segments) segments.push_back({one.begin, one.bytes});
        const auto recovered = recover(segments, {});
        ENSURE(recovered.has_value(), "what was written is read");
        auto started = Node::start(settings, options, std::make_unique<CommandLog>(settings),
                                   *recovered, Time{0});
        ENSURE(started.has_value(), "a disk that was read starts its node");
        node = *std::move(started);
    }
    template <class What>
    const Effects& step(Time at, What what) {
        const Event event{.now = at, .what = std::move(what)};
        node->step(event, effects);
        recorder.stepped(at, *node, event, effects, std::nullopt);
        const JournalAppend& journal = effects.journal;
        if (journal.starts_segment) disk.segments.push_back({journal.begin, {}});
        if (journal.bytes.empty()) return effects;
        ByteBuffer& bytes = disk.segments.back().bytes;
        bytes.insert(bytes.end(), journal.bytes.begin(), journal.bytes.end());
        return effects;
    }
    [[nodiscard]] Trace finish() {
        auto trace = Trace::read(recorder.finish(std::nullopt));
        ENSURE(trace.has_value(), "what was recorded can be read");
        return *std::move(trace);
    }

    Settings settings{.voters = {NodeId{1}, NodeId{2}}};
    Options options;
    Recorder recorder;
    DiskImage disk;
    std::optional<Node> node;
    Effects effects;
};

/// Goal: of messages that say the same, each arrives once, in the order in which they were sent;
/// those that were lost are the early ones.
/// Method: a node asks the same again and again; the last two arrive together.
TEST(JoinedTraces, EqualMessagesKeepTheirOrder) {
    Alone asks(NodeId{1}, NodeId{2});
    std::vector<std::pair<MessageId, Message>> sent;
    MessageId next = 0;
    Time now{0};
    for (int i = 0; i < 400; ++i) {
        now = now + 50'000;
        const Effects& effects = asks.step(now, TimePassed{});
        for (const Envelope& envelope : effects.envelopes) {
            sent.emplace_back(next++, envelope.message);
        }
        if (effects.journal.bytes.empty()) continue;
        const std::uint64_t end = effects.journal.begin.value + effects.journal.bytes.size();
        for (const Envelope& envelope : asks.step(now, Durable{Position{end}}).envelopes) {
            sent.emplace_back(next++, envelope.message);
        }
    }
    ASSERT_FALSE(sent.empty());
    const Message last = sent.back().second;
    std::erase_if(sent, [&](const auto& one) { return one.second != last; });
    ASSERT_GE(sent.size(), 3U);
    const auto last_two = std::span(sent).last(2);
    Alone hears(NodeId{2}, NodeId{1});
    for (const auto& [number, message] : last_two) {
        now = now + 1'000;
        hears.step(now, Received{NodeId{1}, message});
    }
    std::vector<Trace> traces;
    traces.push_back(asks.finish());
    traces.push_back(hears.finish());
    const Trace trace = joined(traces);
    EXPECT_FALSE(replay_check(trace).has_value());
    EXPECT_EQ(arrivals(trace), std::pair(std::size_t{2}, std::size_t{0}));
    EXPECT_EQ(overtakings(trace), 0U);
}

/// Goal: a start that is told twice is refused; two starts of one node come in their order,
/// whatever the clock said when.
/// Method: the same trace twice; then a node's two lives as two traces, the later one by a clock
/// that was set back.
TEST(JoinedTraces, EachStartOnceAndInOrder) {
    const std::vector<Trace> traces = split(failover_trace());
    const std::vector twice{traces[0], traces[1], traces[0]};
    const auto refused = join(twice);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().trace, 2U);
    EXPECT_NE(refused.error().why.find("start number 1 of N1"), std::string::npos);

    Alone first(NodeId{1}, NodeId{2});
    first.step(Time{10}, TimePassed{});
    first.step(Time{20}, TimePassed{});
    Alone second(NodeId{1}, NodeId{2}, then - 5'000'000, first.disk);
    second.step(Time{10}, TimePassed{});
    ASSERT_EQ(second.node->incarnation().value, first.node->incarnation().value + 1);
    std::vector<Trace> lives;
    lives.push_back(second.finish());
    lives.push_back(first.finish());
    const Trace trace = joined(lives);
    EXPECT_FALSE(replay_check(trace).has_value());
    EntryReader reader(trace);
    Entry entry;
    std::vector<std::size_t> disks;
    while (reader.next(entry)) {
        const auto* const start = std::get_if<Start>(&entry.what);
        if (start != nullptr) disks.push_back(start->disk.size());
    }
    ASSERT_EQ(disks.size(), 2U);
    EXPECT_LT(disks[0], disks[1]);
}

/// Goal: what was joined can be joined again.
/// Method: first two of three, then the third to them.
TEST(JoinedTraces, CanBeJoinedAgain) {
    const Trace whole = failover_trace();
    std::vector<Trace> traces = split(whole);
    std::vector<Trace> two;
    two.push_back(std::move(traces[0]));
    two.push_back(std::move(traces[1]));
    std::vector<Trace> all;
    all.push_back(joined(two));
    all.push_back(std::move(traces[2]));
    const Trace trace = joined(all);
    EXPECT_FALSE(replay_check(trace).has_value());
    EXPECT_EQ(arrivals(trace), arrivals(whole));
}

}  // namespace
}  // namespace decree::traces::tests
