#pragma once

/// The store's commands, questions and answers as a person says them: "set /a = x if at 7".

#include <string>

#include "core/store/command.hpp"
#include "core/store/query.hpp"
#include "core/store/watch.hpp"
#include "core/value.hpp"

namespace decree::props {

[[nodiscard]] std::string store_command_words(const store::StoreCommand& command);
/// Of bytes that may be no command: those as they are.
[[nodiscard]] std::string store_command_words(Bytes payload);
[[nodiscard]] std::string store_query_words(const store::StoreQuery& question);
[[nodiscard]] std::string store_event_words(const store::Event& event);
[[nodiscard]] std::string store_answer_words(const store::CommandAnswer& answer);
[[nodiscard]] std::string store_answer_words(const store::QueryAnswer& answer);
[[nodiscard]] std::string store_told_words(const store::Told& told);
[[nodiscard]] std::string store_watch_words(const store::WatchRequest& request);

}  // namespace decree::props
