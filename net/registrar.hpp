#pragma once

/// When a node writes what Doozer's clients expect to find of it below /ctl (`registration`): at
/// its start, and again when somebody else has changed that. Pure: it is told the time.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/charter.hpp"
#include "core/ids.hpp"
#include "core/store/command.hpp"
#include "core/store/state.hpp"
#include "net/registration.hpp"

namespace decree::net {

/// One write at a time. Of its own files only the node itself tells what is true; whoever keeps
/// overwriting them is answered once a second.
class Registrar {
public:
    /// What the node has applied so far.
    struct View {
        const store::State& state;
        const std::string& name;   ///< The cluster's.
        const Charter* charter{};  ///< None: nothing can be written now.
        bool leads{};              ///< Who leads founds the tree.
    };

    /// `pulse`: microseconds from one write of `applied` to the next; 0: none is made.
    Registrar(Shown shown, std::uint64_t pulse) : shown_(std::move(shown)), pulse_(pulse) {}

    /// What is to be written now, if anything is.
    [[nodiscard]] std::optional<store::StoreCommand> due(Time now, const View& view);
    /// What was written is answered, or will not be.
    void answered() { writing_ = false; }
    /// When the next sign of its pulse is due.
    [[nodiscard]] Time deadline() const { return pulse_at_; }

private:
    [[nodiscard]] std::optional<store::StoreCommand> missing(Time now, const View& view);

    Shown shown_;
    std::uint64_t pulse_;
    bool writing_ = false;
    bool registered_ = false;               // Once, since the start.
    std::optional<store::Revision> seen_;   // Of its files, when they were as they should be.
    std::optional<store::Revision> below_;  // Of all of /ctl then, or later.
    Time write_at_{};                       // Not earlier than this.
    Time pulse_at_ = never;
};

}  // namespace decree::net
