#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "traces/render/book.hpp"
#include "traces/render/hand.hpp"
#include "traces/render/ledger.hpp"
#include "traces/render/links.hpp"
#include "traces/render/picture.hpp"
#include "traces/render/window.hpp"
#include "traces/replay.hpp"

namespace decree::traces {

/// Collects the rows of a window, and what connects them.
class Painter final : public Visitor {
public:
    Painter(const Trace& trace, const View& view, Window window);

    void started(const Moment& moment, const Recovered& disk, const Node& node) override;
    void stepped(const Moment& moment, const Step& step, const Event& event, const Node& after,
                 const Effects& effects, MessageId first) override;
    void broke(const Moment& moment, const Step& step, const Event& event,
               const std::string& why) override;
    void crashed(const Moment& moment, NodeId node) override;
    void noted(const Moment& moment, const Note& note) override;
    void violated(const Moment& moment, const props::Violation& violation) override;
    /// After the last row; where that is about links, after all that its instant says of them.
    [[nodiscard]] bool done() const override {
        return next_ == window_.events.size() &&
               (passed_ || !link_row_ || *link_row_ + 1 != here());
    }

    /// Everything collected; what still lasts ends with the last row.
    [[nodiscard]] Picture finish();

private:
    struct Write {
        Position end;
        std::size_t row{};
    };
    struct Lane {
        std::optional<std::size_t> down_since;
        std::optional<std::size_t> paused_since;
        std::optional<Span> leading;
        std::deque<Write> writes;
    };
    [[nodiscard]] bool has_row(const Moment& moment) const {
        return next_ < window_.events.size() && window_.events[next_].number == moment.number;
    }
    /// The event's row, if it has one.
    [[nodiscard]] std::optional<std::size_t> add_row(const Moment& moment, NodeId node,
                                                     MarkKind kind, const std::string& words);
    /// The row that comes next, as the end of something that began earlier.
    [[nodiscard]] std::size_t here() const { return picture_.rows.size(); }
    [[nodiscard]] std::string words_of(const Moment& moment, const Event& event, const Node& after,
                                       const Effects& effects) const;
    void receive(const Step& step, const Received& received, Fate fate,
                 std::optional<std::size_t> row);
    void send(const Moment& moment, const Effects& effects, MessageId first,
              std::optional<std::size_t> row);
    void lose(const Moment& moment, const MessageLost& lost);
    [[nodiscard]] bool duplicate(const Moment& moment, const MessageDuplicated& twice);
    void begin_line(const HandLine& line);
    void add_aside(const std::string& comment);
    void draw(Arrow arrow);
    void change_links(const Moment& moment, const Note& note);
    void end_disk_waits(Lane& lane, NodeId node, std::size_t row);
    void add_disk_wait(NodeId node, std::size_t from, std::size_t to);
    void follow_disk(NodeId node, const Event& event, const Effects& effects, Lane& lane,
                     std::optional<std::size_t> row);
    void follow_role(const Node& after, Lane& lane);
    void end(std::optional<std::size_t>& since, Span::Kind kind, NodeId node);
    void begin_partition(std::size_t row, std::vector<std::vector<NodeId>> groups);
    void end_partition();
    void copy_log(const Node& node);
    void add_choices(NodeId node, const std::vector<Choice>& choices,
                     std::optional<std::size_t> row);

    const View& view_;
    const bool by_hand_;
    Window window_;
    std::size_t next_ = 0;  // In window_.
    bool passed_ = false;   // Something came after the last row.
    Picture picture_;
    VoteLedger ledger_;
    std::map<NodeId, Lane> lanes_;
    std::map<MessageId, Arrow> under_way_;
    std::map<std::pair<NodeId, NodeId>, MessageId> newest_;  // Delivered on each link.
    std::set<MessageId> delivered_;                          // Of those with rows.
    Questions questions_;
    Links links_;
    Voters first_voters_;
    std::optional<std::size_t> link_row_;  // Of the latest instant in which links changed ...
    std::optional<Time> links_at_;         // ... which is this.
    std::optional<Area> partition_;
    std::string act_;    // The scenario's line, until a row comes of it ...
    std::string aside_;  // ... and its comment.
    std::set<std::pair<NodeId, Slot>> repeated_;
    std::map<NodeId, Slot> snapshots_;  // Through which slot the one that it went on from goes.
};

}  // namespace decree::traces
