#pragma once

/// Makes a trace of a run while it runs.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/codec.hpp"
#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/options.hpp"
#include "props/violation.hpp"
#include "traces/disk_image.hpp"
#include "traces/format.hpp"
#include "traces/note.hpp"
#include "traces/tape.hpp"

namespace decree {
class Node;
}

namespace decree::traces {

/// Stirs one step into the rolling digest of a run, which begins as 0. What was received is told by
/// its name only: its content stood in the effects of the step that sent it. The rules are left
/// out, so that it makes no difference whether anybody listens.
[[nodiscard]] std::uint64_t extend_digest(std::uint64_t digest, NodeId node, const Event& event,
                                          const Effects& effects);

/// Appends to one buffer, and formats nothing. World times (`at`) are simulated microseconds and
/// never go back; what a node takes for the time is in its events.
///
/// Both the recorder and its driver number every envelope of every step's effects, from 0, in order
/// of emission, whether or not it ever leaves.
class Recorder {
public:
    explicit Recorder(const RunHeader& header);

    /// `options.self` starts, or starts again, with this disk; its own clock says `now`. Only what
    /// really started: a node that stays down is a note, StartRefused.
    /// `beginning`: if it founds a cluster, or joins one.
    void started(Time at, Time now, const Options& options, const DiskView& disk,
                 const std::optional<Beginning>& beginning = std::nullopt);
    /// A node took a step. `message` is the number of the envelope that was delivered; none for a
    /// Received whose content nobody in this run sent (it is then stored in full).
    /// `digest`: the run's, extended by this step, if the driver keeps one; saves the computing.
    void stepped(Time at, const Node& after, const Event& event, const Effects& effects,
                 const std::optional<MessageId>& message,
                 const std::optional<std::uint64_t>& digest = std::nullopt);
    /// The step of `event` found a broken promise of the code (ContractViolation): it had no
    /// effects, and the node is of no more use.
    void broke(Time at, NodeId node, const Event& event, const std::optional<MessageId>& message);
    /// The node lost its memory; what its disk kept is told by the next started().
    void crashed(Time at, NodeId node);
    void note(Time at, const Note& note);
    /// What was recorded last broke this property, and the run may go on.
    void violated(const props::Violation& violation);

    /// Moves the blocks that are whole to the end of `out`: for a trace that is written while it is
    /// made. `now_whole`: what was recorded last is made a block, behind a digest of all before.
    void take_blocks(ByteBuffer& out, bool now_whole);

    /// The whole trace, as far as take_blocks() has not taken it; `violation` stands at its end,
    /// unless some were recorded where they happened. Nothing may be recorded after.
    [[nodiscard]] ByteBuffer finish(const std::optional<props::Violation>& violation);

    /// How many envelopes were numbered so far: the next one's number.
    [[nodiscard]] MessageId next_message() const { return next_message_; }
    /// Of what was recorded last.
    [[nodiscard]] Time last_time() const { return Time{at_}; }

private:
    struct KnownNode {
        NodeId id;
        NodeClock clock;
        WrittenFiles<Extent> written;
    };
    KnownNode& known(NodeId node);
    KnownNode& find_known(NodeId node);
    std::byte* begin_entry(EntryKind kind, std::size_t node, Time at);
    template <class T>
    void put(const T& thing);
    void put_event(EntryKind kind, Time at, KnownNode& node, const Event& event,
                   const std::optional<MessageId>& message);
    void put_digest();
    void end_entry();
    void close_block();

    Tape tape_;
    ByteBuffer scratch_;            // Reused.
    std::vector<KnownNode> nodes_;  // In the order of their first start.
    std::size_t block_begin_ = 0;
    std::uint64_t blocks_ = 0;
    std::uint64_t at_ = 0;
    bool violated_ = false;
    std::uint64_t steps_ = 0;
    std::uint64_t digest_ = 0;
    MessageId next_message_ = 0;
    MessageId last_delivered_ = 0;
};

}  // namespace decree::traces
