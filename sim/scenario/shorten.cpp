#include "sim/scenario/shorten.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "sim/scenario/parse.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/rename.hpp"

namespace decree::sim::scenario {

namespace {

// The shortest one that is known, and how far the budget has gone.
class Shortening {
public:
    Shortening(Scenario scenario, const Shows& shows, const ShrinkBudget& budget,
               std::uint64_t& runs)
        : best_(std::move(scenario)), shows_(shows), budget_(budget), runs_(runs) {}

    [[nodiscard]] const Scenario& best() const { return best_; }
    [[nodiscard]] bool spent() const { return spent_; }

    // Takes `candidate` if it is a scenario, and shows it as well.
    bool offer(const Scenario& candidate) {
        spent_ = spent_ || runs_ >= budget_.runs || budget_.spent();
        if (spent_ || candidate.lines.empty()) return false;
        const auto parsed = parse(to_text(candidate));
        if (!parsed || *parsed == best_) return false;
        ++runs_;
        auto shown = shows_(*parsed);
        if (!shown) return false;
        best_ = *std::move(shown);
        return true;
    }

private:
    Scenario best_;
    const Shows& shows_;
    const ShrinkBudget& budget_;
    std::uint64_t& runs_;
    bool spent_ = false;
};

// `grain` lines in a row out, from the end on: what comes last matters least, or most.
void drop_lines(Shortening& search, std::size_t grain) {
    std::size_t end = search.best().lines.size();
    while (end > 0 && !search.spent()) {
        const std::size_t begin = end > grain ? end - grain : 0;
        Scenario candidate = search.best();
        const auto first = candidate.lines.begin();
        candidate.lines.erase(first + static_cast<std::ptrdiff_t>(begin),
                              first + static_cast<std::ptrdiff_t>(end));
        search.offer(candidate);
        end = std::min(begin, search.best().lines.size());
    }
}

// Two lines that need each other, as a crash and a restart.
void drop_pairs(Shortening& search) {
    for (std::size_t i = search.best().lines.size(); i-- > 0;) {
        for (std::size_t k = i; k-- > 0 && !search.spent();) {
            if (i >= search.best().lines.size()) break;
            Scenario candidate = search.best();
            candidate.lines.erase(candidate.lines.begin() + static_cast<std::ptrdiff_t>(i));
            candidate.lines.erase(candidate.lines.begin() + static_cast<std::ptrdiff_t>(k));
            if (search.offer(candidate)) break;
        }
    }
}

void drop_nodes(Shortening& search) {
    for (std::size_t i = search.best().setup.nodes.size(); i-- > 0;) {
        const Setup& setup = search.best().setup;
        const NodeId node = setup.nodes[i];
        const bool only_voter = setup.members == std::vector<NodeId>{node};
        if (setup.nodes.size() == 1 || only_voter) continue;
        search.offer(without_node(search.best(), node));
    }
}

// All that clients ask, asked by one; all that is asked of several nodes stays as it is.
void join_clients(Shortening& search) {
    const std::vector<ClientNumber> clients = clients_of(search.best());
    for (std::size_t i = 1; i < clients.size(); ++i) {
        NewNames names;
        names.clients[clients[i]] = clients.front();
        search.offer(renamed(search.best(), names));
    }
}

template <class Change>
void offer_change(Shortening& search, Change change) {
    Scenario candidate = search.best();
    change(candidate);
    search.offer(candidate);
}

// What the setting up says beyond the nodes.
void drop_setup(Shortening& search) {
    offer_change(search, [](Scenario& s) { s.setup.quorum.reset(); });
    offer_change(search, [](Scenario& s) { s.setup.alpha.reset(); });
    offer_change(search, [](Scenario& s) { s.setup.members = s.setup.nodes; });
    offer_change(search, [](Scenario& s) { s.setup.timed.loss.reset(); });
    offer_change(search, [](Scenario& s) { s.setup.timed.dup.reset(); });
    offer_change(search, [](Scenario& s) { s.setup.timed.delay.reset(); });
    offer_change(search, [](Scenario& s) { s.setup.timed.lease.reset(); });
    offer_change(search, [](Scenario& s) { s.setup.timed.founding = false; });
    offer_change(search, [](Scenario& s) { s.setup.timed.judging.reset(); });
    for (const std::uint64_t unit : {1'000U, 100U}) {
        offer_change(search, [unit](Scenario& s) {
            if (!s.setup.timed.delay) return;
            Duration& least = s.setup.timed.delay->least;
            Duration& most = s.setup.timed.delay->most;
            least.us = least.us / unit * unit;
            most.us = (most.us + unit - 1) / unit * unit;
        });
    }
}

MessagePattern* pattern_of(Action& action) {
    if (auto* const deliver = std::get_if<Deliver>(&action)) return &deliver->message;
    if (auto* const drop = std::get_if<Drop>(&action)) return &drop->message;
    if (auto* const dup = std::get_if<Duplicate>(&action)) return &dup->message;
    return nullptr;
}

// A message is named by no more than it takes.
void name_less(Shortening& search) {
    for (std::size_t i = 0; i < search.best().lines.size(); ++i) {
        for (const bool slot : {true, false}) {
            Scenario candidate = search.best();
            MessagePattern* const pattern = pattern_of(candidate.lines[i].what);
            if (pattern == nullptr) break;
            if (slot) {
                pattern->slot.reset();
            } else {
                pattern->ballot.reset();
            }
            search.offer(candidate);
        }
    }
}

// Rounds become as low as they may.
void lower_rounds(Shortening& search) {
    for (std::size_t i = 0; i < search.best().lines.size(); ++i) {
        for (std::uint64_t round = 1;; ++round) {
            Scenario candidate = search.best();
            auto* const open = std::get_if<OpenBallot>(&candidate.lines[i].what);
            if (open == nullptr || open->round <= round) break;
            open->round = round;
            if (search.offer(candidate)) break;
        }
    }
}

// Each time, and with it all later ones, comes earlier: as early as the line before, or half way,
// or at a round number.
void hurry(Shortening& search) {
    for (std::size_t i = 0; i < search.best().lines.size(); ++i) {
        for (const std::uint64_t unit : {1'000'000U, 100'000U, 10'000U, 1'000U, 1U}) {
            Scenario candidate = search.best();
            std::vector<Line>& lines = candidate.lines;
            if (!lines[i].at) return;
            const std::uint64_t before = i == 0 ? 0 : lines[i - 1].at->us;
            const std::uint64_t now = lines[i].at->us;
            const std::uint64_t wanted = before + (now - before) / 2;
            const std::uint64_t earlier = std::max(before, wanted / unit * unit);
            if (earlier >= now) continue;
            for (std::size_t k = i; k < lines.size(); ++k) lines[k].at->us -= now - earlier;
            search.offer(candidate);
        }
    }
}

// Times that a person can read.
void round_times(Shortening& search) {
    for (const std::uint64_t unit : {100'000U, 10'000U, 1'000U}) {
        Scenario candidate = search.best();
        for (Line& line : candidate.lines) {
            if (line.at) line.at->us = line.at->us / unit * unit;
        }
        if (search.offer(candidate)) return;
    }
    for (const std::uint64_t unit : {100'000U, 10'000U, 1'000U}) {
        for (std::size_t i = 0; i < search.best().lines.size(); ++i) {
            Scenario candidate = search.best();
            std::vector<Line>& lines = candidate.lines;
            if (!lines[i].at) return;
            const std::uint64_t rounded = lines[i].at->us / unit * unit;
            if (i > 0 && rounded < lines[i - 1].at->us) continue;
            lines[i].at->us = rounded;
            search.offer(candidate);
        }
    }
}

CommandText letter(std::size_t i) {
    constexpr std::size_t letters = 26;
    CommandText text(1, static_cast<char>('A' + i % letters));
    if (i >= letters) text += fmt::format("{}", i / letters);
    return text;
}

// Names in order: clients, commands and, where ballots allow it, nodes as they come.
void name_anew(Shortening& search) {
    NewNames names;
    const std::vector<ClientNumber> clients = clients_of(search.best());
    for (std::size_t i = 0; i < clients.size(); ++i) names.clients[clients[i]] = i + 1;
    const std::vector<CommandText> commands = commands_of(search.best());
    for (std::size_t i = 0; i < commands.size(); ++i) names.commands[commands[i]] = letter(i);
    search.offer(renamed(search.best(), names));
    for (const std::vector<NodeId>& old : {search.best().setup.nodes, nodes_of(search.best())}) {
        NewNames nodes;
        for (std::size_t i = 0; i < old.size(); ++i) nodes.nodes[old[i]] = NodeId{i + 1};
        search.offer(renamed(search.best(), nodes));
    }
}

}  // namespace

std::size_t lines_of(const Scenario& scenario) {
    const std::string text = to_text(scenario);
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

Scenario shorten(Scenario scenario, const Shows& shows, const ShrinkBudget& budget,
                 std::uint64_t& runs) {
    Shortening search(std::move(scenario), shows, budget, runs);
    for (;;) {
        const Scenario before = search.best();
        for (std::size_t grain = std::bit_ceil(before.lines.size()) / 2; grain > 0; grain /= 2) {
            drop_lines(search, grain);
        }
        drop_nodes(search);
        drop_pairs(search);
        join_clients(search);
        drop_setup(search);
        hurry(search);
        round_times(search);
        lower_rounds(search);
        name_less(search);
        name_anew(search);
        if (search.spent() || search.best() == before) break;
    }
    return search.best();
}

}  // namespace decree::sim::scenario
