#include "sim/scenario/walk.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/reflect.hpp"
#include "sim/random.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/print.hpp"

namespace decree::sim::scenario {

namespace {

// What may come next.
enum class Move : std::uint8_t {
    Deliver,
    Open,
    Submit,
    SubmitAgain,
    ChangeMembers,
    Read,
    Confirm,
    Crash,
    Restart,
    Stall,
    Sync,
    Duplicate,
    Resend,
    Compact,
    CatchUp,
    Watermark,
};
constexpr std::size_t move_kinds = reflect::enumerator_count<Move>;
using Weights = std::array<std::uint32_t, move_kinds>;

constexpr std::uint64_t most_steps = 90;
constexpr std::size_t most_commands = 5;
constexpr std::size_t most_opened = 5;

std::vector<NodeId> first_nodes(std::size_t count) {
    std::vector<NodeId> nodes;
    for (std::size_t i = 1; i <= count; ++i) nodes.push_back(NodeId{i});
    return nodes;
}

Setup draw_setup(const Surroundings& where, Dice& draw) {
    Setup setup;
    setup.recorded = true;
    // Sizes of quorums are for that many voters. Else mostly three: most bugs show there, and
    // soonest.
    std::size_t voters = where.voters;
    if (!where.quorum) voters = draw.chance(2, 3) ? 3 : std::clamp<std::size_t>(voters, 1, 5);
    const bool others = where.members_change || where.learners > 0;
    const std::size_t learners = others ? draw.below(3) : 0;
    setup.nodes = first_nodes(voters + learners);
    setup.members = first_nodes(voters);
    setup.quorum = where.quorum;
    setup.unsafe_quorums = where.unsafe_quorums;
    if (where.members_change) {
        setup.alpha = draw.between(1, 3);
    } else if (where.alpha && draw.chance(1, 2)) {
        setup.alpha = where.alpha;
    }
    return setup;
}

// Each kind of move is there or not, and more or less often: to leave some out finds more.
Weights draw_weights(const Surroundings& where, Dice& draw) {
    Weights weights{};
    const auto weight = [&](Move move) -> std::uint32_t& {
        return weights[static_cast<std::size_t>(move)];
    };
    const auto maybe = [&](Move move, bool likely, std::uint32_t most) {
        if (!draw.chance(likely ? 3 : 1, 4)) return;
        weight(move) = 1 + draw.below(most);
    };
    weight(Move::Deliver) = 20 + draw.below(40);
    weight(Move::Open) = 1 + draw.below(4);
    weight(Move::Submit) = 1 + draw.below(4);
    maybe(Move::SubmitAgain, where.repeats, 3);
    if (where.members_change) weight(Move::ChangeMembers) = 1 + draw.below(3);
    maybe(Move::Read, where.reads, 4);
    maybe(Move::Confirm, false, 2);
    maybe(Move::Crash, where.crashes, 3);
    weight(Move::Restart) = 1 + draw.below(6);
    maybe(Move::Stall, where.crashes, 3);
    weight(Move::Sync) = 1 + draw.below(3);
    maybe(Move::Duplicate, false, 4);
    maybe(Move::Resend, false, 2);
    maybe(Move::Compact, where.snapshots, 2);
    maybe(Move::CatchUp, where.catches_up, 2);
    maybe(Move::Watermark, where.watermarks, 3);
    return weights;
}

class Walk {
public:
    Walk(const Surroundings& where, std::uint64_t seed)
        : choices_(Choices::from_seed(seed)),
          draw_(choices_, Site::Episode, 0),
          setup_(draw_setup(where, draw_)),
          weights_(draw_weights(where, draw_)),
          hand_(setup_, 0, nullptr) {
        for (const NodeId from : setup_.nodes) {
            for (const NodeId to : setup_.nodes) hurry_[{from, to}] = draw_hurry();
        }
    }

    // Whether the property broke, and nothing before it.
    bool breaks(const std::string& property) {
        safely([this] { hand_.found(); });
        for (std::uint64_t i = 0; i < most_steps; ++i) {
            safely([this] { step(); });
            if (hand_.violations().empty()) continue;
            return property.empty() || hand_.violations().front().property == property;
        }
        return false;
    }

    [[nodiscard]] Scenario scenario() && {
        Scenario scenario;
        scenario.setup = std::move(setup_);
        for (Action& action : done_) {
            scenario.lines.push_back(
                {.number = 0, .at = {}, .what = std::move(action), .comment = ""});
        }
        return scenario;
    }

private:
    // How soon a link's messages come: some wait for ever.
    std::uint32_t draw_hurry() {
        static constexpr std::uint32_t hurries[] = {8, 8, 2, 1, 0};
        return draw_.one_of(hurries);
    }

    template <class Do>
    void safely(Do&& what) {
        try {
            std::forward<Do>(what)();
        } catch (const ContractViolation& broken) {
            hand_.broke(broken);
        }
    }

    void step() {
        if (draw_.chance(1, 16)) {
            const NodeId from = draw_.one_of(setup_.nodes);
            const NodeId to = draw_.one_of(setup_.nodes);
            hurry_[{from, to}] = draw_hurry();
        }
        std::uint32_t sum = 0;
        for (const std::uint32_t each : weights_) sum += each;
        std::uint32_t which = draw_.below(sum);
        std::size_t move = 0;
        while (which >= weights_[move]) which -= weights_[move++];
        auto action = propose(static_cast<Move>(move));
        if (!action) return;
        done_.push_back(*std::move(action));
        if (!perform(done_.back())) done_.pop_back();
    }

    bool perform(const Action& action) {
        return std::visit(
            [&]<class T>(const T& line) {
                if constexpr (std::is_same_v<T, Expect> || std::is_same_v<T, Added>) {
                    return false;
                } else {
                    return hand_.perform(line).has_value();
                }
            },
            action);
    }

    std::optional<Action> propose(Move move) {
        switch (move) {
        case Move::Deliver:
        case Move::Duplicate:
            return message(move);
        case Move::Open:
            return open();
        case Move::Submit:
            return submit();
        case Move::SubmitAgain:
            return submit_again();
        case Move::ChangeMembers:
            return change_members();
        case Move::Read:
            return scenario::Read{.client = client(), .node = somebody()};
        case Move::Confirm:
            return scenario::Confirm{somebody()};
        case Move::Crash:
            return CrashNode{somebody()};
        case Move::Restart:
            return RestartNode{somebody()};
        case Move::Stall:
            return StallDisk{somebody()};
        case Move::Sync:
            return SyncDisk{somebody()};
        case Move::Resend:
            return resend();
        case Move::Compact:
            return compact();
        case Move::CatchUp:
        case Move::Watermark:
            return tell(move);
        }
        return std::nullopt;
    }

    NodeId somebody() { return draw_.one_of(setup_.nodes); }
    ClientNumber client() { return draw_.between(1, 2); }

    static MessagePattern pattern_of(const Label& label) {
        return {.kind = label.kind,
                .from = label.from,
                .to = label.to,
                .ballot = label.ballot == Ballot{} ? std::nullopt : std::optional(label.ballot),
                .slot = label.slot == Slot{} ? std::nullopt : std::optional(label.slot)};
    }

    std::optional<Action> message(Move move) {
        std::uint32_t sum = 0;
        for (const Parcel& each : hand_.mail().in_flight()) {
            sum += hurry_[{each.label.from, each.label.to}];
        }
        if (sum == 0) return std::nullopt;
        std::uint32_t which = draw_.below(sum);
        for (const Parcel& each : hand_.mail().in_flight()) {
            const std::uint32_t hurry = hurry_[{each.label.from, each.label.to}];
            if (which < hurry) {
                const MessagePattern pattern = pattern_of(each.label);
                if (move == Move::Duplicate) return scenario::Duplicate{pattern};
                return scenario::Deliver{pattern};
            }
            which -= hurry;
        }
        return std::nullopt;
    }

    std::optional<Action> open() {
        const NodeId id = somebody();
        const Node* const node = hand_.node(id);
        if (node == nullptr || opened_ >= most_opened) return std::nullopt;
        ++opened_;
        const std::uint64_t round = node->promised().round;
        const bool same = Ballot{.round = round, .node = id} > node->promised() && round > 0;
        return OpenBallot{.node = id, .round = same && draw_.chance(1, 2) ? round : round + 1};
    }

    std::optional<Action> submit() {
        if (commands_.size() >= most_commands) return std::nullopt;
        const NodeId id = somebody();
        const Node* const node = hand_.node(id);
        if (node == nullptr) return std::nullopt;
        // Whoever leads, or is about to, is asked most: others do nothing about it.
        if (node->role() == Role::Following && draw_.chance(1, 2)) return std::nullopt;
        scenario::Submit submit{
            .client = client(), .node = id, .command = fmt::format("X{}", commands_.size() + 1)};
        commands_.push_back(submit);
        return submit;
    }

    std::optional<Action> submit_again() {
        if (commands_.empty()) return std::nullopt;
        scenario::Submit again = draw_.one_of(commands_);
        again.node = somebody();
        return again;
    }

    std::optional<Action> change_members() {
        if (changes_ >= 3) return std::nullopt;
        ++changes_;
        std::vector<NodeId> members;
        for (const NodeId node : setup_.nodes) {
            if (draw_.chance(2, 3)) members.push_back(node);
        }
        if (members.empty()) members.push_back(somebody());
        scenario::Submit submit{
            .client = client(), .node = somebody(), .command = "members=" + to_text(members)};
        commands_.push_back(submit);
        return submit;
    }

    std::optional<Action> resend() {
        const NodeId from = somebody();
        const NodeId to = somebody();
        if (from == to) return std::nullopt;
        const Kind kind = draw_.chance(1, 2) ? Kind::Accept : Kind::Decide;
        return scenario::Resend{{.kind = kind,
                                 .from = from,
                                 .to = to,
                                 .ballot = std::nullopt,
                                 .slot = Slot{draw_.between(1, 4)}}};
    }

    std::optional<Action> compact() {
        const NodeId id = somebody();
        const Node* const node = hand_.node(id);
        if (node == nullptr || node->applied() == Slot{}) return std::nullopt;
        return scenario::Compact{.node = id, .through = node->applied()};
    }

    std::optional<Action> tell(Move move) {
        const NodeId from = somebody();
        const NodeId to = somebody();
        if (from == to) return std::nullopt;
        if (move == Move::CatchUp) return AskToCatchUp{.from = from, .to = to};
        return scenario::TellWatermark{.from = from, .to = to};
    }

    Choices choices_;
    Dice draw_;
    Setup setup_;
    Weights weights_;
    Hand hand_;
    std::map<std::pair<NodeId, NodeId>, std::uint32_t> hurry_;  // By link.
    std::vector<scenario::Submit> commands_;
    std::size_t opened_ = 0;
    std::size_t changes_ = 0;
    std::vector<Action> done_;
};

}  // namespace

Surroundings surroundings_of(const Scenario& timed, std::string_view signature) {
    Surroundings where;
    const auto broke_at = [signature](std::string_view step) {
        return signature.find(step) != std::string_view::npos;
    };
    where.watermarks = broke_at("Heartbeat");
    where.catches_up = broke_at("Snapshot") || broke_at("Decide");
    where.voters = timed.setup.members.size();
    where.learners = timed.setup.nodes.size() - where.voters;
    where.quorum = timed.setup.quorum;
    where.unsafe_quorums = timed.setup.unsafe_quorums;
    where.alpha = timed.setup.alpha;
    std::vector<CommandText> commands;
    for (const Line& line : timed.lines) {
        where.crashes = where.crashes || std::holds_alternative<CrashNode>(line.what);
        where.reads = where.reads || std::holds_alternative<Read>(line.what);
        where.snapshots = where.snapshots || std::holds_alternative<Compact>(line.what);
        const auto* const submit = std::get_if<Submit>(&line.what);
        if (submit == nullptr) continue;
        where.members_change = where.members_change || submit->command.starts_with("members=");
        where.repeats =
            where.repeats || std::ranges::find(commands, submit->command) != commands.end();
        commands.push_back(submit->command);
    }
    return where;
}

std::optional<Scenario> Walks::next(const ShrinkBudget& budget, std::uint64_t& runs) {
    while (runs < budget.runs && !budget.spent()) {
        ++runs;
        Walk walk(where_, ++walks_);
        if (walk.breaks(property_)) return std::move(walk).scenario();
    }
    return std::nullopt;
}

}  // namespace decree::sim::scenario
