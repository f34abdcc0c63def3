#pragma once

/// The one container of the store: an ordered map whose copies share structure.
///
/// Why it is like this: every retained revision is a tree of its own, a snapshot in the making is
/// another, and the explorer copies whole nodes. So a copy must cost nothing, and a change only
/// the path to it: O(log n) nodes of 64 bytes, whatever else holds the rest. Where nothing else
/// holds a node it is changed in place.
///
/// A weight-balanced tree: Adams, Efficient sets - a balancing act (1993), with the parameters that
/// Hirai and Yamamoto proved, Balancing weight-balanced trees (2011). Preferred to a tree with wide
/// nodes because it copies no more bytes per change, and to a treap because names are chosen by
/// clients, who could choose deep ones. Each node also keeps a measure of all below it (Hinze and
/// Paterson, Finger trees, 2006): number of files, bytes, digest, earliest end, and whatever
/// else adds up. Digests add up as well, so that they do not depend on the shape, which depends on
/// the order in which things came.

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/contract.hpp"
#include "core/store/shared.hpp"

namespace decree::store {

/// Entries in ascending order of key, no key twice. `Order` says how:
///   Key; static Key key(const Entry&); keys compare with <=>, or at least with <.
///   Measure; static Measure measure(const Entry&); Measure{} is that of nothing; + joins those of
///   neighbours, and is associative; perhaps -, which takes out of what + has joined, in any order;
///   perhaps static std::uint64_t hint(const Key&), which is never smaller of a larger key: nodes
///   keep it, so that few keys have to be looked at.
template <class Entry, class Order>
class Ordered {
public:
    using Key = typename Order::Key;
    using Measure = typename Order::Measure;

    [[nodiscard]] std::size_t size() const { return count(root_); }
    [[nodiscard]] bool empty() const { return !root_; }
    /// Of all entries together. O(1).
    [[nodiscard]] Measure measure() const { return measure(root_); }

    /// The entry with that key, or nullptr. Good until the map changes. O(log n).
    [[nodiscard]] const Entry* find(const Key& key) const {
        const Node* node = root_.get();
        const std::uint64_t hint = hint_of(key);
        while (node != nullptr) {
            const std::weak_ordering order = compare(key, hint, *node);
            if (order == 0) return &node->entry;
            node = (order < 0 ? node->left : node->right).get();
        }
        return nullptr;
    }
    /// Entry number `index` from 0. REQUIRES: index < size(). O(log n).
    [[nodiscard]] const Entry& operator[](std::size_t index) const {
        ENSURE(index < size(), "only what is there can be looked at");
        const Node* node = root_.get();
        while (index != count(node->left)) {
            const std::size_t before = count(node->left);
            if (index < before) {
                node = node->left.get();
            } else {
                index -= before + 1;
                node = node->right.get();
            }
        }
        return node->entry;
    }
    [[nodiscard]] const Entry& front() const { return (*this)[0]; }
    [[nodiscard]] const Entry& back() const { return (*this)[size() - 1]; }
    /// How many entries have a smaller key. O(log n).
    [[nodiscard]] std::size_t rank(const Key& key) const {
        std::size_t before = 0;
        const Node* node = root_.get();
        while (node != nullptr) {
            if (Order::key(node->entry) < key) {
                before += count(node->left) + 1;
                node = node->right.get();
            } else {
                node = node->left.get();
            }
        }
        return before;
    }

    /// Puts `entry` in, in place of the one with its key, if there is one. O(log n).
    void put(Entry entry) {
        const std::uint64_t hint = hint_of(Order::key(entry));
        root_ = put(std::move(root_), std::move(entry), hint);
    }
    /// Lets `change(Entry&)` change the entry with that key, but not the key; false when there is
    /// none. O(log n).
    template <class F>
    bool change(const Key& key, F change) {
        Measure grown{};
        return change_at(root_, key, hint_of(key), change, grown);
    }
    /// Takes the entry with that key out; false when there is none. O(log n).
    bool erase(const Key& key) {
        if (find(key) == nullptr) return false;
        root_ = erase(std::move(root_), key, hint_of(key));
        return true;
    }
    /// Takes the first entry out. REQUIRES: not empty. O(log n).
    void pop_front() {
        ENSURE(!empty(), "only a map that holds something gives something");
        root_ = without_first(std::move(root_));
    }

    /// Frees `most` nodes at most, less each, of a map that is wanted no more: what is large need
    /// not be freed in one step. Before an entry goes `empty(Entry&, std::size_t& most)` may free
    /// what it holds, and says false if that is to go on later. What somebody else holds, too, is
    /// just let go. Until the map is empty nothing else may be asked of it.
    template <class F>
    void take_apart(std::size_t& most, F empty) {
        while (root_ && most > 0) {
            if (!root_.alone()) {
                root_ = {};
            } else if (root_->left) {
                Link left = std::move(root_->left);
                if (!left.alone()) continue;
                root_->left = std::move(left->right);
                left->right = std::move(root_);
                root_ = std::move(left);
            } else if (empty(root_->entry, most)) {
                root_ = Link(std::move(root_->right));
                most -= std::min<std::size_t>(most, 1);
            }
        }
    }

    /// Visits entries in order from number `index` on, until `visit(const Entry&)` says false.
    template <class F>
    void visit(std::size_t index, F visit) const {
        if (root_) static_cast<void>(visit_from(*root_, index, visit));
    }
    /// Visits them all.
    template <class F>
    void for_each(F visit) const {
        this->visit(0, [&](const Entry& entry) {
            visit(entry);
            return true;
        });
    }

    /// Where a measure that grows reaches beyond something.
    struct Place {
        std::size_t index{};  ///< Of the first entry that does; size() when none does.
        Measure before{};     ///< Of all entries before it.
    };
    /// `beyond(Measure)` is false of few entries from the front and true of more. O(log n).
    template <class F>
    [[nodiscard]] Place seek(F beyond) const {
        Place place;
        const Node* node = root_.get();
        while (node != nullptr) {
            const Measure with_left = place.before + measure(node->left);
            if (beyond(with_left)) {
                node = node->left.get();
                continue;
            }
            const Measure with_entry = with_left + Order::measure(node->entry);
            place.index += count(node->left);
            place.before = with_left;
            if (beyond(with_entry)) return place;
            ++place.index;
            place.before = with_entry;
            node = node->right.get();
        }
        return place;
    }
    /// The first entry of which `is(Measure)` is true, or nullptr; it must be true of any entries
    /// together of which one is. O(log n).
    template <class F>
    [[nodiscard]] const Entry* first_that(F is) const {
        const Node* node = root_.get();
        while (node != nullptr && is(node->measure)) {
            if (is(measure(node->left))) {
                node = node->left.get();
            } else if (is(Order::measure(node->entry))) {
                return &node->entry;
            } else {
                node = node->right.get();
            }
        }
        return nullptr;
    }

private:
    struct Node;
    using Link = Shared<Node>;
    struct Node : Counted {
        explicit Node(Entry only) : entry(std::move(only)), hint(hint_of(Order::key(entry))) {
            update();
        }
        void update() {
            count = static_cast<std::uint32_t>(Ordered::count(left) + Ordered::count(right) + 1);
            measure = Ordered::measure(left) + Order::measure(entry) + Ordered::measure(right);
        }
        std::uint32_t count = 1;
        Link left;
        Link right;
        Entry entry;
        std::uint64_t hint;  // Of the key.
        Measure measure;
    };

    static std::uint64_t hint_of(const Key& key) {
        if constexpr (requires { Order::hint(key); }) return Order::hint(key);
        return 0;
    }
    // What is in the node itself mostly tells the order; a key lies elsewhere.
    static std::weak_ordering compare(const Key& key, std::uint64_t hint, const Node& node) {
        return hint != node.hint ? hint <=> node.hint : compare(key, node.entry);
    }

    // One look where keys can tell their order at once: most of what a path costs is comparing.
    static std::weak_ordering compare(const Key& key, const Entry& entry) {
        const Key here = Order::key(entry);
        if constexpr (std::three_way_comparable<Key>) {
            return key <=> here;
        } else {
            if (key < here) return std::weak_ordering::less;
            return here < key ? std::weak_ordering::greater : std::weak_ordering::equivalent;
        }
    }

    static std::size_t count(const Link& link) { return link ? link->count : 0; }
    static std::size_t weight(const Link& link) { return count(link) + 1; }
    static Measure measure(const Link& link) { return link ? link->measure : Measure{}; }

    // `link`, or a copy of it if somebody else holds it, too: what may be changed.
    static Link own(Link link) { return link.alone() ? std::move(link) : Link(new Node(*link)); }

    static Link put(Link link, Entry entry, std::uint64_t hint) {
        if (!link) return Link(new Node(std::move(entry)));
        link = own(std::move(link));
        const std::weak_ordering order = compare(Order::key(entry), hint, *link);
        if (order < 0) {
            link->left = put(std::move(link->left), std::move(entry), hint);
        } else if (order > 0) {
            link->right = put(std::move(link->right), std::move(entry), hint);
        } else {
            link->entry = std::move(entry);
        }
        return balance(std::move(link));
    }
    // `grown`: what the entry measures more than before, if measures can be taken apart; then
    // nobody has to look at the other side of each node on the way, which mostly lies in no cache.
    template <class F>
    static bool change_at(Link& link, const Key& key, std::uint64_t hint, F& change,
                          Measure& grown) {
        constexpr bool apart = requires(Measure measure) { measure - measure; };
        if (!link) return false;
        link = own(std::move(link));
        const std::weak_ordering order = compare(key, hint, *link);
        if (order != 0) {
            Link& side = order < 0 ? link->left : link->right;
            if (!change_at(side, key, hint, change, grown)) return false;
        } else if constexpr (apart) {
            const Measure before = Order::measure(link->entry);
            change(link->entry);
            grown = Order::measure(link->entry) - before;
        } else {
            change(link->entry);
        }
        if constexpr (apart) {
            link->measure = link->measure + grown;
        } else {
            link->update();
        }
        return true;
    }
    // REQUIRES: the key is there.
    static Link erase(Link link, const Key& key, std::uint64_t hint) {
        link = own(std::move(link));
        const std::weak_ordering order = compare(key, hint, *link);
        if (order == 0) return join(std::move(link->left), std::move(link->right));
        if (order < 0) {
            link->left = erase(std::move(link->left), key, hint);
        } else {
            link->right = erase(std::move(link->right), key, hint);
        }
        return balance(std::move(link));
    }
    static Link without_first(Link link) {
        if (!link->left) return link->right;
        link = own(std::move(link));
        link->left = without_first(std::move(link->left));
        return balance(std::move(link));
    }
    // Both sides of a node that goes: their weights are balanced but for one.
    static Link join(Link left, Link right) {
        if (!left) return right;
        if (!right) return left;
        const Node* first = right.get();
        while (first->left) first = first->left.get();
        Link top(new Node(first->entry));
        top->right = without_first(std::move(right));
        top->left = std::move(left);
        return balance(std::move(top));
    }
    // No side is more than three times as heavy as the other; a rotation is double where the inner
    // grandchild is twice as heavy as the outer. REQUIRES: alone, off balance by one at most.
    static Link balance(Link link) {
        if (weight(link->right) > 3 * weight(link->left)) {
            link->right = own(std::move(link->right));
            if (weight(link->right->left) >= 2 * weight(link->right->right)) {
                link->right = rotate_right(std::move(link->right));
            }
            return rotate_left(std::move(link));
        }
        if (weight(link->left) > 3 * weight(link->right)) {
            link->left = own(std::move(link->left));
            if (weight(link->left->right) >= 2 * weight(link->left->left)) {
                link->left = rotate_left(std::move(link->left));
            }
            return rotate_right(std::move(link));
        }
        link->update();
        return link;
    }
    static Link rotate_left(Link link) {
        Link top = own(std::move(link->right));
        link->right = std::move(top->left);
        link->update();
        top->left = std::move(link);
        top->update();
        return top;
    }
    static Link rotate_right(Link link) {
        Link top = own(std::move(link->left));
        link->left = std::move(top->right);
        link->update();
        top->right = std::move(link);
        top->update();
        return top;
    }

    template <class F>
    static bool visit_from(const Node& node, std::size_t index, F& visit) {
        const std::size_t before = count(node.left);
        if (index < before && !visit_from(*node.left, index, visit)) return false;
        if (index <= before && !visit(node.entry)) return false;
        const std::size_t rest = index > before + 1 ? index - before - 1 : 0;
        return rest >= count(node.right) || visit_from(*node.right, rest, visit);
    }

    Link root_;
};

}  // namespace decree::store
