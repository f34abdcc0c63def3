#include "props/promises_never_go_back.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> promise_went_back(NodeId node, Ballot before, Ballot now,
                                           std::string_view how) {
    return violated(
        "PromisesNeverGoBack", how,
        words(node, " had promised ballot ", before, ", and now it is ", now, " (", how, ")"));
}

}  // namespace decree::props
