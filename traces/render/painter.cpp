#include "traces/render/painter.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "core/print.hpp"
#include "traces/render/about.hpp"
#include "traces/render/brief.hpp"
#include "traces/render/chips.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

constexpr std::uint64_t slots_shown = 10;

Fate fate_of(const Effects& effects) {
    if (effects.rules.empty()) return Fate::Ignored;
    const auto some = [&](std::string_view word) {
        return std::ranges::any_of(effects.rules, [&](const RuleTaken& taken) {
            return decree::describe(taken.rule).find(word) != std::string::npos;
        });
    };
    if (some("Refused")) return Fate::Refused;
    return some("Ignored") ? Fate::Ignored : Fate::Taken;
}

// Where there is only one slot, naming it everywhere teaches nothing.
void leave_slot_out(std::string& text) {
    constexpr auto names = std::to_array<std::pair<std::string_view, std::string_view>>({
        {", slot 1: ", ": voted "},
        {" from slot 1 on", ""},
        {" for slot 1", ""},
        {" in slot 1", ""},
        {" of slot 1", ""},
        {" slot 1", ""},
        {"slot 1 ", ""},
    });
    for (const auto& [name, instead] : names) {
        for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name)) {
            text.replace(at, name.size(), instead);
        }
    }
}

void leave_slot_out(Picture& picture) {
    for (Row& row : picture.rows) {
        leave_slot_out(row.words);
        for (Chip& chip : row.chips) leave_slot_out(chip.text);
    }
    for (Arrow& arrow : picture.arrows) leave_slot_out(arrow.words);
}

// The client's words are in the act already.
std::string told_words(const Note& note) {
    if (std::holds_alternative<Remark>(note) && read_hand_line(note)) {
        return read_hand_line(note)->words;
    }
    return note_words(note);
}

}  // namespace

Painter::Painter(const Trace& trace, const View& view, Window window)
    : view_(view),
      by_hand_(trace.by_hand()),
      window_(std::move(window)),
      ledger_(trace.header().settings),
      links_(trace.nodes()),
      first_voters_(trace.header().settings.voters) {
    for (const NodeId node : trace.nodes()) lanes_[node].down_since = 0;  // Until they start.
    for (const NodeId node : trace.nodes()) {
        if (view.shows(node)) picture_.lanes.push_back(node);
    }
    std::ranges::sort(picture_.lanes);
}

std::optional<std::size_t> Painter::add_row(const Moment& moment, NodeId node, MarkKind kind,
                                            const std::string& words) {
    if (!has_row(moment)) {
        passed_ = next_ == window_.events.size();
        return std::nullopt;
    }
    const bool joins = window_.events[next_].joins && !picture_.rows.empty();
    ++next_;
    if (!joins) {
        Row& added = picture_.rows.emplace_back();
        added.moment = moment;
        added.node = node;
        added.kind = kind;
        added.act = std::exchange(act_, {});
        added.aside = std::exchange(aside_, {});
    }
    Row& row = picture_.rows.back();
    if (row.kind == MarkKind::Dot && kind != MarkKind::Nothing) row.kind = kind;
    if (!words.empty()) row.words += (row.words.empty() ? "" : "; ") + words;
    return picture_.rows.size() - 1;
}

// A line of a scenario stands beside what comes of it; a comment also where nothing does.
void Painter::begin_line(const HandLine& line) {
    if (!aside_.empty()) add_aside(std::exchange(aside_, {}));
    act_ = line.expects ? std::string() : line.words;
    if (line.expects) {
        add_aside(line.comment);
    } else {
        aside_ = line.comment;
    }
}

void Painter::add_aside(const std::string& comment) {
    if (comment.empty() || picture_.rows.empty()) return;
    std::string& aside = picture_.rows.back().aside;
    aside += (aside.empty() ? "" : "; ") + comment;
}

void Painter::end(std::optional<std::size_t>& since, Span::Kind kind, NodeId node) {
    if (!since) return;
    if (here() > 0) {  // Else it was over before the picture begins.
        const std::size_t to = std::max(*since, here() - 1);
        picture_.spans.push_back(
            {.kind = kind, .node = node, .from_row = *since, .to_row = to, .ballot = {}});
    }
    since.reset();
}

void Painter::started(const Moment& moment, const Recovered& disk, const Node& node) {
    const bool again = node.incarnation() > Incarnation{1};
    std::string words = node_words(node.id()) + (again ? " starts again" : " starts");
    if (disk.torn_at) words += "; the torn end of its journal is cut";
    const auto row = add_row(moment, node.id(), MarkKind::Start, words);
    Lane& lane = lanes_[node.id()];
    end(lane.down_since, Span::Kind::Down, node.id());
    copy_log(node);
    add_choices(node.id(), ledger_.started(moment.number, disk, node), row);
}

// What comes from a node that is not shown has no arrow: it stands in the words.
std::string Painter::words_of(const Moment& moment, const Event& event, const Node& after,
                              const Effects& effects) const {
    const bool joins = has_row(moment) && (by_hand_ || window_.events[next_].joins);
    const auto& names = questions_.names();
    std::string words = joins && !view_.all ? brief_words(event, after, effects, names)
                                            : row_words(event, after, effects, names);
    if (words.empty() && !window_.events[next_].joins) {
        words = some_words(event, after, effects, names);
    }
    const auto* received = std::get_if<Received>(&event.what);
    if (received == nullptr || view_.shows(received->from)) return words;
    return fmt::format("<- {} {}{}{}", node_words(received->from), message_words(received->message),
                       words.empty() ? "" : ": ", words);
}

void Painter::stepped(const Moment& moment, const Step& step, const Event& event, const Node& after,
                      const Effects& effects, MessageId first) {
    questions_.stepped(moment, step.node, event, effects);
    const Narrowed narrowed(view_.slots, effects);
    const Effects& told = *narrowed;
    const bool is_shown = view_.shows(step.node);
    const auto any_row =
        add_row(moment, is_shown ? step.node : NodeId{}, MarkKind::Dot,
                is_shown && has_row(moment) ? words_of(moment, event, after, told) : std::string());
    const auto row =
        is_shown ? any_row : std::nullopt;  // A row of another node says one thing only.
    if (row) {
        std::vector<Chip>& chips = picture_.rows[*row].chips;
        for (Chip& chip : chips_of(told, after)) chips.push_back(std::move(chip));
    }
    for (const RuleTaken& taken : effects.rules) {
        if (taken.rule == Rule::DuplicateSkipped) repeated_.insert({step.node, taken.slot});
        const bool goes_on =
            taken.rule == Rule::SnapshotInstalled || taken.rule == Rule::StartedFromSnapshot;
        if (goes_on) snapshots_[step.node] = taken.slot;
    }
    add_choices(step.node, ledger_.stepped(moment.number, event, after, effects), any_row);
    if (const auto* received = std::get_if<Received>(&event.what)) {
        const bool late = is_late_promise(event, after, effects);
        receive(step, *received, late ? Fate::Ignored : fate_of(effects), row);
    }
    send(moment, effects, first, row);
    Lane& lane = lanes_[step.node];
    follow_disk(step.node, event, effects, lane, row);
    follow_role(after, lane);
    if (row || by_hand_) copy_log(after);
}

void Painter::broke(const Moment& moment, const Step& step, const Event& event,
                    const std::string& why) {
    const auto row =
        add_row(moment, step.node, MarkKind::Broken, "the code breaks its own promise: " + why);
    if (const auto* received = std::get_if<Received>(&event.what)) {
        receive(step, *received, Fate::Taken, row);
    }
}

void Painter::crashed(const Moment& moment, NodeId node) {
    const auto row = add_row(moment, node, MarkKind::Crash, node_words(node) + " crashes");
    Lane& lane = lanes_[node];
    end_disk_waits(lane, node, row.value_or(here()));
    end(lane.paused_since, Span::Kind::Paused, node);
    lane.down_since = row.value_or(here());
    if (lane.leading) {
        lane.leading->to_row = row.value_or(here());
        picture_.spans.push_back(*lane.leading);
        lane.leading.reset();
    }
}

void Painter::noted(const Moment& moment, const Note& note) {
    questions_.noted(moment, note);
    if (const auto line = by_hand_ ? read_hand_line(note) : std::nullopt) begin_line(*line);
    if (const auto* lost = std::get_if<MessageLost>(&note)) return lose(moment, *lost);
    if (is_about_link(note)) return change_links(moment, note);
    if (const auto* twice = std::get_if<MessageDuplicated>(&note)) {
        if (by_hand_ && duplicate(moment, *twice)) return;
    }
    const auto kind = tells_failure(note) ? MarkKind::Broken : MarkKind::World;
    const auto row = add_row(moment, NodeId{}, kind, told_words(note));
    const std::size_t now = row.value_or(here());
    std::visit(
        Overload{[&](const PartitionBegan& partition) { begin_partition(now, partition.groups); },
                 [&](const PartitionEnded&) { end_partition(); },
                 [&](const NodePaused& one) { lanes_[one.node].paused_since = now; },
                 [&](const NodeResumed& one) {
                     end(lanes_[one.node].paused_since, Span::Kind::Paused, one.node);
                 },
                 [](const auto&) {}},
        note);
}

void Painter::violated(const Moment& moment, const props::Violation& violation) {
    if (add_row(moment, NodeId{}, MarkKind::Broken,
                "VIOLATION of " + violation.property + ": " + violation.details)) {
        return;
    }
}

// What is sent again leaves its sender again; a copy that the network makes shows where it arrives.
bool Painter::duplicate(const Moment& moment, const MessageDuplicated& twice) {
    const auto card = under_way_.find(twice.message);
    if (card == under_way_.end() || !act_.starts_with("resend")) return false;
    const auto row = add_row(moment, card->second.from, MarkKind::Dot, "sends it again");
    if (!row) return false;
    card->second.from_row = row;
    card->second.sent_at = moment.number;
    if (card->second.from < card->second.to) picture_.rows[*row].to_right = true;
    return true;
}

// The simulator cuts and mends one direction of one link at a time: an instant is a row.
void Painter::change_links(const Moment& moment, const Note& note) {
    const bool another = links_at_ != moment.at;
    if (another) links_.begin_instant();
    if (another || has_row(moment)) {
        link_row_ = add_row(moment, NodeId{}, MarkKind::World, "");
        links_at_ = moment.at;
    }
    if (passed_) return;
    links_.take(note);
    if (link_row_) picture_.rows[*link_row_].words = links_.words();
    if (by_hand_ && link_row_ && links_.groups().size() > 1) {
        picture_.rows[*link_row_].words = "messages across are lost";
    }
    begin_partition(link_row_.value_or(here()), links_.groups());
}

void Painter::begin_partition(std::size_t row, std::vector<std::vector<NodeId>> groups) {
    if (partition_ && partition_->groups == groups) return;
    // A first cut that others follow in the same instant is no partition of its own.
    if (partition_ && partition_->from_row == row) partition_.reset();
    end_partition();
    if (groups.size() > 1) partition_ = Area{row, row, std::move(groups)};
}

void Painter::end_partition() {
    if (!partition_) return;
    partition_->to_row = std::max(partition_->from_row, here() == 0 ? 0 : here() - 1);
    if (here() > 0) picture_.areas.push_back(*partition_);
    partition_.reset();
}

void Painter::receive(const Step& step, const Received& received, Fate fate,
                      std::optional<std::size_t> row) {
    const auto* delivered = std::get_if<Delivered>(&step.cause);
    Arrow arrow;
    arrow.from = received.from;
    arrow.to = step.node;
    arrow.words = message_words(received.message);
    arrow.ballot = message_ballot(received.message);
    if (delivered != nullptr) {
        MessageId& newest = newest_[{received.from, step.node}];
        arrow.late = delivered->message < newest;
        newest = std::max(newest, delivered->message);
        arrow.duplicate = delivered_.contains(delivered->message);
        const auto card = under_way_.find(delivered->message);
        if (card != under_way_.end()) {
            arrow.from_row = card->second.from_row;
            arrow.sent_at = card->second.sent_at;
            if (!arrow.from_row) under_way_.erase(card);
        }
        if (row) delivered_.insert(delivered->message);
    }
    const bool shown = view_.shows(arrow.from) && view_.shows(message_slots(received.message));
    if (!row || !shown) return;
    arrow.to_row = row;
    if (arrow.to < arrow.from) picture_.rows[*row].from_right = true;
    arrow.fate = fate;
    arrow.late = arrow.late && !arrow.duplicate;
    picture_.arrows.push_back(std::move(arrow));
}

void Painter::send(const Moment& moment, const Effects& effects, MessageId first,
                   std::optional<std::size_t> row) {
    for (std::size_t i = 0; i < effects.envelopes.size(); ++i) {
        const Envelope& envelope = effects.envelopes[i];
        const bool drawn = shows(view_, envelope, by_hand_);
        if (!drawn && is_drawn(envelope.message, by_hand_)) continue;
        if (drawn && row && envelope.from < envelope.to) picture_.rows[*row].to_right = true;
        Arrow& arrow = under_way_[first + i];
        arrow.from = envelope.from;
        arrow.to = envelope.to;
        arrow.from_row = row;
        arrow.sent_at = moment.number;
        arrow.pulse = !drawn;
        arrow.words = message_words(envelope.message);
        arrow.ballot = message_ballot(envelope.message);
    }
}

// Of what one step sent to one node, and had one fate without arriving, one arrow is enough.
void Painter::draw(Arrow arrow) {
    const auto same = std::ranges::find_if(picture_.arrows, [&](const Arrow& other) {
        return other.from_row == arrow.from_row && other.from == arrow.from &&
               other.to == arrow.to && other.fate == arrow.fate && other.why == arrow.why &&
               other.duplicate == arrow.duplicate;
    });
    if (same == picture_.arrows.end()) {
        picture_.arrows.push_back(std::move(arrow));
        return;
    }
    ++same->others;
    same->lost_row = std::max(same->lost_row, arrow.lost_row);
}

void Painter::lose(const Moment& moment, const MessageLost& lost) {
    const auto row =
        add_row(moment, NodeId{}, MarkKind::Nothing, view_.all ? note_words(lost) : "");
    const auto card = under_way_.find(lost.message);
    if (card == under_way_.end()) return;
    Arrow arrow = card->second;
    if (!arrow.from_row) {
        under_way_.erase(card);
        return;
    }
    if ((!row && next_ == window_.events.size()) || arrow.pulse) return;
    arrow.fate = Fate::Lost;
    arrow.why = loss_words(lost.why);
    arrow.lost_row = row.value_or(here());
    arrow.at_end = lost.why == Loss::ReceiverDown;
    arrow.duplicate = delivered_.contains(lost.message);
    delivered_.insert(lost.message);
    draw(std::move(arrow));
}

void Painter::follow_disk(NodeId node, const Event& event, const Effects& effects, Lane& lane,
                          std::optional<std::size_t> row) {
    if (const auto* durable = std::get_if<Durable>(&event.what)) {
        std::optional<std::size_t> since;
        while (!lane.writes.empty() && lane.writes.front().end <= durable->position) {
            if (!since) since = lane.writes.front().row;
            lane.writes.pop_front();
        }
        const std::size_t end = row.value_or(here() == 0 ? 0 : here() - 1);
        if (since && end > *since) add_disk_wait(node, *since, end);
    }
    if (effects.journal.bytes.empty()) return;
    lane.writes.push_back({Position{effects.journal.begin.value + effects.journal.bytes.size()},
                           row.value_or(here() == 0 ? 0 : here() - 1)});
}

void Painter::add_disk_wait(NodeId node, std::size_t from, std::size_t to) {
    picture_.spans.push_back(
        {.kind = Span::Kind::DiskWait, .node = node, .from_row = from, .to_row = to, .ballot = {}});
}

// The disk never said that it has them.
void Painter::end_disk_waits(Lane& lane, NodeId node, std::size_t row) {
    if (!lane.writes.empty() && row > lane.writes.front().row && row < here()) {
        add_disk_wait(node, lane.writes.front().row, row);
    }
    lane.writes.clear();
}

void Painter::follow_role(const Node& after, Lane& lane) {
    const bool leads = after.role() == Role::Leading;
    const std::size_t now = here() == 0 ? 0 : here() - 1;
    if (lane.leading && (!leads || lane.leading->ballot != after.ballot())) {
        lane.leading->to_row = std::max(now, lane.leading->from_row);
        picture_.spans.push_back(*lane.leading);
        lane.leading.reset();
    }
    if (leads && !lane.leading) {
        lane.leading = Span{.kind = Span::Kind::Leading,
                            .node = after.id(),
                            .from_row = now,
                            .to_row = now,
                            .ballot = after.ballot()};
    }
}

void Painter::copy_log(const Node& node) {
    const Log& log = node.log();
    std::map<Slot, Cell>& cells = picture_.logs[node.id()];
    cells.clear();
    const Slot in_snapshot = snapshots_[node.id()];
    Slot slot{log.end().value - std::min(log.end().value, slots_shown)};
    while (slot < log.end()) {
        slot = next(slot);
        if (slot <= log.trimmed_through() && view_.shows(SlotRange{slot, slot})) {
            cells[slot].value = slot <= in_snapshot ? "in snapshot" : "trimmed";
            cells[slot].gone = true;
        }
        const LogEntry* entry = log.find(slot);
        if (entry == nullptr || !view_.shows(SlotRange{slot, slot})) continue;
        cells[slot] = Cell{.ballot = entry->ballot,
                           .value = value_words(entry->value),
                           .chosen = entry->chosen,
                           .executed = slot <= node.applied(),
                           .repeated = repeated_.contains({node.id(), slot})};
    }
}

void Painter::add_choices(NodeId node, const std::vector<Choice>& choices,
                          std::optional<std::size_t> row) {
    std::vector<Choice> shown;
    std::vector<Choice> again;
    for (const Choice& choice : choices) {
        if (!view_.shows(SlotRange{choice.slot, choice.slot})) continue;
        (choice.again ? again : shown).push_back(choice);
    }
    for (const Choice& choice : shown) {
        std::string& values = picture_.chosen[choice.slot];
        values += (values.empty() ? "" : " and ") + value_words(choice.value);
    }
    std::vector<Chip> chips;
    if (!shown.empty()) chips.push_back(chip_of(shown));
    if (!again.empty()) chips.push_back(chip_of(again));
    if (!row || chips.empty()) return;
    Row& there = picture_.rows[*row];
    if (there.node == NodeId{}) {
        there.words = fmt::format("{}, not shown: {}", node_words(node), chips.front().text);
    }
    there.chips.insert(there.chips.begin(), chips.begin(), chips.end());
    if (there.kind == MarkKind::Dot) there.kind = MarkKind::Choice;
}

Picture Painter::finish() {
    picture_.by_hand = by_hand_;
    picture_.scale = view_.scale;
    add_aside(aside_);
    end_partition();
    for (auto& [node, lane] : lanes_) {
        end(lane.down_since, Span::Kind::Down, node);
        end(lane.paused_since, Span::Kind::Paused, node);
        if (here() > 0) end_disk_waits(lane, node, here() - 1);
        if (!lane.leading || picture_.rows.empty()) continue;
        lane.leading->to_row = picture_.rows.size() - 1;
        picture_.spans.push_back(*lane.leading);
    }
    for (const auto& [message, arrow] : under_way_) {
        const bool drawn = arrow.from_row && !arrow.pulse && !delivered_.contains(message);
        if (drawn) draw(arrow);
    }
    const auto& voters = first_voters_;
    for (const NodeId node : picture_.lanes) {
        if (std::ranges::find(voters, node) != voters.end()) continue;
        picture_.notes[node] = ledger_.ever_votes(node) ? "votes later" : "learner";
    }
    if (by_hand_ && window_.last_slot <= Slot{1}) leave_slot_out(picture_);
    return std::move(picture_);
}

}  // namespace decree::traces
