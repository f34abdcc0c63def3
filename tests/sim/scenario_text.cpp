#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/scenario/parse.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/verbs.hpp"

namespace decree::sim::scenario {
namespace {

constexpr const char* by_hand[] = {
    "submit C1>N1 X",
    "submit C12>N3 members=N1,N2",
    "open N1 2",
    "deliver prepare N1>N2",
    "deliver accept N1>* 2.1 #3",
    "drop heartbeat-ok N2>N1 4.1",
    "dup decide N1>N2 #7",
    "resend accept N1>N3 #2",
    "resend decide N3>N1 2.3 #2",
    "crash N3",
    "restart N3",
    "stall-disk N2",
    "sync N2",
    "partition N1,N2 | N3",
    "partition N1 | N2 | N2,N3",
    "heal",
    "cut N1>N2",
    "mend N1>N2",
    "catchup N1>N2",
    "watermark N1>N3",
    "compact N2 #4",
    "confirm N1",
    "read C1>N1",
    "expect promised N2 1.1",
    "expect promised N3 0.0",
    "expect accepted N2 #1 1.1 X",
    "expect accepted N2 #1 none",
    "expect accepted N2 #1 2.1 X+Y",
    "expect proposes N2 #2 no-op",
    "expect chosen #1 X",
    "expect chosen #1 members=N1,N2 at 1.1 by N1,N2",
    "expect notchosen #2",
    "expect conflict #1 X,Y",
    "expect conflict #1 members=N1,N2,no-op",
    "expect knows N2 #1 X",
    "expect unknown N3 #1",
    "expect applied N1 A,B,C",
    "expect applied N1 nothing",
    "expect phase N1 2",
    "expect nacked N2>N1 accept",
    "expect sent prepare 2",
    "expect confirmed N1",
    "expect notconfirmed N1",
    "expect answered C1 X",
    "expect answered C1 read A,B",
    "expect answered C1 read nothing",
    "expect unanswered C1 X",
    "expect unanswered C1 read",
    "expect violated Agreement",
    "expect took N1 BallotOpened",
};

Line only_line(const std::string& line) {
    const auto scenario = parse("nodes N1 N2 N3\noption expect-violation\n" + line + '\n');
    if (!scenario) ADD_FAILURE() << line << ": " << scenario.error().what;
    if (!scenario || scenario->lines.size() != 1) return {};
    return scenario->lines.front();
}

/// Goal: the whole language by hand is read, and its canonical form is what stands in its page.
/// Method: each form of a line, there and back.
TEST(ScenarioText, ReadsAndWritesEveryLineByHand) {
    for (const std::string line : by_hand) EXPECT_EQ(to_text(only_line(line)), line);
    for (std::size_t form = 0; form < std::variant_size_v<Fact>; ++form) {
        const auto has = [form](const char* line) {
            const Line read = only_line(line);
            const auto* expect = std::get_if<Expect>(&read.what);
            return expect != nullptr && expect->fact.index() == form;
        };
        EXPECT_TRUE(std::ranges::any_of(by_hand, has)) << "no example of fact " << form;
    }
}

/// Goal: timed lines take every verb that names no message, and the added ones.
/// Method: such lines with a time, there and back; those that name a message are refused.
TEST(ScenarioText, ReadsAndWritesTimedLines) {
    for (const std::string line : by_hand) {
        const std::string timed = "at 120ms " + line;
        const bool names_message = line.starts_with("deliver") || line.starts_with("drop") ||
                                   line.starts_with("dup") || line.starts_with("resend");
        if (names_message) {
            EXPECT_FALSE(parse("nodes N1 N2 N3\n" + timed)) << timed;
        } else {
            EXPECT_EQ(to_text(only_line(timed)), timed);
        }
    }
    for (const AddedVerb& verb : added_verbs) {
        const std::string timed = "at 1s " + std::string(verb.usage);
        EXPECT_EQ(to_text(only_line(timed)), timed);
        EXPECT_FALSE(parse("nodes N1\n" + std::string(verb.usage))) << verb.usage;
    }
    for (const std::string time : {"0ms", "1us", "1500us", "20ms", "3s"}) {
        EXPECT_EQ(to_text(only_line("at " + time + " heal")), "at " + time + " heal");
    }
}

constexpr std::string_view everything_set_up =
    "// Lesson 1: all of it\n"
    "nodes N1 N2 N3 N4\n"
    "members N1,N2,N4\n"
    "quorum q1=3 q2=1\n"
    "alpha 2\n"
    "clients C1 C3\n"
    "option forgetful:N2 forgetful:N4 unsafe-quorums expect-violation recorded\n"
    "needs-mutant PX-11\n"
    "seed 7\n"
    "delay 1ms..5ms\n"
    "loss 2%\n"
    "dup 0.25%\n"
    "at 1ms heal                      // now\n";

/// Goal: what is set up is read in any order, and written in one.
/// Method: a file with all of it, there and back; the same with the lines of the head turned round.
TEST(ScenarioText, ReadsAndWritesWhatIsSetUp) {
    const auto read = parse(everything_set_up);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(to_text(*read), everything_set_up);
    EXPECT_EQ(read->title, "Lesson 1: all of it");
    EXPECT_TRUE(read->is_timed());
    EXPECT_EQ(read->setup.quorum, (Sizes{.phase1 = 3, .phase2 = 1}));
    EXPECT_EQ(read->setup.timed.dup, Share{2'500});

    std::vector<std::string> lines;
    std::string rest(everything_set_up);
    while (!rest.empty()) {
        lines.push_back(rest.substr(0, rest.find('\n') + 1));
        rest.erase(0, lines.back().size());
    }
    std::string turned = lines.front();
    for (std::size_t i = lines.size() - 1; i-- > 1;) turned += lines[i];
    const auto again = parse(turned + "\n\n  # a comment\n" + lines.back());
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(again->setup, read->setup);
    EXPECT_EQ(to_text(*again), everything_set_up);
}

/// Goal: comments, blanks and ends of lines are free; #3 is a slot.
/// Method: one line written in several ways.
TEST(ScenarioText, CommentsAndBlanksAreFree) {
    for (const std::string line :
         {"compact N1 #3", "  compact\tN1   #3  ", "compact N1 #3\r", "compact N1 #3//why",
          "compact N1 #3 # why", "compact N1 #3 #", "compact N1 #3 # why // how"}) {
        Line read = only_line(line);
        EXPECT_EQ(read.comment.empty(), line.find("why") == std::string::npos) << line;
        read.comment.clear();
        EXPECT_EQ(to_text(read), "compact N1 #3") << line;
    }
    EXPECT_EQ(parse("\n\n# \n// x\nnodes N1\n")->title, "");
    EXPECT_EQ(parse("nodes N1\n// x\n")->title, "");
    EXPECT_EQ(parse("nodes N1")->setup.members, std::vector{NodeId{1}});
}

/// Goal: a mistake is told with its line, what was expected and what stands there.
/// Method: files with one mistake each.
TEST(ScenarioText, SaysWhatIsWrongAndWhere) {
    struct Mistake {
        std::string text;
        std::size_t line;
        std::string says;
    };
    const Mistake mistakes[] = {
        {"", 1, "expected a line that says which nodes there are"},
        {"heal\n", 1, "expected a line that says which nodes there are"},
        {"nodes\n", 1, "expected a node, as N1, but the line ends"},
        {"nodes N1 n2\n", 1, "expected a node, as N1, not \"n2\""},
        {"nodes N1 N01\n", 1, "not \"N01\""},
        {"nodes N1 N0\n", 1, "not \"N0\""},
        {"nodes N1 N1\n", 1, "N1 stands twice"},
        {"nodes N1\nnodes N2\n", 2, "\"nodes\" stands in line 1 already"},
        {"nodes N1\nheal\nalpha 3\n", 3, "\"alpha\" sets up: expected it before"},
        {"nodes N1\nheal\ndup 3%\n", 3, "\"dup\" sets up"},
        {"nodes N1\nalpha 0\n", 2, "expected how many slots, a number from 1 to"},
        {"members N1,N4\nnodes N1 N2\n", 1, "there is no N4: expected one of N1 N2"},
        {"nodes N1\nmembers N1,N1\n", 2, "expected voters, as N1,N2, not \"N1,N1\""},
        {"nodes N1 N2 N3\nquorum q1=2\n", 2, "expected q2= and a number, as q2=2, but"},
        {"nodes N1 N2 N3\nquorum q2=2 q1=2\n", 2, "not \"q2=2\""},
        {"nodes N1 N2 N3\nquorum q1=1 q2=2\n", 2, "need not meet"},
        {"nodes N1 N2 N3\noption unsafe-quorums\nquorum q1=0 q2=2\n", 3, "a quorum of 0"},
        {"nodes N1 N2 N3\nquorum q1=4 q2=2\n", 2, "a quorum of 4: expected from 1 to 3"},
        {"nodes N1\noption\n", 2, "expected an option"},
        {"nodes N1\noption fast\n", 2, "not \"fast\""},
        {"nodes N1\noption forgetful:N2\n", 2, "there is no N2"},
        {"nodes N1\noption forgetful:2\n", 2, "expected a node"},
        {"nodes N1\nclients 1\n", 2, "expected a client, as C1, not \"1\""},
        {"nodes N1\ndelay 5ms..1ms\n", 2, "expected times from..to"},
        {"nodes N1\nloss 101%\n", 2, "expected a share, as 2%"},
        {"nodes N1\nloss 1%\nheal\n", 3, "are for timed scenarios"},
        {"nodes N1\nfrobnicate N1\n", 2, "expected a verb (submit, open, deliver"},
        {"nodes N1\nheal now\n", 2, "expected nothing more, not \"now\""},
        {"nodes N1\ncrash\n", 2, "expected a node, as N1, but the line ends"},
        {"nodes N1\ncrash N7\n", 2, "there is no N7: expected one of N1"},
        {"nodes N1\nsubmit N1>C1 X\n", 2, "expected a client and the node that it asks"},
        {"nodes N1\nsubmit C1>N1\n", 2, "expected a command"},
        {"nodes N1\nsubmit C1>N1 no-op\n", 2, "expected a command"},
        {"nodes N1\nsubmit C1>N1 X,Y\n", 2, "expected a command"},
        {"nodes N1\nsubmit C1>N1 members=N1,N9\n", 2, "there is no N9"},
        {"nodes N1\nopen N1\n", 2, "expected a round from 1 to"},
        {"nodes N1\nopen N1 0\n", 2, "not \"0\""},
        {"nodes N1 N2\ndeliver N1>N2\n", 2, "expected a kind of message (prepare, promise"},
        {"nodes N1 N2\ndeliver accept N1\n", 2, "expected two nodes, as N1>N2, or N1>*"},
        {"nodes N1 N2\ndeliver accept *>N1\n", 2, "expected two nodes"},
        {"nodes N1 N2\ndeliver accept N1>N1\n", 2, "N1 sends nothing to itself"},
        {"nodes N1 N2\ndeliver accept N1>N2 1\n", 2, "expected a ballot, as 2.1"},
        {"nodes N1 N2\ndeliver accept N1>N2 #0\n", 2, "expected a slot, as #3"},
        {"nodes N1 N2\ndeliver accept N1>N2 #1 #2\n", 2, "once each"},
        {"nodes N1 N2\nresend nack N1>N2 #1\n", 2, "expected accept or decide"},
        {"nodes N1 N2\nresend accept N1>N2\n", 2, "expected the slot"},
        {"nodes N1 N2\nresend accept N1>* #1\n", 2, "expected two nodes, as N1>N2, not"},
        {"nodes N1 N2\npartition N1,N2\n", 2, "on both sides of a |"},
        {"nodes N1 N2\npartition N1 |\n", 2, "expected nodes, as N1,N2, but the line ends"},
        {"nodes N1\nexpect\n", 2, "expected what to expect (promised, accepted"},
        {"nodes N1\nexpect luck\n", 2, "not \"luck\""},
        {"nodes N1\nexpect promised N1 2.0\n", 2, "expected a ballot"},
        {"nodes N1\nexpect promised N1 2.7\n", 2, "there is no N7"},
        {"nodes N1\nexpect accepted N1 #1 1.1\n", 2, "expected a value"},
        {"nodes N1\nexpect chosen #1 X by N1\n", 2, "or \"at 1.1 by N1,N2\""},
        {"nodes N1\nexpect chosen #1 X at 1.1\n", 2, "expected \"by N1,N2\""},
        {"nodes N1\nexpect conflict #1 X\n", 2, "expected two values"},
        {"nodes N1\nexpect conflict #1 X,Y\n", 2, "two values chosen are a violation"},
        {"nodes N1\nseed 7\nheal\n", 3,
         "seed, delay, loss, dup, lease, founding, list, given and judging are"},
        {"nodes N1\nexpect phase N1 3\n", 2, "expected a phase from 0 to 2"},
        {"nodes N1\nexpect sent accept many\n", 2, "expected how many"},
        {"nodes N1\nexpect answered N1 X\n", 2, "expected a client"},
        {"nodes N1\nheal\nat 1ms heal\n", 3, "no line before has a time"},
        {"nodes N1\nat 1ms heal\nheal\n", 3, "expected \"at\" and one"},
        {"nodes N1\nat 2ms heal\nat 1ms heal\n", 3, "the line before is later"},
        {"nodes N1\nat 2 heal\n", 2, "expected a time up to an hour, as 120ms"},
        {"nodes N1\nat 2ms\n", 2, "expected a verb"},
        {"nodes N1\npause N1\n", 2, "is for timed scenarios"},
    };
    for (const Mistake& mistake : mistakes) {
        const auto read = parse(mistake.text);
        ASSERT_FALSE(read) << mistake.text;
        EXPECT_EQ(read.error().line, mistake.line) << mistake.text;
        EXPECT_NE(read.error().what.find(mistake.says), std::string::npos)
            << mistake.text << "says: " << read.error().what;
    }
}

/// Goal: no text makes the reader fail in any other way than by saying so.
/// Method: lines that are right, some with words of others put in; what is read is written and read
/// as the same.
RC_GTEST_PROP(ScenarioTextProperty, ReadsWhatItWrote, ()) {
    std::vector<std::string> some = {"at", "0.0", "|", "//", "#", "\n", "9%", "C1", "option"};
    for (const std::string line : by_hand) {
        for (std::size_t at = 0; at < line.size(); at = line.find(' ', at)) {
            at += line[at] == ' ' ? 1U : 0U;
            some.push_back(line.substr(at, line.find(' ', at) - at));
        }
    }
    std::string text = "nodes N1 N2 N3\n";
    const int lines = *rc::gen::inRange(0, 12);
    const bool timed = *rc::gen::arbitrary<bool>();
    for (int i = 0; i < lines; ++i) {
        std::string line =
            *rc::gen::elementOf(std::vector<std::string>(std::begin(by_hand), std::end(by_hand)));
        if (*rc::gen::inRange(0, 20) == 0) {
            const std::string word = *rc::gen::elementOf(some);
            line.replace(line.find(' ') + 1, word.size(), word);
        }
        text += (timed ? "at 5ms " : "  ") + line + (i % 3 == 0 ? " // so\n" : "\n");
    }
    const auto read = parse(text);
    if (!read) {
        RC_ASSERT(read.error().line >= 1U);
        RC_ASSERT(!read.error().what.empty());
        return;
    }
    auto again = parse(to_text(*read));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->lines.size() == read->lines.size());
    for (std::size_t i = 0; i < again->lines.size(); ++i) {
        again->lines[i].number = read->lines[i].number;
    }
    RC_ASSERT(*again == *read);
    RC_CLASSIFY(!read->lines.empty(), "some lines");
}

}  // namespace
}  // namespace decree::sim::scenario
