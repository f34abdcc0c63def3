#include "props/founders_agree.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> founders_agree(
    NodeId node, const Charter& charter,
    const std::function<const std::vector<std::string>&(NodeId)>& given) {
    const std::vector<std::string> list = addresses_of(charter);
    for (const Founder& founder : charter.founders) {
        if (given(founder.node) == list) continue;
        return violated("FoundersAgree", "OtherList",
                        words(node, " proposes a founding record with ", founder.node, " at ",
                              founder.address, ", which was given another list of founders"));
    }
    return std::nullopt;
}

}  // namespace decree::props
