#include "core/store/history.hpp"

#include <algorithm>
#include <span>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree::store {

namespace {

// The longer stretches are, the fewer paths of the tree are copied with each write; but as much is
// held that is retained no more, and the first question about one executes all of it. So they are
// twice as long as what is retained, if that is not much.
constexpr std::uint64_t lengths = 2;
constexpr std::uint64_t shortest = 64;
// Of the events of a stretch but its last command's.
constexpr std::uint64_t most_bytes = 4U << 20U;
constexpr std::size_t mark_every = 512;
// With each revision that is forgotten, for each stretch that went: more than a write makes, as a
// rule.
constexpr std::size_t freed_at_once = 16;

Tree redo(std::span<const Shared<const Past>> pasts, Tree tree) {
    for (const Shared<const Past>& past : pasts) redo(past->event, tree);
    return tree;
}

}  // namespace

Past::Past(Event e, std::uint64_t digest_after)
    : event(std::move(e)),
      tree_digest(digest_after),
      measure{.bytes = event.path.size() + event.value.size() + item_bytes,
              .digest = digest_of(event)} {}

Tree Stretch::tree_at(Revision revision) const {
    const auto count = static_cast<std::size_t>(revision.value - base.value);
    const std::span all(pasts);
    const auto mark = [&](std::size_t number) -> const Tree& {
        return number == 0 ? before : marks_[number - 1];
    };
    while (marks_.size() < count / mark_every) {
        const std::size_t made = marks_.size();
        marks_.push_back(redo(all.subspan(made * mark_every, mark_every), mark(made)));
    }
    const std::size_t from = count / mark_every;
    return redo(all.subspan(from * mark_every, count % mark_every), mark(from));
}

void Stretch::push(Shared<const Past> past) {
    measure = measure + past->measure;
    pasts.push_back(std::move(past));
}

void redo(const Event& event, Tree& tree) {
    if (event.kind == EventKind::Set) {
        tree.set(event.path, {.revision = event.revision,
                              .value = event.value,
                              .session = event.session,
                              .lock = event.lock});
    } else if (event.kind == EventKind::Del && tree.find(event.path).file != nullptr) {
        tree.erase(event.path, event.revision);
    }
}

bool Stretch::take_apart(std::size_t most) {
    for (; most > 0 && !pasts.empty(); --most) pasts.pop_back();
    while (most > 0) {
        if (marks_.empty()) return before.take_apart(most);
        if (marks_.back().take_apart(most)) marks_.pop_back();
    }
    return false;
}

Tree History::take_now() {
    part();
    return std::exchange(now_, Tree{});
}

void History::part() {
    const std::size_t size = tail_->pasts.size();
    const bool is_long = size >= pasts_a_stretch_ || tail_->measure.bytes >= most_bytes;
    if (size == 0 || (!is_long && tail_.alone())) return;
    const Revision base = last();
    full_.put(std::move(tail_));
    tail_ = Shared<const Stretch>(new Stretch(base, now_));
}

Tree History::tree_at(Revision revision) const {
    ENSURE(previous(first_) <= revision && revision <= last(), "only what is retained is asked");
    if (revision == last()) return now_;
    return at(stretch_of(next(revision))).tree_at(revision);
}

void History::push(Event event, Tree after) {
    ENSURE(event.revision == next(last()), "revisions are dense");
    tail_.own().push(Shared<const Past>(new Past(std::move(event), after.digest())));
    now_ = std::move(after);
}

void History::trim(std::uint64_t length, std::uint64_t bytes, std::uint64_t keep) {
    const std::uint64_t least = std::max<std::uint64_t>(keep, 1);
    while (size() > least && (size() > length || measure().bytes > bytes)) forget_first();
    pasts_a_stretch_ = std::clamp<std::uint64_t>(lengths * length, shortest, longest);
}

void History::forget_first() {
    const Stretch& stretch = full_.empty() ? *tail_ : *full_.front();
    const Past& past = *stretch.pasts[stretch.index(first_)];
    hidden_ = hidden_ + past.measure;
    before_first_ = past.tree_digest;
    const bool none_shown = first_ == stretch.last() && !full_.empty();
    first_ = next(first_);
    if (none_shown) {
        hidden_ = hidden_ - stretch.measure;
        gone_.push_back(full_.front());
        full_.pop_front();
    }
    free_gone();
}

void History::free_gone() {
    if (gone_.empty()) return;
    Shared<const Stretch>& oldest = gone_.front();
    // Whoever else holds it frees it.
    const bool done = !oldest.alone() || oldest.own().take_apart(freed_at_once * gone_.size());
    if (done) gone_.erase(gone_.begin());
}

void History::begin(Revision base, const Tree& before) {
    ENSURE(full_.empty() && tail_->pasts.empty(), "a history begins once");
    tail_ = Shared<const Stretch>(new Stretch(base, before));
    first_ = next(base);
    now_ = before;
    before_first_ = before.digest();
}

void History::settle() {
    const Revision base = previous(first_);
    gone_.clear();
    const Stretch& stretch = full_.empty() ? *tail_ : *full_.front();
    if (stretch.base == base) return;
    Shared<const Stretch> shown(new Stretch(base, before()));
    for (std::size_t i = stretch.index(first_); i < stretch.pasts.size(); ++i) {
        shown.own().push(stretch.pasts[i]);
    }
    hidden_ = {};
    if (full_.empty()) {
        tail_ = std::move(shown);
    } else {
        full_.pop_front();
        full_.put(std::move(shown));
    }
}

std::uint64_t History::digest() const {
    const std::uint64_t base =
        mix(before_first_, static_cast<std::uint64_t>(previous(first_).value));
    return mix(mix(base, measure().digest), now_.digest());
}

}  // namespace decree::store
