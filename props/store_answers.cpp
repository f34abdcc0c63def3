#include "props/store_answers.hpp"

#include "props/store_words.hpp"
#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> answer_is_the_models(const RequestId& id, Bytes payload,
                                              const Answer& answer,
                                              const std::optional<store::CommandAnswer>& expected,
                                              std::size_t answer_bytes) {
    if (!expected) {
        const auto told = store::decode_command_answer(answer);
        if (told && told->code == store::Code::Other) return std::nullopt;
        return violated("StoreAnswers", "Nonsense",
                        words(id, " is no command of the store, and is not refused"));
    }
    Answer wanted = store::encode_answer(*expected);
    if (wanted.size() > answer_bytes) wanted.resize(answer_bytes);
    if (answer == wanted) return std::nullopt;
    const auto told = store::decode_command_answer(answer);
    return violated("StoreAnswers", "Command",
                    words("'", store_command_words(payload), "' (", id, ") was answered '",
                          told ? store_answer_words(*told) : "nonsense",
                          "', and is to be answered '", store_answer_words(*expected), "'"));
}

namespace {

constexpr std::string_view dense_property = "DenseRevisions";

std::optional<Violation> event_is_right(store::Revision revision, const store::Event& event,
                                        const store::Event& wanted) {
    if (event == wanted) return std::nullopt;
    return violated(
        dense_property, "Event",
        words("revision ", revision, " is '", store_event_words(event), "' of group ", event.group,
              ", and is to be '", store_event_words(wanted), "' of group ", wanted.group));
}

}  // namespace

std::optional<Violation> revisions_are_dense(Slot slot, store::Revision before,
                                             const store::History& history,
                                             const store::model::Model& model) {
    if (history.last() != model.last()) {
        return violated(dense_property, "Last",
                        words("slot ", slot, " leads from revision ", before, " to ",
                              history.last(), ", and is to lead to ", model.last()));
    }
    if (history.first() != model.first) {
        return violated(dense_property, "First",
                        words("after slot ", slot, " revisions can be read from ", history.first(),
                              " on, and are to be from ", model.first, " on"));
    }
    store::Revision at = std::max(next(before), history.first());
    std::optional<Violation> wrong;
    history.visit(at, [&](const store::Event& event) {
        const auto& wanted = model.events.at(static_cast<std::size_t>(at.value - 1));
        wrong = event_is_right(at, event, wanted);
        at = next(at);
        return !wrong;
    });
    return wrong;
}

}  // namespace decree::props
