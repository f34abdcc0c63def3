#include "props/applied_prefix.hpp"

#include "props/at_most_once.hpp"
#include "props/words.hpp"

namespace decree::props {

namespace {
constexpr std::string_view applied_prefix_property = "AppliedPrefix";
}  // namespace

std::optional<Violation> applied_prefix(NodeId node, Slot applied, const StateMachine& machine,
                                        std::uint64_t expected, const StateMachine& reference) {
    const std::uint64_t digest = machine.digest();
    if (digest == expected) return std::nullopt;
    if (auto twice = executed_twice(node, applied, machine, reference)) return twice;
    return violated(applied_prefix_property, "Machine",
                    words("after slot ", applied, " the machine of ", node, " is ", digest,
                          ", and the chosen log leads to ", expected));
}

std::optional<Violation> applied_prefix(NodeId node, Slot applied, std::uint64_t digest,
                                        NodeId other, std::uint64_t others) {
    if (digest == others) return std::nullopt;
    return violated(applied_prefix_property, "Replicated",
                    words("after slot ", applied, " requests, voters or machine of ", node, " are ",
                          digest, ", and those of ", other, " were ", others));
}

std::optional<Violation> applied_never_goes_back(NodeId node, Slot before, Slot now) {
    if (now >= before) return std::nullopt;
    return violated(applied_prefix_property, "GoesBack",
                    words(node, " had applied slots through ", before, ", and now through ", now));
}

}  // namespace decree::props
