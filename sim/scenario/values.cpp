#include "sim/scenario/values.hpp"

#include <fmt/format.h>

#include "core/contract.hpp"
#include "core/node/batch.hpp"
#include "core/overload.hpp"
#include "core/store/command_log.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/words.hpp"

namespace decree::sim::scenario {

namespace {

constexpr std::string_view members_are = "members=";

const CommandLog& log_of(const Node& node) {
    const auto* const log = dynamic_cast<const CommandLog*>(&node.machine());
    ENSURE(log != nullptr, "scenarios run with the log of texts");
    return *log;
}

}  // namespace

Value payload_of(const CommandText& command) {
    if (!command.starts_with(members_are)) return encode_command(AppendText{command});
    const auto nodes = Words::as_nodes(std::string_view(command).substr(members_are.size()));
    ENSURE(nodes.has_value(), "members= is followed by nodes");
    return encode_command(SetVoters{*nodes});
}

CommandText text_of_payload(Bytes payload) {
    const auto command = decode<LogCommand>(payload);
    if (!command) return "?";
    return std::visit(
        Overload{
            [](const AppendText& append) { return append.text; },
            [](const SetVoters& set) { return std::string(members_are) + to_text(set.voters); },
            [](const DropOrigin& drop) { return fmt::format("drop={}", drop.origin.value); },
            [](const WakeAt& wake) { return fmt::format("wake={}", wake.at.value); },
            [](const ChangeSeat& change) {
                return fmt::format("seat={}>{}", change.out.value, change.in.value);
            },
        },
        *command);
}

ValueText text_of(const Value& value) {
    if (value.empty()) return {};
    BatchView batch;
    if (!read_batch(value, batch)) return {"?"};
    if (batch.commands.empty()) return {"stamp"};
    ValueText text;
    for (const CommandView& command : batch.commands) {
        text.push_back(text_of_payload(command.payload));
    }
    return text;
}

std::vector<CommandText> applied_commands(const Node& node) {
    const CommandLog& log = log_of(node);
    std::vector<CommandText> commands;
    for (std::uint64_t i = 0; i < log.length(); ++i) commands.emplace_back(log.text(i));
    return commands;
}

std::vector<CommandText> commands_read(const Node& node, const Answer& answer) {
    std::vector<CommandText> commands = applied_commands(node);
    const auto told = decode_answer(answer);
    ENSURE(told && told->length <= commands.size(), "a read is answered from what is applied");
    commands.resize(static_cast<std::size_t>(told->length));
    return commands;
}

}  // namespace decree::sim::scenario
