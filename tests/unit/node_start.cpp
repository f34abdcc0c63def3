#include <utility>

#include <gtest/gtest.h>

#include "core/node/node.hpp"
#include "core/store/command_log.hpp"

namespace decree {
namespace {

constexpr Time now{1'000'000};

Settings three_voters() {
    Settings settings;
    settings.voters = {NodeId{1}, NodeId{2}, NodeId{3}};
    return settings;
}

Options of_node(std::uint64_t id) {
    Options options;
    options.self = NodeId{id};
    options.seed = id;
    return options;
}

std::string refusal(const Settings& settings, const Options& options) {
    const auto node =
        Node::start(settings, options, std::make_unique<CommandLog>(settings), Recovered{}, now);
    return node ? "" : node.error().what;
}

/// One life of a node without a vote, and the segment that it writes.
class Life {
public:
    explicit Life(const Recovered& disk)
        : node_(*Node::start(three_voters(), of_node(4),
                             std::make_unique<CommandLog>(three_voters()), disk, now)) {
        step(TimePassed{});
    }
    /// The disk has all that was written. Returns whether that made the node write more.
    bool sync() {
        const std::size_t before = segment_.size();
        step(Durable{end_});
        return segment_.size() > before;
    }
    /// Whether the node takes a request under its own name.
    bool takes_request() {
        step(Requested{.client = ClientId{1},
                       .id = std::nullopt,
                       .tag = 1,
                       .payload = encode_command(AppendText{"x"})});
        return out_.replies.empty();
    }
    [[nodiscard]] Incarnation incarnation() const { return node_.incarnation(); }
    [[nodiscard]] const ByteBuffer& segment() const { return segment_; }

private:
    void step(decltype(Event::what) what) {
        node_.step(Event{.now = now, .what = std::move(what)}, out_);
        const ByteBuffer& bytes = out_.journal.bytes;
        if (bytes.empty()) return;
        end_ = Position{out_.journal.begin.value + bytes.size()};
        segment_.insert(segment_.end(), bytes.begin(), bytes.end());
    }

    Node node_;
    Effects out_;
    ByteBuffer segment_;
    Position end_;
};

auto recovered(const ByteBuffer& first, const ByteBuffer& second) {
    const std::vector<SegmentBytes> segments{
        {.begin = Position{0}, .bytes = Bytes(first)},
        {.begin = Position{first.size()}, .bytes = Bytes(second)}};
    return recover(std::span(segments).first(second.empty() ? 1 : 2), {});
}

/// Goal: settings with which a cluster would not be safe, or not work, start nothing.
/// Method: quorums that need not meet, none at all, voters out of order, one twice, too many.
TEST(NodeStart, RefusesVotersThatDoNotWork) {
    EXPECT_EQ(refusal(three_voters(), of_node(1)), "");
    Settings settings = three_voters();
    settings.quorums = Sizes{.phase1 = 1, .phase2 = 2};
    EXPECT_NE(refusal(settings, of_node(1)), "");
    settings.quorums = Sizes{.phase1 = 2, .phase2 = 4};
    EXPECT_NE(refusal(settings, of_node(1)), "");
    settings = three_voters();
    settings.voters = {NodeId{2}, NodeId{1}, NodeId{3}};
    EXPECT_NE(refusal(settings, of_node(1)), "");
    settings.voters = {NodeId{1}, NodeId{1}, NodeId{3}};
    EXPECT_NE(refusal(settings, of_node(1)), "");
    settings.voters.clear();
    for (std::uint64_t id = 1; id <= max_voters + 1; ++id) settings.voters.push_back(NodeId{id});
    EXPECT_NE(refusal(settings, of_node(1)), "");
}

/// Goal: no start with which a value could be too long for a message, or a log longer than others
/// believe. Method: each bound, far too high; the default is well below.
TEST(NodeStart, RefusesWhatWouldGrowTooLarge) {
    Options options = of_node(1);
    options.batch_bytes = 1U << 26U;
    EXPECT_NE(refusal(three_voters(), options), "");
    options = of_node(1);
    options.snapshot_every = 1U << 24U;
    EXPECT_NE(refusal(three_voters(), options), "");
    options = of_node(1);
    options.keep_slots = 1U << 24U;
    EXPECT_NE(refusal(three_voters(), options), "");
    Settings settings = three_voters();
    settings.command_bytes = 1U << 26U;
    EXPECT_NE(refusal(settings, of_node(1)), "");
    settings = three_voters();
    settings.alpha = 1ULL << 24U;
    EXPECT_NE(refusal(settings, of_node(1)), "");
}

/// Goal: an alpha with which nothing could be proposed, or with which sums overflow, starts
/// nothing. Method: none; and the smallest that, eight times, is none again.
TEST(NodeStart, RefusesAnAlphaOfNoUse) {
    Settings settings = three_voters();
    for (const std::uint64_t alpha : {std::uint64_t{0}, std::uint64_t{1} << 61U}) {
        settings.alpha = alpha;
        EXPECT_NE(refusal(settings, of_node(1)), "") << alpha;
    }
}

/// Goal: a start's own name is used once a second group vouches for it, and is then at once.
/// Method: requests after each sync of the disk.
TEST(NodeStart, UsesItsIncarnationOnceItIsVouchedFor) {
    Life life{Recovered{}};
    EXPECT_FALSE(life.takes_request());
    EXPECT_TRUE(life.sync());
    EXPECT_FALSE(life.takes_request());
    life.sync();
    EXPECT_TRUE(life.takes_request());
}

/// Goal: whatever single bit rots in what a start wrote, no later start is the same incarnation
/// once a request could be named by it. Method: flip each bit of the second start's segment.
TEST(NodeStart, NeverReusesAnIncarnationThatNamedSomething) {
    Life first{Recovered{}};
    while (first.sync()) {
    }
    const auto disk = recovered(first.segment(), {});
    ASSERT_TRUE(disk);
    Life second(*disk);
    for (int i = 0; i < 3 && !second.takes_request(); ++i) second.sync();
    ASSERT_EQ(second.incarnation(), Incarnation{2});
    int damaged = 0;
    for (std::size_t bit = 0; bit < 8 * second.segment().size(); ++bit) {
        ByteBuffer rotten = second.segment();
        rotten[bit / 8] ^= std::byte{1} << (bit % 8);
        const auto after = recovered(first.segment(), rotten);
        ASSERT_TRUE(after) << "bit " << bit << ": " << after.error().what;
        ASSERT_EQ(Life(*after).incarnation(), Incarnation{3}) << "bit " << bit;
        if (!after->damage.empty()) ++damaged;
    }
    EXPECT_GT(damaged, 0);
}

}  // namespace
}  // namespace decree
