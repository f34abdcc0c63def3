#pragma once

/// A command's writes, tried on a copy: kept all together, or dropped all together. What can no
/// more be refused once it is written needs no copy.

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
        One,   ///< One write; what is not refused is committed, and nothing happens between.
    };
    Trial(State& state, ClusterTime now, Kind kind)
        : state_(state),
          settings_(state.settings),
          now_(now),
          owns_tree_(kind == Kind::Many),
          takes_tree_(kind == Kind::One),
          tree_(owns_tree_ ? state.tree() : Tree{}),
          sessions_(state.sessions),
          last_(state.revision()) {}

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
    void close(SessionId session) { sessions_.close(session); }

    [[nodiscard]] const Tree& tree() const { return owns_tree_ ? tree_ : state_.tree(); }
    /// What is done becomes the state's, as one group.
    void commit() &&;

private:
    [[nodiscard]] std::optional<Refusal> room_for(const std::string& path, const Value& value,
                                                  const File* present) const;
    [[nodiscard]] std::optional<Refusal> bindable(SessionId session, const File* present) const;
    [[nodiscard]] Tree& own_tree();
    void add(Event event);

    State& state_;
    const StoreSettings& settings_;
    ClusterTime now_;
    bool owns_tree_;   // A copy, or the state's own, taken when nothing could be refused any more.
    bool takes_tree_;  // And gives it back when it is committed.
    Tree tree_;
    Sessions sessions_;
    Revision last_;
    std::vector<std::pair<Event, Tree>> done_;  // With the tree after it, unless that is tree_.
};

}  // namespace decree::store
