#pragma once

/// What happens to a node, as a trace: `decree serve --record FILE`.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/node/node.hpp"
#include "core/options.hpp"
#include "net/data_directory.hpp"
#include "traces/format.hpp"
#include "traces/recorder.hpp"

namespace decree::net {

/// Records one node, through all its starts in this process. A thread writes the file, so that the
/// loop does not wait for its disk; what goes wrong with it ends the recording, with a warning, and
/// never the node. Whoever has the file has all that clients wrote: only its owner can read it.
class Recording {
public:
    /// So much is recorded, and no more: what programs read.
    static constexpr std::uint64_t most_bytes = 1'000'000'000;

    /// Begins the file. A recording of that name that is there already is renamed to `path`.1, .2,
    /// ... Fails with one line for a person, also where anything else stands there.
    [[nodiscard]] static std::expected<std::unique_ptr<Recording>, std::string> begin(
        const std::string& path, const Settings& settings, const store::StoreSettings& store);
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;
    /// Ends the trace in order, and waits until it is written.
    ~Recording();

    /// The node starts, or starts again, with this on its disk; its journal ends at
    /// `journal_end`.
    void started(Time now, const Options& options, const Beginning& beginning,
                 const DiskContents& disk, Position journal_end);
    void stepped(const Node& after, const Event& event, const Effects& effects);
    /// The step found a broken promise of the code; all is written before this returns.
    void broke(NodeId node, const Event& event);
    /// A turn has ended: now and then what it recorded is written.
    void turned(Time now);

private:
    class Writer;
    Recording(std::unique_ptr<Writer> writer, const traces::RunHeader& header);
    [[nodiscard]] Time at(Time now) const { return Time{now.value - begun_.value}; }
    void write(bool all, bool may_wait);
    void end(const std::string& why);
    void finish();

    std::unique_ptr<Writer> writer_;  // None: it has ended.
    traces::Recorder recorder_;
    Time begun_;
    Time write_at_;
    std::uint64_t recorded_ = 0;  // Bytes handed to the writer.
    NodeId node_;                 // That has started.
};

}  // namespace decree::net
