#include "props/store_reads.hpp"

#include "props/store_words.hpp"
#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> read_is_exact(NodeId node, Slot applied, const store::StoreQuery& question,
                                       const store::QueryAnswer& told, const StoreGhost& ghost) {
    const Retained& retained = ghost.after(applied);
    const store::QueryAnswer wanted = ghost.model().query(question, retained.first, retained.last);
    const bool early = told.code == store::Code::NotYet;
    if (told == wanted && !early) return std::nullopt;
    const char* const wrong = told.code == wanted.code ? "Answer" : "Code";
    return violated(
        "ExactReads", early ? "NotYet" : wrong,
        words(node, ", which has revisions ", retained.first, " to ", retained.last, ", answers '",
              store_query_words(question), "' with '", store_answer_words(told),
              "', and is to answer '", store_answer_words(wanted), "'"));
}

std::optional<Violation> revision_goes_on(NodeId node, store::Revision seen,
                                          store::Revision shown) {
    if (seen <= shown) return std::nullopt;
    return violated("ExactReads", "Back",
                    words(node, " shows its revision ", shown, " to a connection that has seen ",
                          seen, " there"));
}

namespace {

// Why a node with so many reads open takes no other of a revision to come; empty: it takes it.
std::string refusal_of_a_read(const store::StoreQuery& question, std::size_t open,
                              const store::Limits& limits) {
    if (open >= limits.watches) {
        return "node exceeds " + std::to_string(limits.watches) + " reads of the future";
    }
    const std::size_t path = std::visit(
        [](const auto& asked) {
            if constexpr (requires { asked.path; }) return asked.path.size();
            return std::size_t{0};
        },
        question);
    if (path <= limits.path_bytes) return {};
    return "path exceeds " + std::to_string(limits.path_bytes) + " bytes";
}

}  // namespace

std::optional<Violation> read_is_refused(NodeId node, Slot applied,
                                         const store::StoreQuery& question,
                                         const store::Refusal& refusal, std::size_t open,
                                         const StoreGhost& ghost) {
    const Retained& retained = ghost.after(applied);
    const store::QueryAnswer now = ghost.model().query(question, retained.first, retained.last);
    const std::string why = refusal_of_a_read(question, open, ghost.model().settings.limits);
    const bool right = now.code == store::Code::NotYet && !why.empty() &&
                       refusal.code == store::Code::Other && refusal.detail == why;
    if (right) return std::nullopt;
    return violated(
        "ExactReads", "Refused",
        words(node, ", which has revisions through ", retained.last, " and answers later to ", open,
              " others, refuses '", store_query_words(question), "': ", store::reason(refusal)));
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
