#include <algorithm>
#include <deque>
#include <utility>
#include <variant>

#include "tests/unit/cluster.hpp"

/// What is chosen comes over a link that takes long for each part of it.

namespace decree::test {
namespace {

constexpr std::uint64_t second = 1'000'000;

/// N1 alone votes. N2 and N3 learn; whatever goes to N2 takes one way, one after the other, and a
/// part of what was chosen takes a second there.
class SlowLink : public testing::Test {
protected:
    static Settings settings() {
        Settings settings;
        settings.voters = {n(1)};
        return settings;
    }
    static Options options() {
        Options options;
        options.snapshot_every = 40;
        options.keep_slots = 8;
        options.part_bytes = 1;  // A slot, or little of a snapshot.
        options.contacts = {n(1), n(3)};
        return options;
    }
    void SetUp() override {
        cluster_.elect(1);
        cluster_.isolate(2);
    }
    void write(int commands) {
        for (; commands > 0; --commands) {
            submit();
            cluster_.settle();
        }
        cluster_.run(second);
    }
    /// Each comes from a node of its own, so that there is more in a snapshot.
    void submit() {
        ++written_;
        cluster_.submit(1, 1, AppendText{"x"}, 1'000 + written_);
    }
    /// So long, or until N2 has executed that.
    void run(std::uint64_t microseconds, Slot until = never_reached) {
        const Time end = cluster_.now() + microseconds;
        while (cluster_.now() < end && cluster_.node(2).applied() < until) {
            cluster_.pass(10'000);
            send();
            while (!on_the_way_.empty() && on_the_way_.front().first <= cluster_.now()) {
                const Envelope envelope = on_the_way_.front().second;
                on_the_way_.pop_front();
                cluster_.step(2, Received{.from = envelope.from, .message = envelope.message});
                send();
            }
        }
    }
    [[nodiscard]] Slot last() { return cluster_.node(1).applied(); }

    Cluster cluster_{3, settings(), options()};
    std::uint64_t written_ = 0;
    std::uint64_t parts_ = 0;  // Given to the link.
    bool apart_ = false;       // N1 and N3.

private:
    static constexpr Slot never_reached{1'000'000};

    void send() {
        while (!cluster_.in_flight().empty()) {
            const Envelope envelope = cluster_.in_flight().front();
            cluster_.in_flight().pop_front();
            if (envelope.to != n(2)) {
                if (envelope.from != n(2) && apart_) continue;
                cluster_.step(envelope.to.value,
                              Received{.from = envelope.from, .message = envelope.message});
                continue;
            }
            const auto* const decide = std::get_if<Decide>(&envelope.message);
            const bool part = std::holds_alternative<SnapshotPiece>(envelope.message) ||
                              (decide != nullptr && !decide->entries.empty());
            parts_ += part ? 1 : 0;
            free_at_ = std::max(free_at_, cluster_.now()) + (part ? second : 0);
            on_the_way_.emplace_back(free_at_, envelope);
        }
    }

    std::deque<std::pair<Time, Envelope>> on_the_way_;
    Time free_at_;
};

/// Goal: what was not asked for again while it was on its way does not stand in the way of the
/// rest: after a beginning in which the pace of the link shows, each slot comes once.
TEST_F(SlowLink, EachSlotComesOnce) {
    write(20);
    cluster_.heal();
    run(40 * second, last());
    EXPECT_EQ(cluster_.node(2).applied(), last());
    EXPECT_LE(parts_, last().value + 8);
}

/// Goal: the same of a snapshot, though its pieces come a second apart, and others have another
/// one; and though a newer one replaces it where it comes from.
/// Method: N3 has made a snapshot at another slot, and hears nothing of later ones. N1 writes on.
TEST_F(SlowLink, ASnapshotIsNotBegunAnew) {
    write(60);
    cluster_.isolate(3);
    write(100);
    ASSERT_GT(cluster_.node(1).log().trimmed_through(), Slot{0});
    ASSERT_GT(cluster_.node(3).log().trimmed_through(), Slot{0});
    cluster_.heal();
    apart_ = true;
    const std::uint64_t made = cluster_.count(Rule::SnapshotBegun);
    const std::uint64_t taken = cluster_.count(Rule::SnapshotPieceTaken);
    const std::uint64_t installed = cluster_.count(Rule::SnapshotInstalled);
    for (int i = 0; i < 300 && cluster_.node(2).chosen_through() == Slot{0}; ++i) {
        for (int command = 0; command < 20; ++command) submit();
        run(second);
    }
    EXPECT_GE(cluster_.count(Rule::SnapshotBegun), made + 1);
    EXPECT_EQ(cluster_.count(Rule::SnapshotInstalled), installed + 1);
    EXPECT_GE(cluster_.count(Rule::SnapshotPieceTaken), taken + 10);
    EXPECT_LE(parts_, cluster_.count(Rule::SnapshotPieceTaken) - taken + 8);
}

/// Goal: a snapshot is kept while somebody takes it slowly, though now and then two questions come
/// one soon after the other: one that was asked again, or one of somebody faster.
/// Method: questions for its pieces, by hand; a newer one is made after two that are close.
TEST_F(SlowLink, ASnapshotIsKeptForTheSlowest) {
    write(100);
    std::uint64_t piece = 0;
    Slot taken;
    const auto ask = [&](std::uint64_t later) {
        cluster_.run(later);
        cluster_.step(1, Received{.from = n(2),
                                  .message = CatchUp{.from_slot = Slot{1},
                                                     .snapshot_through = taken,
                                                     .next_piece = piece++}});
        const auto* const answer = std::get_if<SnapshotPiece>(&cluster_.in_flight().back().message);
        ASSERT_NE(answer, nullptr);
        if (taken == Slot{}) taken = answer->through;
        EXPECT_EQ(answer->through, taken);
        cluster_.lose_all();
    };
    for (int i = 0; i < 3; ++i) ask(3 * second);
    ask(second / 10);
    cluster_.run(second);
    const std::uint64_t made = cluster_.count(Rule::SnapshotCommitted);
    write(100);
    ASSERT_GT(cluster_.count(Rule::SnapshotCommitted), made);
    ask(2 * second);
}

/// Goal: whoever got no answer for long, over a network that was cut, does not wait long for one
/// that is lost later.
/// Method: after minutes alone one answer comes at once; the next question is lost. It is asked
/// again after twice the longest patience at most, not by the pace of those minutes.
TEST_F(SlowLink, OneAnswerMakesGood) {
    write(4);
    cluster_.run(300 * second);
    cluster_.heal();
    const Time begin = cluster_.now();
    while (cluster_.node(2).applied() == Slot{0} && cluster_.now() < begin + 5 * second) {
        cluster_.pass(10'000);
        cluster_.deliver<CatchUp>(2, 1);
        cluster_.deliver<Decide>(1, 2);
    }
    EXPECT_EQ(cluster_.node(2).applied(), Slot{1});
    EXPECT_LE(cluster_.now(), begin + 4 * second);
    cluster_.lose_all();
    cluster_.run(4 * second);
    EXPECT_EQ(cluster_.node(2).applied(), last());
}

/// N1 leads three voters. What it sends N3 may be held back.
class LateAccepts : public testing::Test {
protected:
    LateAccepts() { cluster_.elect(1); }
    /// A command, of which N3 gets no vote to cast.
    Envelope submit_without_n3() {
        cluster_.submit(1, ++written_, AppendText{"x"});
        const auto to_n3 = std::ranges::find_if(cluster_.in_flight(), [](const Envelope& each) {
            return each.to == n(3) && std::holds_alternative<Accept>(each.message);
        });
        Envelope accept = *to_n3;
        cluster_.in_flight().erase(to_n3);
        return accept;
    }
    void pass() {
        cluster_.pass(10'000);
        while (!cluster_.in_flight().empty()) {
            const Envelope envelope = cluster_.in_flight().front();
            cluster_.in_flight().pop_front();
            if (holds_back_ && std::holds_alternative<Decide>(envelope.message)) {
                held_.push_back(envelope);
            } else {
                arrive(envelope);
            }
        }
    }
    void arrive(const Envelope& envelope) {
        cluster_.step(envelope.to.value,
                      Received{.from = envelope.from, .message = envelope.message});
    }
    void release() {
        holds_back_ = false;
        for (const Envelope& envelope : std::exchange(held_, {})) arrive(envelope);
    }
    [[nodiscard]] bool behind() {
        return cluster_.node(3).chosen_through() < cluster_.node(1).chosen_through();
    }

    Cluster cluster_{3};
    std::uint64_t written_ = 0;
    std::deque<Envelope> held_;
    bool holds_back_ = false;
};

/// Goal: a question whose answer tells nothing new, since an Accept came late after all, is
/// answered: it delays no later one.
/// Method: that, again and again; then an Accept is lost.
TEST_F(LateAccepts, AnsweredIsAnswered) {
    for (int i = 0; i < 8; ++i) {
        const Envelope accept = submit_without_n3();
        const std::uint64_t asked = cluster_.count(Rule::CatchUpAsked);
        holds_back_ = true;
        for (int k = 0; k < 100 && held_.empty(); ++k) pass();
        ASSERT_GT(cluster_.count(Rule::CatchUpAsked), asked);
        arrive(accept);
        for (int k = 0; k < 100 && behind(); ++k) pass();
        ASSERT_FALSE(behind());
        release();
    }
    submit_without_n3();
    for (int k = 0; k < 30; ++k) pass();
    EXPECT_GT(cluster_.node(1).chosen_through(), Slot{8});
    EXPECT_FALSE(behind());
}

}  // namespace
}  // namespace decree::test
