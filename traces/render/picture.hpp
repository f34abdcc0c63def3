#pragma once

/// What a space-time diagram shows, before anything has a place on paper.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "traces/format.hpp"
#include "traces/note.hpp"
#include "traces/render/view.hpp"
#include "traces/replay.hpp"

namespace decree::traces {

/// What a row's mark on its lane looks like.
enum class MarkKind : std::uint8_t { Dot, Start, Crash, World, Broken, Choice, Nothing };

enum class ChipKind : std::uint8_t {
    State,   ///< What a node has promised, or whether it leads.
    Vote,    ///< It has accepted a value ...
    Known,   ///< ... or knows one chosen.
    Chosen,  ///< A value becomes chosen: a fact that nobody knows yet.
    Broken,  ///< Another value becomes chosen.
    Plain,
};

/// A few words beside a mark. `ballot` gives the colour.
struct Chip {
    std::string text;
    std::optional<Ballot> ballot;
    ChipKind kind = ChipKind::State;
};

/// One event: each has a row of its own, so nothing on it can overlap another's.
struct Row {
    Moment moment;
    NodeId node;  ///< 0: the world; the row has words only.
    MarkKind kind{};
    std::string act;  ///< By hand: the scenario's line, where a row is the first of it.
    std::string words;
    std::string aside;  ///< By hand: the scenario's comments.
    std::vector<Chip> chips;
    bool from_right{};  ///< A message came in from a lane to the right ...
    bool to_right{};    ///< ... or went out to one: chips must not hide it.
};

enum class Fate : std::uint8_t { Taken, Refused, Ignored, Lost, UnderWay };

struct Arrow {
    NodeId from;
    NodeId to;
    /// Nothing: sent before the first row, at #sent_at.
    std::optional<std::size_t> from_row;
    /// Nothing: lost, or still under way.
    std::optional<std::size_t> to_row;
    std::size_t lost_row{};  ///< Lost before this row.
    std::uint64_t sent_at{};
    std::string words;
    std::size_t others{};  ///< As many more messages of this step had the same fate.
    std::optional<Ballot> ballot;
    Fate fate = Fate::UnderWay;
    std::string why;   ///< It was lost.
    bool at_end{};     ///< Lost where it arrived.
    bool late{};       ///< Overtaken by a message sent later on the same link.
    bool duplicate{};  ///< Not the first copy.
    bool pulse{};      ///< Drawn only where it is taken: see is_drawn().
};

/// Something that lasts from one row to another, on a node's lane.
struct Span {
    enum class Kind : std::uint8_t { Down, Paused, DiskWait, Leading };
    Kind kind{};
    NodeId node;
    std::size_t from_row{};
    std::size_t to_row{};
    std::optional<Ballot> ballot;  ///< Leading.
};

/// A partition, from one row to another.
struct Area {
    std::size_t from_row{};
    std::size_t to_row{};
    std::vector<std::vector<NodeId>> groups;
};

/// What a node's log holds of a slot at the end of the picture.
struct Cell {
    Ballot ballot;
    std::string value;
    bool chosen{};    ///< It knows.
    bool executed{};  ///< And has executed it ...
    bool repeated{};  ///< ... which did nothing: a command that was executed before.
    bool gone{};      ///< It is in the log no more: `value` says where it went.
};

struct Picture {
    std::string title;
    std::string subtitle;
    std::vector<NodeId> lanes;            ///< Ascending.
    std::map<NodeId, std::string> notes;  ///< On some lanes: "learner".
    std::vector<Row> rows;
    std::vector<Arrow> arrows;
    std::vector<Span> spans;
    std::vector<Area> areas;
    std::map<NodeId, std::map<Slot, Cell>> logs;
    std::map<Slot, std::string> chosen;  ///< By its end: what; more than one value is a violation.
    bool by_hand{};                      ///< Acts stand where times would.
    Scale scale{};
    std::optional<std::string> warning;  ///< The trace does not replay.
};

/// Rows of a picture whose stretch of time nobody asked for, and the most that any may have.
inline constexpr std::size_t rows_by_default = 64;
inline constexpr std::size_t rows_at_most = 400;

/// Collects the picture of what `view` shows. Without times in it: what comes before the violation,
/// else the stretch that holds the first choice and shows most besides (the election that led to
/// it, a crash, a loss). Says what to ask for instead when that is more than a picture holds, or
/// nothing.
[[nodiscard]] std::expected<Picture, std::string> take_picture(const Trace& trace,
                                                               const View& view);

}  // namespace decree::traces
