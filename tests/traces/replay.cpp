#include "traces/replay.hpp"

#include <gtest/gtest.h>

#include "core/digest.hpp"
#include "tests/traces/small_world.hpp"

namespace decree::traces::tests {
namespace {

/// Goal: a run comes out of its trace bit for bit, crashes and restarts included.
/// Method: record a failover with a torn write, replay it.
TEST(TraceReplay, IsBitExact) {
    const Trace trace = failover_trace();
    const auto difference = replay_check(trace);
    EXPECT_FALSE(difference.has_value()) << say(*difference);
}

/// Goal: snapshots and released segments do not break the rebuilding of disks.
/// Method: enough commands for several snapshots and segments, a crash, a restart, more commands.
TEST(TraceReplay, DisksAreRebuiltAfterSnapshots) {
    SmallWorld world(3);
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 40; ++i) {
            if (const auto leader = world.leader()) world.ask(*leader, "some command");
            world.run(world.now() + 3'000);
        }
        const NodeId victim{static_cast<std::uint64_t>(round) + 1};
        world.crash(victim, 3);
        world.run(world.now() + 20'000);
        world.start(victim);
        world.run(world.now() + 3'000'000, [&] { return world.leader().has_value(); });
    }
    const auto difference = replay_check(world.finish());
    EXPECT_FALSE(difference.has_value()) << say(*difference);
}

/// Ends every node's life, to compare it with another.
class LastStates final : public Visitor {
public:
    void stepped(const Moment& moment, const Step& step, const Event&, const Node& after,
                 const Effects& effects, MessageId first) override {
        digests[step.node] = after.digest();
        if (!effects.envelopes.empty()) {
            EXPECT_EQ(first, messages);
            messages += effects.envelopes.size();
        }
        EXPECT_GT(moment.number, number);
        number = moment.number;
    }
    std::map<NodeId, std::uint64_t> digests;
    MessageId messages = 0;
    std::uint64_t number = 0;
};

/// Goal: a visitor sees the very nodes that the run had.
/// Method: compare the digests of all nodes at the end.
TEST(TraceReplay, VisitorSeesTheNodesOfTheRun) {
    SmallWorld world(3);
    world.run(2'000'000, [&] { return world.leader().has_value(); });
    world.run(world.now() + 100'000);
    std::map<NodeId, std::uint64_t> digests;
    for (const std::uint64_t id : {1U, 2U, 3U}) digests[NodeId{id}] = world.node(id).digest();
    const Trace trace = world.finish();
    LastStates states;
    ASSERT_TRUE(replay(trace, states).has_value());
    EXPECT_EQ(states.digests, digests);
    EXPECT_EQ(states.messages, trace.end().messages);
}

/// Goal: a run that comes out otherwise is noticed, and the place named.
/// Method: record a digest that is not the run's.
TEST(TraceReplay, NamesTheFirstDifference) {
    const RunHeader header{
        .settings = {.voters = {NodeId{1}}}, .store = {}, .seed = 1, .profile = "", .title = ""};
    Recorder recorder(header);
    const Options options{.self = NodeId{1}, .contacts = {NodeId{1}}, .members = {}};
    recorder.started(Time{0}, Time{5}, options, {});
    auto node = Node::start(header.settings, options, std::make_unique<CommandLog>(header.settings),
                            {}, Time{5});
    ASSERT_TRUE(node.has_value());
    Effects effects;
    const Event event{.now = Time{5}, .what = TimePassed{}};
    node->step(event, effects);
    recorder.stepped(Time{0}, *node, event, effects, std::nullopt, 12345);
    const auto trace = Trace::read(recorder.finish(std::nullopt));
    ASSERT_TRUE(trace.has_value());
    const auto difference = replay_check(*trace);
    ASSERT_TRUE(difference.has_value());
    EXPECT_EQ(difference->after_event, 0U);
    EXPECT_EQ(difference->before_event, 2U);
}

/// Goal: a message that nobody sent is stored in full, and replays.
/// Method: deliver a forged prepare.
TEST(TraceReplay, ForgedMessagesAreKept) {
    const RunHeader header{.settings = {.voters = {NodeId{1}, NodeId{2}}},
                           .store = {},
                           .seed = 1,
                           .profile = "",
                           .title = ""};
    Recorder recorder(header);
    const Options options{.self = NodeId{1}, .contacts = {NodeId{2}}, .members = {}};
    recorder.started(Time{0}, Time{5}, options, {});
    auto node = Node::start(header.settings, options, std::make_unique<CommandLog>(header.settings),
                            {}, Time{5});
    ASSERT_TRUE(node.has_value());
    Effects effects;
    const Event event{
        .now = Time{9},
        .what = Received{NodeId{2}, Prepare{.ballot = {3, NodeId{2}}, .from_slot = Slot{1}}}};
    node->step(event, effects);
    recorder.stepped(Time{4}, *node, event, effects, std::nullopt);
    const auto trace = Trace::read(recorder.finish(std::nullopt));
    ASSERT_TRUE(trace.has_value());
    EXPECT_FALSE(replay_check(*trace).has_value());
}

/// Goal: what a disk kept is rebuilt byte for byte from what was written, and told in few bytes.
/// Method: torn, rotten, missing and foreign files over several starts, told by who counts bytes to
/// who keeps them.
TEST(DiskImage, IsRebuiltFromWhatWasWritten) {
    Effects effects;
    effects.journal = {.begin = Position{0}, .starts_segment = true, .bytes = ByteBuffer(500)};
    for (std::size_t i = 0; i < 500; ++i) effects.journal.bytes[i] = static_cast<std::byte>(i * 7);
    DiskImage image;
    image.segments.push_back({Position{0}, effects.journal.bytes});
    image.segments[0].bytes.resize(300);
    image.segments[0].bytes[17] ^= std::byte{4};
    image.segments[0].bytes[19] ^= std::byte{4};
    image.segments.push_back({Position{900}, ByteBuffer(10, std::byte{9})});
    image.snapshots.push_back({Slot{4}, ByteBuffer(20, std::byte{1})});
    WrittenFiles<Extent> recorder;
    WrittenFiles<Tape> replayer;
    for (int start = 0; start < 3; ++start) {
        recorder.wrote(effects);
        replayer.wrote(effects);
        DiskView view = view_of(image);
        view.segments[0].second.altered_begin = 17;
        view.segments[0].second.altered_end = 20;
        ByteBuffer bytes;
        Encoder out(bytes);
        put_disk(recorder, view, out);
        EXPECT_LT(bytes.size(), 80U);
        Decoder in(bytes);
        EXPECT_EQ(get_disk(replayer, in), image);
        EXPECT_TRUE(in.ok() && in.at_end());
        image.segments.pop_back();
        image.segments.push_back({Position{1000}, {}});
    }
}

/// Goal: any file is told right, wherever it was altered and however long it is.
/// Method: all lengths of what was written and of what is there, and all altered ranges, up to 5.
TEST(DiskImage, AnyAlteredRangeIsTold) {
    for (std::size_t at = 0; at < 6 * 6 * 6 * 6; ++at) {
        const std::size_t begin = at % 6;
        const std::size_t end = begin + at / 6 % 6;
        Effects effects;
        effects.journal = {.begin = Position{0},
                           .starts_segment = true,
                           .bytes = ByteBuffer(at / 36 % 6, std::byte{1})};
        DiskImage image;
        image.segments.push_back({Position{0}, ByteBuffer(at / 216, std::byte{1})});
        ByteBuffer& there = image.segments[0].bytes;
        for (std::size_t i = begin; i < std::min(end, there.size()); ++i) there[i] = std::byte{2};
        WrittenFiles<Extent> recorder;
        WrittenFiles<Tape> replayer;
        recorder.wrote(effects);
        replayer.wrote(effects);
        DiskView view = view_of(image);
        view.segments[0].second.altered_begin = begin;
        view.segments[0].second.altered_end = end;
        ByteBuffer bytes;
        Encoder out(bytes);
        put_disk(recorder, view, out);
        Decoder in(bytes);
        ASSERT_EQ(get_disk(replayer, in), image) << at;
        ASSERT_TRUE(in.ok() && in.at_end()) << at;
    }
}

}  // namespace
}  // namespace decree::traces::tests
