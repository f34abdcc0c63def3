#pragma once

/// The retained revisions: what each did, and the tree after it.
///
/// A tree for each revision would be kept at the price of copying, and later freeing, a path of
/// nodes with each write. So revisions are kept in stretches, of which each knows the tree before
/// it; the newest tree is changed in place, and what a question about another needs is made from
/// the tree before its stretch and the events since. Few ask: a snapshot when it begins, and who
/// reads the past. Whoever does leaves marks, so that the next one has less to wait for.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

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
    friend PastMeasure operator-(PastMeasure a, PastMeasure b) {
        return {.bytes = a.bytes - b.bytes, .digest = a.digest - b.digest};
    }
};

/// One retained revision.
struct Past : Counted {
    Past(Event e, std::uint64_t digest_after);
    Event event;
    std::uint64_t tree_digest;  ///< Of the tree after it.
    PastMeasure measure;
};

/// Revisions that follow each other. All but the last stretch end where a new one begins.
struct Stretch : Counted {
    Stretch(Revision b, Tree tree) : base(b), before(std::move(tree)) {}
    [[nodiscard]] Revision last() const {
        return Revision{base.value + static_cast<std::int64_t>(pasts.size())};
    }
    [[nodiscard]] std::size_t index(Revision revision) const {
        return static_cast<std::size_t>(revision.value - base.value - 1);
    }
    /// The tree after `revision`, which is `base` at the least, and last() at the most.
    [[nodiscard]] Tree tree_at(Revision revision) const;
    void push(Shared<const Past> past);
    /// Frees `most` things at most of what it holds; true when that was all. Nothing else may be
    /// asked from then on.
    [[nodiscard]] bool take_apart(std::size_t most);

    Revision base;  ///< The one before its first.
    Tree before;    ///< The tree at `base`.
    std::vector<Shared<const Past>> pasts;
    PastMeasure measure;  ///< Of all of them.

private:
    /// The tree after every 512th of them, as far as somebody asked.
    mutable std::vector<Tree> marks_;
};

struct StretchOrder {
    using Key = Revision;
    using Measure = PastMeasure;
    static Key key(const Shared<const Stretch>& stretch) { return stretch->base; }
    static Measure measure(const Shared<const Stretch>& stretch) { return stretch->measure; }
};

/// Executes `event` on the tree before it. REQUIRES: the event was executed there once.
void redo(const Event& event, Tree& tree);

/// Dense: revisions first() through last(), and the tree before the first of them.
class History {
public:
    /// The first retained revision; one that is last() + 1 when none is (only at the beginning).
    [[nodiscard]] Revision first() const { return first_; }
    /// The store's revision.
    [[nodiscard]] Revision last() const { return tail_->last(); }
    /// The tree as it is.
    [[nodiscard]] const Tree& now() const { return now_; }
    /// The same, to be changed by the event that is pushed next; until then there is no tree here.
    [[nodiscard]] Tree take_now();
    /// Begins a new stretch if the last one is long, or a copy of this history holds it, too. To be
    /// called before events are pushed; take_now() does.
    void part();
    /// The tree after `revision`. Each event of a stretch is executed anew once, for the first
    /// question about what is behind it, and 511 for each question, at most. REQUIRES: one before
    /// first() at the least, last() at the most.
    [[nodiscard]] Tree tree_at(Revision revision) const;
    /// The tree before first().
    [[nodiscard]] Tree before() const { return tree_at(previous(first_)); }
    [[nodiscard]] std::size_t size() const {
        return static_cast<std::size_t>(last().value - first_.value + 1);
    }
    /// Of first() through last().
    [[nodiscard]] PastMeasure measure() const { return full_.measure() + tail_->measure - hidden_; }
    /// What `revision` did. REQUIRES: first() at the least, last() at the most. O(log size()).
    [[nodiscard]] const Event& event(Revision revision) const {
        const Stretch& stretch = at(stretch_of(revision));
        return stretch.pasts[stretch.index(revision)]->event;
    }
    /// Visits events that begin at or behind byte `begin` of measure(), in order, with the byte
    /// where each begins, until `visit(const Event&, std::uint64_t)` says false.
    template <class F>
    void visit_bytes(std::uint64_t begin, F visit) const {
        const std::uint64_t from = hidden_.bytes + begin;
        const auto place =
            full_.seek([&](const PastMeasure& measure) { return measure.bytes > from; });
        std::uint64_t at = place.before.bytes;
        visit_pasts(place.index, 0, [&](const Past& past) {
            const bool goes_on = at < from || visit(past.event, at - hidden_.bytes);
            at += past.measure.bytes;
            return goes_on;
        });
    }

    /// Visits events from `from`, which is first() at least, until `visit(const Event&)` says
    /// false.
    template <class F>
    void visit(Revision from, F visit) const {
        const std::size_t stretch = stretch_of(from);
        visit_pasts(stretch, at(stretch).index(from),
                    [&](const Past& past) { return visit(past.event); });
    }

    /// The next revision. REQUIRES: event.revision == last() + 1.
    void push(Event event, Tree after);
    /// Forgets from the front until at most `length` revisions are left, and what they hold is
    /// `bytes` at most; but never one of the last `keep`, nor the very last. What is forgotten is
    /// held for a while: a stretch goes as a whole, and bit by bit. Stretches are as long as suits
    /// `length` from now on.
    void trim(std::uint64_t length, std::uint64_t bytes, std::uint64_t keep);
    /// Begins with `before` at revision `base`, as read from a snapshot. REQUIRES: nothing pushed.
    void begin(Revision base, const Tree& before);
    /// Makes before() cheap, for who asks often.
    void settle();

    [[nodiscard]] std::uint64_t digest() const;

private:
    void forget_first();
    /// Frees a part of the stretches that went: no step has to free one whole.
    void free_gone();
    /// Of the stretch that holds `revision`, or will when it is pushed; full_.size() is the tail's.
    [[nodiscard]] std::size_t stretch_of(Revision revision) const {
        return revision > tail_->base ? full_.size() : full_.rank(revision) - 1;
    }
    [[nodiscard]] const Stretch& at(std::size_t stretch) const {
        return stretch < full_.size() ? *full_[stretch] : *tail_;
    }
    /// From number `index` of stretch number `stretch` on, until `visit(const Past&)` says false.
    template <class F>
    void visit_pasts(std::size_t stretch, std::size_t index, F visit) const {
        bool goes_on = true;
        const auto visit_all = [&](const Shared<const Stretch>& part) {
            for (; goes_on && index < part->pasts.size(); ++index) {
                goes_on = visit(*part->pasts[index]);
            }
            index = 0;
            return goes_on;
        };
        full_.visit(stretch, visit_all);
        if (goes_on) visit_all(tail_);
    }

    Ordered<Shared<const Stretch>, StretchOrder> full_;
    Shared<const Stretch> tail_{new Stretch(Revision{}, Tree{})};  // The last one, maybe empty.
    Revision first_{1};  // Revisions before it that a stretch still holds are not shown.
    std::uint64_t before_first_ = Tree{}.digest();  // Digest of the tree before first_.
    PastMeasure hidden_;                            // Of what is not shown.
    Tree now_;
    static constexpr std::size_t longest = 4096;
    std::size_t pasts_a_stretch_ = longest;    // At most.
    std::vector<Shared<const Stretch>> gone_;  // Show nothing any more, and are being freed.
};

}  // namespace decree::store
