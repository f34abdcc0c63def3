#include "props/accepted_never_goes_back.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> accepted_went_back(NodeId node, Slot slot, Ballot before, Ballot now,
                                            std::string_view how) {
    return violated("AcceptedNeverGoesBack", how,
                    words(node, " held in slot ", slot, " a vote in ballot ", before,
                          ", and now one in ballot ", now, " (", how, ")"));
}

}  // namespace decree::props
