#include "core/store/history.hpp"

#include <algorithm>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree::store {

namespace {

bool is_kept(Revision revision) { return revision.value % 128 == 0; }

}  // namespace

Past::Past(Event e, const Tree& after)
    : event(std::move(e)),
      tree_digest(after.digest()),
      measure{.bytes = event.path.size() + event.value.size() + item_bytes,
              .digest = digest_of(event)} {
    if (is_kept(event.revision)) kept = after;
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
    Revision at = revision;
    while (at > base_ && !pasts_[index(at)]->kept) at = previous(at);
    Tree tree = at > base_ ? *pasts_[index(at)]->kept : before_;
    if (at == revision) return tree;
    visit(store::next(at), [&](const Event& event) {
        redo(event, tree);
        return event.revision < revision;
    });
    return tree;
}

void History::push(Event event, Tree after) {
    ENSURE(event.revision == next(last()), "revisions are dense");
    pasts_.put(Shared<const Past>(new Past(std::move(event), after)));
    now_ = std::move(after);
}

void History::trim(std::uint64_t length, std::uint64_t bytes, std::uint64_t keep) {
    const std::uint64_t least = std::max<std::uint64_t>(keep, 1);
    Revision kept = base_;
    while (size() > least && (size() > length || measure().bytes > bytes)) {
        const Past& past = *pasts_[index(first_)];
        hidden_ = hidden_ + past.measure;
        before_first_ = past.tree_digest;
        if (past.kept) kept = first_;
        first_ = next(first_);
    }
    if (kept > base_) drop_through(kept);
}

// REQUIRES: its tree is kept.
void History::drop_through(Revision revision) {
    before_ = *pasts_[index(revision)]->kept;
    while (base_ < revision) {
        hidden_ = hidden_ - pasts_.front()->measure;
        pasts_.pop_front();
        base_ = next(base_);
    }
}

void History::begin(Revision base, const Tree& before) {
    ENSURE(pasts_.empty(), "a history begins once");
    base_ = base;
    first_ = next(base);
    before_ = now_ = before;
    before_first_ = before.digest();
}

void History::settle() {
    const Revision base = previous(first_);
    Tree before = tree_at(base);
    for (; base_ < base; base_ = next(base_)) pasts_.pop_front();
    before_ = std::move(before);
    hidden_ = {};
}

std::uint64_t History::digest() const {
    const std::uint64_t base =
        mix(before_first_, static_cast<std::uint64_t>(previous(first_).value));
    return mix(mix(base, measure().digest), now_.digest());
}

}  // namespace decree::store
