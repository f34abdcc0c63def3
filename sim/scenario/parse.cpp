#include "sim/scenario/parse.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/options.hpp"
#include "core/overload.hpp"
#include "sim/scenario/verbs.hpp"
#include "sim/scenario/words.hpp"

namespace decree::sim::scenario {

namespace {

constexpr std::size_t most_scenario_nodes = max_voters;
constexpr std::uint64_t most_alpha = 1'000'000;
constexpr std::uint64_t most_clients_named = 64;
constexpr std::uint64_t most_seed = 0x7FFF'FFFF'FFFF'FFFEU;

// Reads line by line; stops at the first mistake.
class FileReader {
public:
    explicit FileReader(std::string_view text) : rest_(text) {}

    std::expected<Scenario, BadLine> read() {
        if (rest_.starts_with("\xEF\xBB\xBF")) {
            refuse(1, "the file begins with a byte order mark: expected plain UTF-8, without one");
        }
        while (!rest_.empty() && !bad_) {
            ++number_;
            const std::size_t end = rest_.find('\n');
            read_line(rest_.substr(0, end));
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        }
        if (!bad_ && !set_up_) end_setup();
        if (bad_) return std::unexpected(*std::move(bad_));
        return std::move(scenario_);
    }

private:
    using SetupReader = void (FileReader::*)(Words&);

    void refuse(std::size_t line, std::string what) {
        if (!bad_) bad_ = BadLine{.line = line, .what = std::move(what)};
    }

    void read_line(std::string_view text) {
        const SplitLine line = split_comment(text);
        if (line.code.empty()) {
            if (line.comment && first_) scenario_.title = *line.comment;
            first_ = first_ && !line.comment;
            return;
        }
        first_ = false;
        Words words(line.code);
        if (const SetupReader reader = setup_reader(line.code)) {
            read_setup(words, reader);
        } else {
            read_doing(words, line.comment.value_or(""));
        }
        words.end();
        if (words.error()) refuse(number_, *words.error());
        if (set_up_) check_known(number_, words.named());
    }

    // --- Setting up ---

    // `dup` and `members` begin lines of both kinds: what follows tells them apart.
    static SetupReader setup_reader(std::string_view code) {
        static constexpr SetupReader readers[] = {
            // In the order of setup_verbs.
            &FileReader::read_nodes,    &FileReader::read_members, &FileReader::read_quorum,
            &FileReader::read_alpha,    &FileReader::read_clients, &FileReader::read_option,
            &FileReader::read_mutant,   &FileReader::read_seed,    &FileReader::read_delay,
            &FileReader::read_loss,     &FileReader::read_dup,     &FileReader::read_lease,
            &FileReader::read_founding, &FileReader::read_judging, &FileReader::read_list,
            &FileReader::read_given,
        };
        static_assert(std::size(readers) == std::size(setup_verbs));
        Words words(code);
        const std::string_view verb = words.word("");
        if (verb == "dup" && !words.peek().ends_with('%')) return nullptr;
        const auto* const at = std::ranges::find(setup_verbs, verb);
        return at == std::end(setup_verbs) ? nullptr : readers[at - std::begin(setup_verbs)];
    }

    void read_setup(Words& words, SetupReader reader) {
        const std::string verb(words.word(""));
        if (set_up_) {
            return words.fail(
                fmt::format("\"{}\" sets up: expected it before all other lines", verb));
        }
        const auto [stands, fresh] = setup_lines_.try_emplace(verb, number_);
        const bool repeats = verb == "option" || verb == "list" || verb == "given";
        if (!fresh && !repeats) {
            return words.fail(fmt::format("\"{}\" stands in line {} already: expected it once",
                                          verb, stands->second));
        }
        (this->*reader)(words);
        named_.emplace_back(number_, words.named());
    }

    void read_nodes(Words& words) {
        std::vector<NodeId>& nodes = scenario_.setup.nodes;
        while (words.ok() && (nodes.empty() || !words.at_end())) {
            const NodeId node = words.node();
            if (std::ranges::find(nodes, node) != nodes.end()) {
                words.fail(fmt::format("N{} stands twice: expected each node once", node.value));
            }
            nodes.push_back(node);
        }
        if (nodes.size() > most_scenario_nodes) {
            words.fail(fmt::format("{} nodes are too many: expected at most {}", nodes.size(),
                                   most_scenario_nodes));
        }
        std::ranges::sort(nodes);
    }
    void read_members(Words& words) { scenario_.setup.members = words.nodes("voters, as N1,N2"); }

    void read_quorum(Words& words) {
        const auto size = [&](std::string_view name) {
            const std::string what = fmt::format("{}= and a number, as {}=2", name, name);
            const std::string_view word = words.word(what);
            if (!words.ok()) return std::uint32_t{};
            const auto number = word.starts_with(std::string(name) + '=')
                                    ? plain_number(word.substr(name.size() + 1), max_voters)
                                    : std::nullopt;
            if (!number) words.fail(fmt::format("expected {}, not \"{}\"", what, word));
            return static_cast<std::uint32_t>(number.value_or(0));
        };
        Sizes& sizes = scenario_.setup.quorum.emplace();
        sizes.phase1 = size("q1");
        sizes.phase2 = size("q2");
    }

    void read_alpha(Words& words) {
        scenario_.setup.alpha = words.number("how many slots, a number", 1, most_alpha);
    }

    void read_clients(Words& words) {
        std::vector<ClientNumber>& clients = scenario_.setup.clients;
        while (words.ok() && (clients.empty() || !words.at_end())) {
            const ClientNumber client = words.client();
            if (std::ranges::find(clients, client) != clients.end()) {
                words.fail(fmt::format("C{} stands twice: expected each client once", client));
            }
            clients.push_back(client);
        }
        if (clients.size() > most_clients_named) {
            words.fail(fmt::format("expected at most {} clients", most_clients_named));
        }
        std::ranges::sort(clients);
    }

    void read_option(Words& words) {
        Setup& setup = scenario_.setup;
        constexpr std::string_view what =
            "an option: expect-violation, recorded, unsafe-quorums or forgetful:N1";
        constexpr std::string_view forgetful = "forgetful:";
        do {
            const std::string_view word = words.word(what);
            if (word == "expect-violation") {
                setup.expect_violation = true;
            } else if (word == "recorded") {
                setup.recorded = true;
            } else if (word == "unsafe-quorums") {
                setup.unsafe_quorums = true;
            } else if (word.starts_with(forgetful)) {
                Words of(word.substr(forgetful.size()));
                setup.forgetful.push_back(of.node());
                words.take_over(of);
            } else {
                words.fail(fmt::format("expected {}, not \"{}\"", what, word));
            }
        } while (words.ok() && !words.at_end());
        std::ranges::sort(setup.forgetful);
        const auto repeated = std::ranges::unique(setup.forgetful);
        setup.forgetful.erase(repeated.begin(), repeated.end());
    }

    void read_mutant(Words& words) {
        scenario_.setup.needs_mutant = words.word("the name of a patch in props/mutants");
    }
    void read_seed(Words& words) {
        scenario_.setup.timed.seed = words.number("a seed", 0, most_seed);
    }
    void read_loss(Words& words) { scenario_.setup.timed.loss = words.share(); }
    void read_dup(Words& words) { scenario_.setup.timed.dup = words.share(); }

    void read_lease(Words& words) {
        const std::string_view word = words.word("how long leases are, as 400ms");
        const auto length = Words::as_duration(word);
        if (!length || length->us == 0 || length->us > longest_lease_us) {
            return words.fail(
                fmt::format("expected how long leases are, as 400ms, not \"{}\"", word));
        }
        const Share drift = words.share();
        if (drift.ppm > most_drift_ppm) {
            words.fail("clocks may be taken to drift by at most 50%");
        }
        scenario_.setup.timed.lease = LeaseSetup{.length = *length, .drift = drift};
    }

    void read_founding(Words&) { scenario_.setup.timed.founding = true; }

    void read_list(Words& words) {
        const NodeId node = words.node();
        auto nodes = words.nodes("founders, as N1,N2");
        const auto [at, fresh] = scenario_.setup.timed.lists.emplace(node, std::move(nodes));
        if (!fresh) words.fail(fmt::format("N{} has a list already: expected one", node.value));
    }

    void read_given(Words& words) {
        const NodeId node = words.node();
        if (words.ok() && !words.skip("alpha")) words.fail("expected a setting, as: alpha 8");
        const std::uint64_t alpha = words.number("how many slots, a number", 1, most_alpha);
        const auto [at, fresh] = scenario_.setup.timed.given_alpha.emplace(node, alpha);
        if (!fresh) words.fail(fmt::format("N{} has an alpha already: expected one", node.value));
    }

    void read_judging(Words& words) {
        JudgingSetup judging;
        for (Duration* const time : {&judging.dead_after, &judging.stable_after}) {
            const std::string_view word = words.word("times as 2s 1s, then the fewest voters");
            const auto duration = Words::as_duration(word);
            if (!duration || duration->us == 0 || duration->us > longest_judging_us) {
                return words.fail(
                    fmt::format("expected a time up to an hour, as 2s, not \"{}\"", word));
            }
            *time = *duration;
        }
        judging.least_voters =
            static_cast<std::uint32_t>(words.number("the fewest voters", 1, max_voters));
        scenario_.setup.timed.judging = judging;
    }

    void read_delay(Words& words) {
        constexpr std::string_view what = "times from..to, up to an hour, as 1ms..5ms";
        const std::string_view word = words.word(what);
        const std::size_t dots = word.find("..");
        const auto least = Words::as_duration(word.substr(0, dots));
        const auto most =
            dots == std::string_view::npos ? least : Words::as_duration(word.substr(dots + 2));
        if (!least || !most || least->us > most->us) {
            return words.fail(fmt::format("expected {}, not \"{}\"", what, word));
        }
        scenario_.setup.timed.delay = DelayRange{.least = *least, .most = *most};
    }

    // The setting up is over: what its lines say of each other is looked at.
    void end_setup() {
        set_up_ = true;
        Setup& setup = scenario_.setup;
        if (setup.nodes.empty()) {
            return refuse(std::max<std::size_t>(number_, 1),
                          "expected a line that says which nodes there are, as: nodes N1 N2 N3");
        }
        for (const auto& [line, nodes] : named_) check_known(line, nodes);
        if (setup.members.empty()) setup.members = setup.nodes;
        check_founders();
        if (bad_ || !setup.quorum) return;
        check_sizes(setup_lines_.at("quorum"));
    }

    // Only who founds has a list, or settings of its own; and only members have addresses.
    void check_founders() {
        const Setup& setup = scenario_.setup;
        const TimedSetup& timed = setup.timed;
        const std::string_view verb = timed.lists.empty() ? "given" : "list";
        const bool own = !timed.lists.empty() || !timed.given_alpha.empty();
        if (own && !timed.founding) {
            refuse(setup_lines_.at(std::string(verb)),
                   fmt::format("\"{}\" is for a cluster that founds itself: expected a line "
                               "\"founding\"",
                               verb));
        }
        for (const auto& [node, list] : timed.lists) {
            const bool known = std::ranges::includes(setup.members, list);
            if (known && (list.empty() || list.back().value <= setup.members.size())) continue;
            refuse(setup_lines_.at("list"),
                   fmt::format("N{} lists a node that is none of the members", node.value));
        }
    }

    void check_sizes(std::size_t line) {
        const Setup& setup = scenario_.setup;
        const std::size_t voters = setup.members.size();
        for (const std::uint32_t size : {setup.quorum->phase1, setup.quorum->phase2}) {
            if (size >= 1 && size <= voters) continue;
            return refuse(line, fmt::format("a quorum of {}: expected from 1 to {}, which is how "
                                            "many voters there are",
                                            size, voters));
        }
        const auto checked = check_quorums(*setup.quorum, setup.members);
        if (checked || setup.unsafe_quorums) return;
        refuse(line, checked.error() + "; expected larger ones, or: option unsafe-quorums");
    }

    // --- Doing and expecting ---

    void read_doing(Words& words, std::string_view comment) {
        if (!set_up_) end_setup();
        Line line{.number = number_, .at = {}, .what = Heal{}, .comment = std::string(comment)};
        if (words.skip("at")) line.at = words.duration();
        const std::string_view verb = words.peek();
        line.what = parse_action(words);
        if (!words.ok()) return;
        if (expects_conflict(line.what) && !scenario_.setup.expect_violation) {
            return words.fail(
                "two values chosen are a violation: expected a line before all others: "
                "option expect-violation");
        }
        check_time(words, line, verb);
        scenario_.lines.push_back(std::move(line));
    }

    // All lines have a time, or none has; times rise; each kind has its own verbs.
    void check_time(Words& words, const Line& line, std::string_view verb) {
        if (line.at && names_message(line.what)) {
            return words.fail(fmt::format(
                "\"{}\" names a message: expected it by hand only, without a time", verb));
        }
        if (!line.at && std::holds_alternative<Added>(line.what)) {
            return words.fail(fmt::format(
                "\"{}\" is for timed scenarios: expected \"at 100ms {} ...\"", verb, verb));
        }
        const TimedSetup& timed = scenario_.setup.timed;
        const bool set_up = timed != TimedSetup{};
        if (!line.at && set_up) {
            return words.fail(
                "seed, delay, loss, dup, lease, founding, list, given and judging are for timed "
                "scenarios: expected a time, as \"at 100ms\"");
        }
        if (scenario_.lines.empty()) return;
        const std::optional<Duration> before = scenario_.lines.back().at;
        if (before.has_value() != line.at.has_value()) {
            return words.fail(line.at ? "no line before has a time: expected none here"
                                      : "the lines before have a time: expected \"at\" and one");
        }
        if (line.at && line.at->us < before->us) {
            words.fail(
                fmt::format("the line before is later: expected a time from {}us on", before->us));
        }
    }

    static bool names_message(const Action& action) {
        return std::holds_alternative<Deliver>(action) || std::holds_alternative<Drop>(action) ||
               std::holds_alternative<Duplicate>(action) || std::holds_alternative<Resend>(action);
    }

    static bool expects_conflict(const Action& action) {
        const auto* const expect = std::get_if<Expect>(&action);
        return expect != nullptr && std::holds_alternative<Conflict>(expect->fact);
    }

    void check_known(std::size_t line, const std::vector<NodeId>& nodes) {
        for (const NodeId node : nodes) {
            if (std::ranges::binary_search(scenario_.setup.nodes, node)) continue;
            std::string known;
            for (const NodeId each : scenario_.setup.nodes) {
                known += fmt::format(" N{}", each.value);
            }
            refuse(line, fmt::format("there is no N{}: expected one of{}", node.value, known));
        }
    }

    std::string_view rest_;
    std::size_t number_ = 0;
    bool first_ = true;    // Nothing but blank lines so far.
    bool set_up_ = false;  // A line that does or expects something has come.
    std::map<std::string, std::size_t> setup_lines_;                  // Where each verb stands.
    std::vector<std::pair<std::size_t, std::vector<NodeId>>> named_;  // In the setting up.
    Scenario scenario_;
    std::optional<BadLine> bad_;
};

}  // namespace

std::expected<Scenario, BadLine> parse(std::string_view text) { return FileReader(text).read(); }

}  // namespace decree::sim::scenario
