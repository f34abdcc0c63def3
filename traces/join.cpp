#include "traces/join.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/digest.hpp"
#include "traces/recorder.hpp"
#include "traces/replay.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

// Clocks of two machines may differ by so much; microseconds.
constexpr std::uint64_t most_skew = 1'000'000;

/// Where something stands: in which trace, and which of its events, counted from 0.
struct Place {
    std::size_t trace{};
    std::size_t event{};
    bool operator==(const Place&) const = default;
};

/// An envelope that left, or arrived.
struct Passage {
    Place place;
    Time at;
    std::uint64_t content{};  // Digest.
    MessageId message{};      // Of the trace it left in.
};

/// What one node sent another, and what the other says that it received.
struct Way {
    std::vector<Passage> sent;
    std::vector<Passage> received;
};
using Ways = std::map<std::pair<NodeId, NodeId>, Way>;

/// An event, as far as the order of all depends on it.
struct Happening {
    Time at;
    std::optional<Passage> came;  // The sending, of what it received.
    std::optional<Place> after;   // Of a start: the end of the node's life before.
};

/// A node's start, and where in its trace what it did ends.
struct Life {
    Place start;
    std::size_t end{};
};
using Lives = std::map<std::pair<NodeId, Incarnation>, Life>;

/// Goes through one trace, and notes what the order depends on.
class Reader final : public Visitor {
public:
    Reader(const Trace& trace, std::size_t number, Ways& ways, Lives& lives)
        : since_(trace.header().live_since), trace_(number), ways_(ways), lives_(lives) {}

    void started(const Moment& moment, const Recovered&, const Node& node) override {
        const Place here{.trace = trace_, .event = happenings_.size()};
        const auto [life, fresh] =
            lives_.try_emplace({node.id(), node.incarnation()}, Life{.start = here});
        if (!fresh) {
            twice = "it holds start number " + std::to_string(node.incarnation().value) + " of " +
                    node_words(node.id()) + ", which another one holds, too: give each once";
        }
        running_[node.id()] = &life->second;
        life->second.end = here.event;
        add(moment);
    }
    void stepped(const Moment& moment, const Step& step, const Event& event, const Node&,
                 const Effects& effects, MessageId first) override {
        received(moment, step, event);
        for (std::size_t i = 0; i < effects.envelopes.size(); ++i) {
            const Envelope& envelope = effects.envelopes[i];
            ways_[{step.node, envelope.to}].sent.push_back(
                passage(moment, envelope.message, first + i));
        }
        running_.at(step.node)->end = happenings_.size();
        add(moment);
    }
    void broke(const Moment& moment, const Step& step, const Event& event,
               const std::string&) override {
        received(moment, step, event);
        add(moment);
    }
    void crashed(const Moment& moment, NodeId) override { add(moment); }
    void noted(const Moment& moment, const Note&) override { add(moment); }
    void violated(const Moment& moment, const props::Violation&) override { add(moment); }

    [[nodiscard]] std::vector<Happening> happenings() { return std::move(happenings_); }
    /// What another trace told already.
    std::optional<std::string> twice;

private:
    void add(const Moment& moment) {
        happenings_.push_back({.at = moment.at + since_, .came = {}, .after = {}});
    }
    void received(const Moment& moment, const Step& step, const Event& event) {
        const auto* const came = std::get_if<Received>(&event.what);
        if (came == nullptr) return;
        ways_[{came->from, step.node}].received.push_back(passage(moment, came->message, 0));
    }
    [[nodiscard]] Passage passage(const Moment& moment, const Message& message,
                                  MessageId number) const {
        return {.place = {.trace = trace_, .event = happenings_.size()},
                .at = moment.at + since_,
                .content = digest_of(message),
                .message = number};
    }

    std::uint64_t since_;
    std::size_t trace_;
    Ways& ways_;
    Lives& lives_;
    std::map<NodeId, Life*> running_;
    std::vector<Happening> happenings_;
};

using Happenings = std::vector<std::vector<Happening>>;

/// Finds for what arrived where it was sent, from the end: the last such sending before the arrival
/// that leaves the order as it is. Words of one content, of which some were lost, so stay together
/// with their neighbours.
void match(Way& way, Happenings& happenings) {
    const auto by_time = [](const Passage& passage) {
        return std::tuple(passage.at, passage.place.trace, passage.place.event, passage.message);
    };
    std::ranges::sort(way.sent, {}, by_time);
    std::ranges::sort(way.received, {}, by_time);
    std::map<std::uint64_t, std::vector<std::size_t>> by_content;  // Places in `sent`, ascending.
    for (std::size_t i = 0; i < way.sent.size(); ++i) {
        by_content[way.sent[i].content].push_back(i);
    }
    std::size_t end = way.sent.size();
    for (std::size_t i = way.received.size(); i > 0; --i) {
        const Passage& arrival = way.received[i - 1];
        const auto same = by_content.find(arrival.content);
        if (same == by_content.end()) continue;
        std::vector<std::size_t>& places = same->second;
        while (!places.empty() && places.back() >= end) places.pop_back();
        const auto in_time = [&](std::uint64_t slack) {
            return std::ranges::find_if(places.rbegin(), places.rend(), [&](std::size_t place) {
                return way.sent[place].at <= arrival.at + slack;
            });
        };
        auto found = in_time(0);
        if (found == places.rend()) found = in_time(most_skew);
        if (found == places.rend()) continue;
        end = *found;
        happenings[arrival.place.trace][arrival.place.event].came = way.sent[end];
    }
}

/// A node's next life begins when the one before has ended, whatever the clock says.
void put_in_order(const Lives& lives, Happenings& happenings) {
    for (auto life = lives.begin(); life != lives.end(); ++life) {
        const auto later = std::next(life);
        if (later == lives.end() || later->first.first != life->first.first) continue;
        const Place& start = later->second.start;
        if (start.trace == life->second.start.trace) continue;
        happenings[start.trace][start.event].after = {.trace = life->second.start.trace,
                                                      .event = life->second.end};
    }
}

/// All events' traces, in the order in which they are told. What could come from nowhere only comes
/// from nowhere.
std::vector<std::size_t> order(Happenings& happenings) {
    std::vector<std::size_t> told(happenings.size());
    std::vector<std::size_t> all;
    const auto is_told = [&](const Place& place) { return told[place.trace] > place.event; };
    const auto ready = [&](const Happening& next) {
        return (!next.came || is_told(next.came->place)) && (!next.after || is_told(*next.after));
    };
    while (true) {
        std::optional<std::size_t> first;
        std::optional<std::size_t> first_ready;
        const auto earlier = [&](std::size_t i, const std::optional<std::size_t>& than) {
            return !than || happenings[i][told[i]].at < happenings[*than][told[*than]].at;
        };
        for (std::size_t i = 0; i < happenings.size(); ++i) {
            if (told[i] == happenings[i].size()) continue;
            if (earlier(i, first)) first = i;
            if (ready(happenings[i][told[i]]) && earlier(i, first_ready)) first_ready = i;
        }
        if (!first) return all;
        if (!first_ready) {
            Happening& freed = happenings[*first][told[*first]];
            freed.came.reset();
            freed.after.reset();
        }
        const std::size_t next = first_ready.value_or(*first);
        ++told[next];
        all.push_back(next);
    }
}

/// The trace in the making.
struct Joined {
    Recorder recorder;
    Time since;  // Its beginning.
    Time at;     // Of what was recorded last, from there.
    std::set<NodeId> up;
    // By trace, and first message of each step there: as they are numbered now.
    std::vector<std::map<MessageId, MessageId>> messages;

    [[nodiscard]] MessageId number(std::size_t trace, MessageId message) const {
        const auto step = std::prev(messages[trace].upper_bound(message));
        return step->second + (message - step->first);
    }
};

/// Goes through one trace, and records what it sees.
class Writer final : public Visitor {
public:
    Writer(std::size_t number, const std::vector<Happening>& happenings, Joined& joined)
        : trace_(number), happenings_(happenings), joined_(joined) {}

    /// For what a visitor is not told.
    void follow(const Replay& replay) { replay_ = &replay; }

    void started(const Moment&, const Recovered&, const Node& node) override {
        next();
        const auto& start = std::get<Start>(replay_->entry().what);
        if (!joined_.up.insert(node.id()).second) joined_.recorder.crashed(joined_.at, node.id());
        joined_.recorder.started(joined_.at, start.now, start.options, view_of(replay_->disk()),
                                 start.beginning);
    }
    void stepped(const Moment&, const Step&, const Event& event, const Node& after,
                 const Effects& effects, MessageId first) override {
        const Happening& happening = next();
        joined_.messages[trace_][first] = joined_.recorder.next_message();
        joined_.recorder.stepped(joined_.at, after, event, effects, message(happening));
    }
    void broke(const Moment&, const Step& step, const Event& event, const std::string&) override {
        const Happening& happening = next();
        joined_.recorder.broke(joined_.at, step.node, event, message(happening));
    }
    void crashed(const Moment&, NodeId node) override {
        next();
        joined_.up.erase(node);
        joined_.recorder.crashed(joined_.at, node);
    }
    void noted(const Moment&, const Note& note) override {
        next();
        joined_.recorder.note(joined_.at, note);
    }
    void violated(const Moment&, const props::Violation& violation) override {
        next();
        joined_.recorder.violated(violation);
    }

private:
    const Happening& next() {
        const Happening& happening = happenings_[told_++];
        joined_.at = std::max(joined_.at, Time{happening.at.value - joined_.since.value});
        return happening;
    }
    [[nodiscard]] std::optional<MessageId> message(const Happening& happening) const {
        if (!happening.came) return std::nullopt;
        return joined_.number(happening.came->place.trace, happening.came->message);
    }

    std::size_t trace_;
    const std::vector<Happening>& happenings_;
    Joined& joined_;
    const Replay* replay_ = nullptr;
    std::size_t told_ = 0;
};

RunHeader joined_header(std::span<const Trace> traces) {
    const auto since = [](const Trace& trace) { return trace.header().live_since; };
    return std::ranges::min_element(traces, {}, since)->header();
}

}  // namespace

std::expected<ByteBuffer, NotJoined> join(std::span<const Trace> traces) {
    Ways ways;
    Lives lives;
    Happenings happenings;
    for (std::size_t i = 0; i < traces.size(); ++i) {
        Reader reader(traces[i], i, ways, lives);
        const auto replayed = replay(traces[i], reader);
        if (!replayed) return std::unexpected(NotJoined{i, say(replayed.error())});
        if (reader.twice) return std::unexpected(NotJoined{i, *reader.twice});
        happenings.push_back(reader.happenings());
    }
    for (auto& [who, way] : ways) match(way, happenings);
    put_in_order(lives, happenings);
    const std::vector<std::size_t> all = order(happenings);

    const RunHeader header = joined_header(traces);
    Joined joined{.recorder = Recorder(header),
                  .since = Time{header.live_since},
                  .at = {},
                  .up = {},
                  .messages = std::vector<std::map<MessageId, MessageId>>(traces.size())};
    std::vector<std::unique_ptr<Writer>> writers;
    std::vector<std::unique_ptr<Replay>> replays;
    for (std::size_t i = 0; i < traces.size(); ++i) {
        writers.push_back(std::make_unique<Writer>(i, happenings[i], joined));
        replays.push_back(std::make_unique<Replay>(traces[i], *writers[i]));
        writers[i]->follow(*replays[i]);
    }
    for (const std::size_t next : all) {
        if (!replays[next]->next()) {
            return std::unexpected(NotJoined{next, say(replays[next]->difference().value())});
        }
    }
    return joined.recorder.finish(std::nullopt);
}

}  // namespace decree::traces
