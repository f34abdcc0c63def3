#pragma once

/// The nodes of one run by small numbers, and sets of them.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/contract.hpp"
#include "core/ids.hpp"

namespace decree::props {

/// Nodes of one run, counted from 0 in the order in which they were first heard of.
using NodeIndex = std::size_t;

/// A set of nodes of one run.
class NodeSet {
public:
    static constexpr std::size_t capacity = 128;

    /// REQUIRES of all: node < capacity.
    void add(NodeIndex node) { words_[node / 64] |= bit(node); }
    void remove(NodeIndex node) { words_[node / 64] &= ~bit(node); }
    [[nodiscard]] bool has(NodeIndex node) const { return (words_[node / 64] & bit(node)) != 0; }
    [[nodiscard]] std::size_t count() const {
        return static_cast<std::size_t>(std::popcount(words_[0])) +
               static_cast<std::size_t>(std::popcount(words_[1]));
    }
    [[nodiscard]] bool empty() const { return (words_[0] | words_[1]) == 0; }

    friend NodeSet operator&(const NodeSet& a, const NodeSet& b) {
        NodeSet both;
        both.words_ = {a.words_[0] & b.words_[0], a.words_[1] & b.words_[1]};
        return both;
    }
    friend NodeSet operator|(const NodeSet& a, const NodeSet& b) {
        NodeSet either;
        either.words_ = {a.words_[0] | b.words_[0], a.words_[1] | b.words_[1]};
        return either;
    }
    bool operator==(const NodeSet&) const = default;

private:
    static constexpr std::uint64_t bit(NodeIndex node) { return std::uint64_t{1} << (node % 64); }
    std::array<std::uint64_t, capacity / 64> words_{};
};

/// Who is which number.
class NodeTable {
public:
    NodeTable() { small_.fill(unknown); }

    /// The number of `id`; a new one when it was never heard of.
    [[nodiscard]] NodeIndex index(NodeId id) {
        if (id.value < small_.size() && small_[id.value] != unknown) return small_[id.value];
        return search(id);
    }
    [[nodiscard]] NodeId id(NodeIndex node) const { return ids_[node]; }
    [[nodiscard]] std::size_t size() const { return ids_.size(); }

private:
    static constexpr std::uint8_t unknown = 0xFF;

    NodeIndex search(NodeId id) {
        for (NodeIndex node = 0; node < ids_.size(); ++node) {
            if (ids_[node] == id) return node;
        }
        ENSURE(ids_.size() < NodeSet::capacity, "a run has a bounded number of nodes");
        ids_.push_back(id);
        const NodeIndex node = ids_.size() - 1;
        if (id.value < small_.size()) small_[id.value] = static_cast<std::uint8_t>(node);
        return node;
    }

    std::array<std::uint8_t, 64> small_{};  // Simulated nodes are 1, 2, ...
    std::vector<NodeId> ids_;
};

}  // namespace decree::props
