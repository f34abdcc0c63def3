#include "core/store/electorate.hpp"

#include <algorithm>

#include "core/node_name.hpp"

namespace decree::store {

namespace {

constexpr std::size_t most_retired = 4096;

// Calls `visit(name, file)` for each file directly in /ctl/cal.
template <class F>
void for_each_slot(const Tree& tree, F visit) {
    const Found slots = tree.find(slots_path);
    if (slots.directory == nullptr) return;
    slots.directory->items.for_each([&](const Shared<const Item>& item) {
        if (const auto* file = std::get_if<File>(&item->what)) visit(item->name, *file);
    });
}

}  // namespace

namespace {

std::vector<FreeSlot> slots_with(const Tree& tree, std::string_view text) {
    std::vector<FreeSlot> slots;
    for_each_slot(tree, [&](const std::string& name, const File& file) {
        if (as_text(file.value.bytes()) != text) return;
        slots.push_back({.path = std::string(slots_path) + '/' + name, .revision = file.revision});
    });
    return slots;
}

}  // namespace

std::vector<FreeSlot> free_slots(const Tree& tree) { return slots_with(tree, {}); }

std::vector<FreeSlot> slots_of(const Tree& tree, NodeId node) {
    return slots_with(tree, node_name(node));
}

std::expected<std::vector<NodeId>, Refusal> slot_holders(const Tree& tree) {
    std::vector<NodeId> holders;
    std::optional<Refusal> refusal;
    for_each_slot(tree, [&](const std::string&, const File& file) {
        if (file.value.empty() || refusal) return;
        const std::string_view text = as_text(file.value.bytes());
        const auto node = parse_node_name(text);
        // In one form only: what stands below /ctl/node is named by it.
        if (!node || node_name(*node) != text) {
            refusal = other("a slot names no node");
        } else if (std::ranges::find(holders, *node) != holders.end()) {
            refusal = other("node " + node_name(*node) + " in two slots");
        } else {
            holders.push_back(*node);
        }
    });
    if (refusal) return std::unexpected(*std::move(refusal));
    return holders;
}

bool is_known(const Tree& tree, NodeId node) {
    const std::string path = std::string(nodes_path) + '/' + node_name(node);
    return tree.find(path).directory != nullptr;
}

bool touches_slots(std::string_view path) {
    if (!path.starts_with(slots_path)) return false;
    return path.size() == slots_path.size() || path[slots_path.size()] == '/';
}

std::expected<void, Refusal> Electorate::change(const Tree& tree, Slot slot, std::uint64_t alpha,
                                                const QuorumSystem& quorums) {
    auto holders = slot_holders(tree);
    if (!holders) return std::unexpected(std::move(holders.error()));
    if (holders->empty()) {
        if (filled_) return std::unexpected(other("no voter left"));
        return {};
    }
    const Voters wanted = make_voters(*std::move(holders));
    if (wanted == voters_) {
        filled_ = true;
        return {};
    }
    for (const NodeId node : wanted) {
        const bool votes = std::ranges::binary_search(voters_, node);
        if (votes || is_known(tree, node)) continue;
        return std::unexpected(other("no node " + node_name(node)));
    }
    if (change_pending(slot, alpha)) {
        return std::unexpected(other("a change of voters is pending"));
    }
    if (auto works = check_quorums(quorums, wanted); !works) {
        return std::unexpected(other("no quorums: " + works.error()));
    }
    take(wanted, slot);
    return {};
}

void Electorate::take(Voters voters, Slot slot) {
    for (const NodeId node : voters_) {
        if (!std::ranges::binary_search(voters, node)) retired_.push_back(node);
    }
    std::erase_if(retired_, [&](NodeId node) { return std::ranges::binary_search(voters, node); });
    if (retired_.size() > most_retired) {
        const auto excess = static_cast<std::ptrdiff_t>(retired_.size() - most_retired);
        retired_.erase(retired_.begin(), retired_.begin() + excess);
    }
    voters_ = std::move(voters);
    changed_ = slot;
    filled_ = true;
}

bool Electorate::change_pending(Slot slot, std::uint64_t alpha) const {
    return changed_ != Slot{} && slot < changed_ + alpha;
}

bool Electorate::is_retired(NodeId node) const {
    return std::ranges::find(retired_, node) != retired_.end();
}

ElectorateWire ElectorateWire::of(const Electorate& electorate) {
    return {.voters = electorate.voters_,
            .changed = electorate.changed_,
            .filled = electorate.filled_,
            .retired = electorate.retired_};
}

bool ElectorateWire::can_be(const Voters& founders) const {
    if (voters != make_voters(voters) || changed.value >= max_number) return false;
    if (changed == Slot{}) return voters == founders && retired.empty();
    const Voters once = make_voters(retired);
    const bool voting = std::ranges::any_of(
        retired, [&](NodeId node) { return std::ranges::binary_search(voters, node); });
    return filled && retired.size() <= most_retired && once.size() == retired.size() && !voting;
}

Electorate ElectorateWire::value() const {
    Electorate electorate(voters);
    electorate.changed_ = changed;
    electorate.filled_ = filled;
    electorate.retired_ = retired;
    return electorate;
}

}  // namespace decree::store
