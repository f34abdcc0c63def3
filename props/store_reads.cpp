#include "props/store_reads.hpp"

#include "props/store_words.hpp"
#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> read_is_exact(NodeId node, Slot applied, const store::StoreQuery& question,
                                       const store::QueryAnswer& told, const StoreGhost& ghost) {
    const Retained& retained = ghost.after(applied);
    const store::QueryAnswer wanted = ghost.model().query(question, retained.first, retained.last);
    if (told == wanted) return std::nullopt;
    return violated(
        "ExactReads", told.code == wanted.code ? "Answer" : "Code",
        words(node, ", which has revisions ", retained.first, " to ", retained.last, ", answers '",
              store_query_words(question), "' with '", store_answer_words(told),
              "', and is to answer '", store_answer_words(wanted), "'"));
}

StoreReadVerdict present_read(const store::StoreQuery& question, const store::QueryAnswer& told,
                              Point floor, std::uint64_t executed, const StoreGhost& ghost) {
    std::uint64_t position = floor / 2;
    while (position <= executed && ghost.answer_after(position, question) != told) ++position;
    if (position > executed) {
        std::uint64_t earlier = floor / 2;
        bool stale = false;
        while (!stale && earlier > 0) stale = ghost.answer_after(--earlier, question) == told;
        return {.first = 0,
                .last = 0,
                .violation = violated(
                    "Linearizability", stale ? "StaleRead" : "ReadAnswer",
                    words("'", store_query_words(question), "' was answered '",
                          store_answer_words(told), "'",
                          stale ? ", as was right only before what had been shown when it was asked"
                                : ", as no state of the chosen log does"))};
    }
    std::uint64_t last = position;
    while (last < executed && ghost.answer_after(last + 1, question) == told) ++last;
    return {.first = std::max(2 * position + 1, floor | 1U),
            .last = 2 * last + 1,
            .violation = std::nullopt};
}

}  // namespace decree::props
