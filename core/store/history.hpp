#pragma once

/// The retained revisions: what each did, and the tree after it.

#include <cstdint>
#include <optional>
#include <utility>

#include "core/store/event.hpp"
#include "core/store/ordered.hpp"
#include "core/store/revision.hpp"
#include "core/store/tree.hpp"

namespace decree::store {

struct PastMeasure {
    std::uint64_t bytes = 0;  ///< Of each event: its path, its value, and `item_bytes`.
    std::uint64_t digest = 0;
    friend PastMeasure operator+(PastMeasure a, PastMeasure b) {
        return {.bytes = a.bytes + b.bytes, .digest = a.digest + b.digest};
    }
};

/// One retained revision.
struct Past : Counted {
    Past(Event e, Tree t);
    Event event;
    Tree after;
    PastMeasure measure;  ///< Of the event; the trees before and after the first tell the others.
};

struct PastOrder {
    using Key = Revision;
    using Measure = PastMeasure;
    static Key key(const Shared<const Past>& past) { return past->event.revision; }
    static Measure measure(const Shared<const Past>& past) { return past->measure; }
};

/// Dense: revisions first() through last(), and the tree before the first of them.
class History {
public:
    /// The first retained revision; one that is last() + 1 when none is (only at the beginning).
    [[nodiscard]] Revision first() const { return store::next(base_); }
    /// The store's revision.
    [[nodiscard]] Revision last() const {
        return Revision{base_.value + static_cast<std::int64_t>(pasts_.size())};
    }
    /// The tree as it is.
    [[nodiscard]] const Tree& now() const {
        return pasts_.empty() ? before_ : pasts_.back()->after;
    }
    /// The tree before first().
    [[nodiscard]] const Tree& before() const { return before_; }
    /// REQUIRES: first() <= revision <= last().
    [[nodiscard]] const Past& at(Revision revision) const { return *pasts_[index(revision)]; }
    [[nodiscard]] std::size_t size() const { return pasts_.size(); }
    [[nodiscard]] PastMeasure measure() const { return pasts_.measure(); }
    /// In order of revision; for seeking by measure.
    [[nodiscard]] const Ordered<Shared<const Past>, PastOrder>& pasts() const { return pasts_; }

    /// Visits events from `from`, which is first() at least, until `visit(const Event&)` says
    /// false.
    template <class F>
    void visit(Revision from, F visit) const {
        pasts_.visit(index(from),
                     [&](const Shared<const Past>& past) { return visit(past->event); });
    }

    /// The next revision. REQUIRES: event.revision == last() + 1.
    void push(Event event, Tree after);
    /// Forgets from the front until at most `length` revisions are left, and what they hold is
    /// `bytes` at most; but never one of the last `keep`, nor the very last.
    void trim(std::uint64_t length, std::uint64_t bytes, std::uint64_t keep);
    /// Begins with `before` at revision `base`, as read from a snapshot. REQUIRES: nothing pushed.
    void begin(Revision base, Tree before);

    [[nodiscard]] std::uint64_t digest() const;

private:
    [[nodiscard]] std::size_t index(Revision revision) const {
        return static_cast<std::size_t>(revision.value - base_.value - 1);
    }

    Revision base_;  // Of before_.
    Tree before_;
    Ordered<Shared<const Past>, PastOrder> pasts_;
};

}  // namespace decree::store
