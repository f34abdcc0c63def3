#include "props/learned_is_chosen.hpp"

#include "props/words.hpp"

namespace decree::props {

namespace {
constexpr std::string_view learned_is_chosen_property = "LearnedIsChosen";
}  // namespace

std::optional<Violation> learned_is_chosen(NodeId node, Slot learned, Slot chosen,
                                           std::string_view how) {
    if (learned <= chosen) return std::nullopt;
    return violated(learned_is_chosen_property, how,
                    words(node, " takes slots through ", learned,
                          " for chosen, and they are only through ", chosen, " (", how, ")"));
}

std::optional<Violation> learned_is_chosen(NodeId node, Slot slot, const DiskEntry* held,
                                           const Choice* choice, std::string_view how) {
    if (choice == nullptr) {
        return violated(
            learned_is_chosen_property, how,
            words(node, " takes slot ", slot, " for chosen, and nothing is (", how, ")"));
    }
    if (held == nullptr) {
        return violated(
            learned_is_chosen_property, how,
            words(node, " takes slot ", slot, " for chosen, and holds nothing there (", how, ")"));
    }
    if (held->digest == choice->digest) return std::nullopt;
    return violated(learned_is_chosen_property, how,
                    words(node, " takes what it holds in slot ", slot, " of ballot ", held->ballot,
                          " for chosen, and in ballot ", choice->ballot, " ", choice->value,
                          " was (", how, ")"));
}

}  // namespace decree::props
