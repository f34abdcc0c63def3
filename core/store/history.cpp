#include "core/store/history.hpp"

#include <algorithm>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree::store {

namespace {

// The longer a stretch is, the fewer paths of the tree are copied with each write, and the more is
// made anew for a question about an old revision.
constexpr std::int64_t longest = 512;
// Of the events of a stretch but its last: so much may be held that is retained no more.
constexpr std::uint64_t most_bytes = 4U << 20U;

bool ends(const Stretch& stretch) {
    return stretch.last().value % longest == 0 || stretch.measure.bytes >= most_bytes;
}

}  // namespace

Past::Past(Event e, std::uint64_t digest_after)
    : event(std::move(e)),
      tree_digest(digest_after),
      measure{.bytes = event.path.size() + event.value.size() + item_bytes,
              .digest = digest_of(event)} {}

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

Tree History::tree_at(Revision revision) const {
    ENSURE(previous(first_) <= revision && revision <= last(), "only what is retained is asked");
    if (revision == last()) return now_;
    const Stretch& stretch = at(stretch_of(next(revision)));
    Tree tree = stretch.before;
    const auto count = static_cast<std::size_t>(revision.value - stretch.base.value);
    for (std::size_t i = 0; i < count; ++i) redo(stretch.pasts[i]->event, tree);
    return tree;
}

void History::push(Event event, Tree after) {
    ENSURE(event.revision == next(last()), "revisions are dense");
    const Revision revision = event.revision;
    tail_.own().push(Shared<const Past>(new Past(std::move(event), after.digest())));
    now_ = std::move(after);
    if (!ends(*tail_)) return;
    full_.put(std::move(tail_));
    tail_ = Shared<const Stretch>(new Stretch(revision, now_));
}

void History::trim(std::uint64_t length, std::uint64_t bytes, std::uint64_t keep) {
    const std::uint64_t least = std::max<std::uint64_t>(keep, 1);
    while (size() > least && (size() > length || measure().bytes > bytes)) {
        const Stretch& stretch = full_.empty() ? *tail_ : *full_.front();
        const Past& past = *stretch.pasts[stretch.index(first_)];
        hidden_ = hidden_ + past.measure;
        before_first_ = past.tree_digest;
        const bool none_shown = first_ == stretch.last() && !full_.empty();
        first_ = next(first_);
        if (!none_shown) continue;
        hidden_ = hidden_ - stretch.measure;
        full_.pop_front();
    }
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
