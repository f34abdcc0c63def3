#include "sim/scenario/clients.hpp"

#include <algorithm>

#include "core/contract.hpp"

namespace decree::sim::scenario {

Question& Clients::submit(ClientNumber client, const CommandText& command) {
    std::uint64_t commands = 0;
    for (Question& question : all_) {
        if (question.client != client || question.reads) continue;
        ++commands;
        if (question.command != command) continue;
        question.answered = false;
        question.told.reset();
        return question;
    }
    // It never says that an answer has arrived: any command may be asked again.
    const RequestId id{.origin = origin_of_client(client),
                       .incarnation = Incarnation{1},
                       .number = commands + 1,
                       .lowest_unanswered = 1};
    return all_.emplace_back(Question{.client = client,
                                      .number = all_.size(),
                                      .reads = false,
                                      .command = command,
                                      .id = id,
                                      .answered = false,
                                      .told = {},
                                      .seen = {}});
}

Question& Clients::read(ClientNumber client) {
    return all_.emplace_back(Question{.client = client,
                                      .number = all_.size(),
                                      .reads = true,
                                      .command = {},
                                      .id = {},
                                      .answered = false,
                                      .told = {},
                                      .seen = {}});
}

Question& Clients::at(std::uint64_t number) {
    ENSURE(number < all_.size(), "only what was asked is answered");
    return all_[static_cast<std::size_t>(number)];
}

const Question* Clients::find(ClientNumber client, const CommandText& command) const {
    const auto at = std::ranges::find_if(all_, [&](const Question& question) {
        return question.client == client && !question.reads && question.command == command;
    });
    return at == all_.end() ? nullptr : &*at;
}

const Question* Clients::last_read(ClientNumber client) const {
    const Question* last = nullptr;
    for (const Question& question : all_) {
        if (question.client == client && question.reads) last = &question;
    }
    return last;
}

}  // namespace decree::sim::scenario
