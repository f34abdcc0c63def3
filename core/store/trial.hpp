#pragma once

/// A command's writes, tried on a copy: kept all together, or dropped all together. What can no
/// more be refused once it is written needs no copy, and is kept at once.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/store/answer.hpp"
#include "core/store/event.hpp"
#include "core/store/state.hpp"

namespace decree::store {

class Trial {
public:
    enum class Kind : std::uint8_t {
        Many,  ///< Any number of writes, kept by commit().
        One,   ///< One write; what is not refused is done, and commit() comes next.
    };
    Trial(State& state, ClusterTime now, Kind kind)
        : state_(state),
          settings_(state.settings),
          now_(now),
          kind_(kind),
          last_(state.revision()) {
        if (kind == Kind::One) return;
        tree_ = state.tree();
        sessions_ = state.sessions;
    }

    /// Sets a file, as the next revision. `lock`: it becomes one; a lock that its own session sets
    /// stays one. Refused: the root or another directory is there, an ancestor is a file, the
    /// session is none, a limit is reached. What was refused leaves the trial as it was.
    [[nodiscard]] std::optional<Refusal> put(const std::string& path, const Value& value,
                                             SessionId session, bool lock = false) {
        return put_at(tree().find(path), path, value, session, lock);
    }
    /// The same for who knows already what is there: `found` is what tree().find(path) says.
    [[nodiscard]] std::optional<Refusal> put_at(const Found& found, const std::string& path,
                                                const Value& value, SessionId session,
                                                bool lock = false);
    /// Deletes a file, or what is missing, as the next revision. Refused: a directory is there.
    [[nodiscard]] std::optional<Refusal> remove(const std::string& path);
    /// The next revision does nothing.
    void nop();
    /// The next revision says in /ctl/err why something was refused; a no-op where a directory is
    /// in the way of that file, or a file of its directory.
    void put_error(const Refusal& refusal);
    void close(SessionId session) { sessions().close(session); }

    [[nodiscard]] const Tree& tree() const { return kind_ == Kind::Many ? tree_ : state_.tree(); }
    /// What is done becomes the state's, as one group.
    void commit() &&;

private:
    [[nodiscard]] std::optional<Refusal> room_for(const std::string& path, const Value& value,
                                                  const File* present) const;
    [[nodiscard]] std::optional<Refusal> bindable(SessionId session, const File* present) const;
    [[nodiscard]] Tree& own_tree();
    [[nodiscard]] Sessions& sessions() { return kind_ == Kind::Many ? sessions_ : state_.sessions; }
    [[nodiscard]] const Sessions& sessions() const {
        return kind_ == Kind::Many ? sessions_ : state_.sessions;
    }
    void add(Event event);

    State& state_;
    const StoreSettings& settings_;
    ClusterTime now_;
    Kind kind_;
    bool taken_ = false;  // Of one write: tree_ is the state's own tree, until the event is there.
    Tree tree_;
    Sessions sessions_;  // Of many: what they are then.
    Revision last_;
    std::vector<std::pair<Event, Tree>> done_;  // Of many, with the tree after each.
};

}  // namespace decree::store
