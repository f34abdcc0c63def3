#include "sim/scenario/print.hpp"

#include <fmt/format.h>

#include "core/overload.hpp"
#include "core/reflect.hpp"

namespace decree::sim::scenario {

namespace {

std::string link(NodeId from, std::optional<NodeId> to) {
    return to_text(from) + '>' + (to ? to_text(*to) : "*");
}

std::string groups_to_text(const Partition& partition) {
    std::string text = "partition";
    for (std::size_t i = 0; i < partition.groups.size(); ++i) {
        text += (i == 0 ? " " : " | ") + to_text(partition.groups[i]);
    }
    return text;
}

std::string argument_to_text(const Argument& argument) {
    return std::visit(Overload{
                          [](NodeId node) { return to_text(node); },
                          [](const std::vector<NodeId>& nodes) { return to_text(nodes); },
                          [](const Asking& asking) {
                              return fmt::format("C{}>{}", asking.client, to_text(asking.node));
                          },
                          [](const Way& way) { return link(way.from, way.to); },
                          [](Duration duration) { return to_text(duration); },
                          [](Drift drift) { return to_text(drift); },
                          [](std::uint64_t number) { return fmt::format("{}", number); },
                          [](const std::string& word) { return word; },
                      },
                      argument);
}

std::string added_to_text(const Added& added) {
    std::string text = added.verb;
    for (const Argument& argument : added.arguments) text += ' ' + argument_to_text(argument);
    return text;
}

std::string setup_to_text(const Setup& setup) {
    std::string text = "nodes";
    for (const NodeId node : setup.nodes) text += ' ' + to_text(node);
    text += '\n';
    if (setup.members != setup.nodes) text += "members " + to_text(setup.members) + '\n';
    if (setup.quorum) {
        text += fmt::format("quorum q1={} q2={}\n", setup.quorum->phase1, setup.quorum->phase2);
    }
    if (setup.alpha) text += fmt::format("alpha {}\n", *setup.alpha);
    if (!setup.clients.empty()) {
        text += "clients";
        for (const ClientNumber client : setup.clients) text += fmt::format(" C{}", client);
        text += '\n';
    }
    std::string options;
    for (const NodeId node : setup.forgetful) options += " forgetful:" + to_text(node);
    if (setup.unsafe_quorums) options += " unsafe-quorums";
    if (setup.expect_violation) options += " expect-violation";
    if (setup.recorded) options += " recorded";
    if (!options.empty()) text += "option" + options + '\n';
    if (setup.needs_mutant) text += "needs-mutant " + *setup.needs_mutant + '\n';
    if (setup.timed.seed) text += fmt::format("seed {}\n", *setup.timed.seed);
    if (setup.timed.delay) {
        text += fmt::format("delay {}..{}\n", to_text(setup.timed.delay->least),
                            to_text(setup.timed.delay->most));
    }
    if (setup.timed.loss) text += "loss " + to_text(*setup.timed.loss) + '\n';
    if (setup.timed.dup) text += "dup " + to_text(*setup.timed.dup) + '\n';
    if (const auto& lease = setup.timed.lease) {
        text += fmt::format("lease {} {}\n", to_text(lease->length), to_text(lease->drift));
    }
    if (setup.timed.founding) text += "founding\n";
    for (const auto& [node, list] : setup.timed.lists) {
        text += fmt::format("list {} {}\n", to_text(node), to_text(list));
    }
    for (const auto& [node, alpha] : setup.timed.given_alpha) {
        text += fmt::format("given {} alpha {}\n", to_text(node), alpha);
    }
    if (const auto& judging = setup.timed.judging) {
        text += fmt::format("judging {} {} {}\n", to_text(judging->dead_after),
                            to_text(judging->stable_after), judging->least_voters);
    }
    return text;
}

std::string vote_to_text(const std::optional<BallotValue>& vote) {
    if (!vote) return "none";
    return to_text(vote->ballot) + ' ' + value_to_text(vote->value);
}

std::string chosen_to_text(const ChosenIs& fact) {
    std::string text = "chosen " + to_text(fact.slot) + ' ' + value_to_text(fact.value);
    if (!fact.at) return text;
    return text + " at " + to_text(fact.at->ballot) + " by " + to_text(fact.at->by);
}

std::string taken_to_text(const Took& fact) {
    const auto rule = static_cast<std::size_t>(fact.rule);
    return fmt::format("took {} {}", to_text(fact.node), reflect::enumerator_names<Rule>[rule]);
}

}  // namespace

std::string to_text(NodeId node) { return fmt::format("N{}", node.value); }
std::string to_text(Ballot ballot) { return fmt::format("{}.{}", ballot.round, ballot.node.value); }
std::string to_text(Slot slot) { return fmt::format("#{}", slot.value); }

std::string to_text(Duration duration) {
    if (duration.us % 1'000'000 == 0 && duration.us > 0) {
        return fmt::format("{}s", duration.us / 1'000'000);
    }
    if (duration.us % 1'000 == 0) return fmt::format("{}ms", duration.us / 1'000);
    return fmt::format("{}us", duration.us);
}

std::string to_text(Share share) {
    constexpr std::uint32_t percent = 10'000;
    std::string text = fmt::format("{}", share.ppm / percent);
    if (share.ppm % percent != 0) {
        std::string places = fmt::format("{:04}", share.ppm % percent);
        while (places.back() == '0') places.pop_back();
        text += '.' + places;
    }
    return text + '%';
}

std::string to_text(Drift drift) {
    const auto size = static_cast<std::uint32_t>(drift.ppm < 0 ? -drift.ppm : drift.ppm);
    return (drift.ppm < 0 ? '-' : '+') + to_text(Share{size});
}

std::string to_text(std::span<const NodeId> nodes) {
    std::string text;
    for (const NodeId node : nodes) text += (text.empty() ? "" : ",") + to_text(node);
    return text;
}

std::string value_to_text(const ValueText& value) {
    if (value.empty()) return "no-op";
    return fmt::format("{}", fmt::join(value, "+"));
}

std::string commands_to_text(std::span<const CommandText> commands) {
    if (commands.empty()) return "nothing";
    return fmt::format("{}", fmt::join(commands, ","));
}

std::string to_text(const MessagePattern& pattern) {
    std::string text(name_of(pattern.kind));
    text += ' ' + link(pattern.from, pattern.to);
    if (pattern.ballot) text += ' ' + to_text(*pattern.ballot);
    if (pattern.slot) text += ' ' + to_text(*pattern.slot);
    return text;
}

std::string to_text(const Fact& fact) {
    return std::visit(
        Overload{
            [](const Promised& f) {
                return "promised " + to_text(f.node) + ' ' + to_text(f.ballot);
            },
            [](const AcceptedIs& f) {
                return "accepted " + to_text(f.node) + ' ' + to_text(f.slot) + ' ' +
                       vote_to_text(f.vote);
            },
            [](const Proposes& f) {
                return "proposes " + to_text(f.node) + ' ' + to_text(f.slot) + ' ' +
                       value_to_text(f.value);
            },
            [](const ChosenIs& f) { return chosen_to_text(f); },
            [](const NotChosen& f) { return "notchosen " + to_text(f.slot); },
            [](const Conflict& f) {
                return "conflict " + to_text(f.slot) + ' ' + value_to_text(f.one) + ',' +
                       value_to_text(f.other);
            },
            [](const Knows& f) {
                return "knows " + to_text(f.node) + ' ' + to_text(f.slot) + ' ' +
                       value_to_text(f.value);
            },
            [](const Unknown& f) { return "unknown " + to_text(f.node) + ' ' + to_text(f.slot); },
            [](const Applied& f) {
                return "applied " + to_text(f.node) + ' ' + commands_to_text(f.commands);
            },
            [](const PhaseIs& f) { return fmt::format("phase {} {}", to_text(f.node), f.phase); },
            [](const Nacked& f) {
                return fmt::format("nacked {} {}", link(f.by, f.of), name_of(f.kind));
            },
            [](const Sent& f) { return fmt::format("sent {} {}", name_of(f.kind), f.count); },
            [](const ConfirmedIs& f) {
                return (f.yes ? "confirmed " : "notconfirmed ") + to_text(f.node);
            },
            [](const Answered& f) { return fmt::format("answered C{} {}", f.client, f.command); },
            [](const ReadAnswered& f) {
                return fmt::format("answered C{} read {}", f.client, commands_to_text(f.commands));
            },
            [](const Unanswered& f) {
                return fmt::format("unanswered C{} {}", f.client, f.command);
            },
            [](const Violated& f) { return "violated " + f.property; },
            [](const Took& f) { return taken_to_text(f); },
        },
        fact);
}

std::string to_text(const Action& action) {
    return std::visit(
        Overload{
            [](const Submit& a) {
                return fmt::format("submit C{}>{} {}", a.client, to_text(a.node), a.command);
            },
            [](const OpenBallot& a) { return fmt::format("open {} {}", to_text(a.node), a.round); },
            [](const Deliver& a) { return "deliver " + to_text(a.message); },
            [](const Drop& a) { return "drop " + to_text(a.message); },
            [](const Duplicate& a) { return "dup " + to_text(a.message); },
            [](const Resend& a) { return "resend " + to_text(a.message); },
            [](const CrashNode& a) { return "crash " + to_text(a.node); },
            [](const RestartNode& a) { return "restart " + to_text(a.node); },
            [](const StallDisk& a) { return "stall-disk " + to_text(a.node); },
            [](const SyncDisk& a) { return "sync " + to_text(a.node); },
            [](const Partition& a) { return groups_to_text(a); },
            [](const Heal&) { return std::string("heal"); },
            [](const CutLink& a) { return "cut " + link(a.from, a.to); },
            [](const MendLink& a) { return "mend " + link(a.from, a.to); },
            [](const AskToCatchUp& a) { return "catchup " + link(a.from, a.to); },
            [](const TellWatermark& a) { return "watermark " + link(a.from, a.to); },
            [](const Compact& a) {
                return "compact " + to_text(a.node) + ' ' + to_text(a.through);
            },
            [](const Confirm& a) { return "confirm " + to_text(a.node); },
            [](const Read& a) { return fmt::format("read C{}>{}", a.client, to_text(a.node)); },
            [](const Added& a) { return added_to_text(a); },
            [](const Expect& a) { return "expect " + to_text(a.fact); },
        },
        action);
}

std::string to_text(const Line& line) {
    std::string text = line.at ? "at " + to_text(*line.at) + ' ' : "";
    text += to_text(line.what);
    if (line.comment.empty()) return text;
    constexpr std::size_t comments_begin = 32;
    if (text.size() < comments_begin) text.resize(comments_begin, ' ');
    return text + " // " + line.comment;
}

std::string to_text(const Scenario& scenario) {
    std::string text;
    if (!scenario.title.empty()) text += "// " + scenario.title + '\n';
    text += setup_to_text(scenario.setup);
    for (const Line& line : scenario.lines) text += to_text(line) + '\n';
    return text;
}

}  // namespace decree::sim::scenario
