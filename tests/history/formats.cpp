#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "props/history/words.hpp"
#include "tests/history/little_history.hpp"
#include "tests/history/recorded.hpp"
#include "traces/history/jsonl.hpp"
#include "traces/history/read.hpp"

namespace decree::history::test {
namespace {

using traces::BadHistory;
using traces::read_history;

/// "LINE: what" of a text that cannot be read.
std::string refusal(const std::string& text, const Model& model) {
    const auto history = read_history(text, model);
    if (history) return "read";
    return std::to_string(history.error().line) + ": " + history.error().what;
}

/// Goal: each field of a Jepsen log is understood, tabs and spaces alike.
/// Method: a log with each kind of event, and a call that never ends.
TEST(JepsenLog, IsRead) {
    const std::string text =
        "INFO  jepsen.util - 4\t:invoke\t:read\tnil\n"
        "INFO  jepsen.util - 4\t:ok\t:read\tnil\n"
        "\n"
        "INFO  jepsen.util - 1   :invoke :cas    [-2 4]\r\n"
        "INFO  jepsen.util - 2   :invoke :write  3\n"
        "INFO  jepsen.util - 1   :fail   :cas    [-2 4]\n"
        "INFO  jepsen.util - 2   :info   :write  :timed-out\n"
        "INFO  jepsen.util - 4   :invoke :read   nil\n"
        "INFO  jepsen.util - 4   :fail   :read   :timed-out\n"
        "INFO  jepsen.util - 5   :invoke :read   nil";
    const auto history = read_history(text, cas_register());
    ASSERT_TRUE(history) << history.error().what;
    ASSERT_EQ(history->calls.size(), 5U);
    EXPECT_EQ(history->events, 9U);
    EXPECT_EQ(history->lines, (std::vector<std::uint32_t>{1, 2, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(words(history->calls[0]), "read, told nil");
    EXPECT_EQ(words(history->calls[1]), "cas [-2 4], refused: another value was there");
    EXPECT_EQ(history->calls[1].interval, (Interval{3, 5}));
    EXPECT_EQ(words(history->calls[2]), "write 3, outcome unknown");
    EXPECT_EQ(words(history->calls[3]), "read, failed");
    EXPECT_EQ(history->calls[4].interval, (Interval{9, 0}));
}

/// Goal: what a Jepsen log cannot hold is refused, with its line and how to mend it.
/// Method: one mistake at a time.
TEST(JepsenLog, IsRefusedWithItsLine) {
    const auto after = [](const std::string& event) {
        return refusal("INFO  j - 4 :invoke :cas [1 2]\nINFO  j - " + event, cas_register());
    };
    EXPECT_EQ(after("x :ok :cas [1 2]"),
              "2: no process: \"x\"; write its number, and leave out who is no client");
    EXPECT_EQ(after("4 :okay :cas [1 2]"),
              "2: no type of event: \":okay\"; write :invoke, :ok, :fail or :info");
    EXPECT_EQ(after("4 :ok :swap [1 2]"), "2: no function: \":swap\"; write :read, :write or :cas");
    EXPECT_EQ(after("4 :ok :cas [1]"),
              "2: it compares and sets \"[1]\"; write [1 2], what to expect and what to store");
    EXPECT_EQ(after("4 :ok :cas [1 3]"),
              "2: process 4 is answered for cas [1 3], and called cas [1 2] in line 1; they must "
              "be the same");
    EXPECT_EQ(after("4 :invoke :read nil"),
              "2: process 4 has not been answered since it called in line 1; give calls that "
              "overlap processes of their own");
    EXPECT_EQ(after("5 :ok :read 1"),
              "2: process 5 is answered, and has no call open; put the :invoke before its answer");
    EXPECT_EQ(after("5 :invoke :read 1"), "2: no value of such a :read: \"1\"; write nil");
    EXPECT_EQ(after("5 :invoke :write 1x"), "2: it writes \"1x\"; write a number");
    EXPECT_EQ(after("5 :fail :write 1"),
              "2: a :write that did \":fail\"; write :info where its outcome is unknown");
    EXPECT_EQ(refusal("INFO nothing", cas_register()),
              "1: no event of a Jepsen log: \"INFO nothing\"; write INFO  name - process :type :f "
              "value");
    EXPECT_EQ(refusal("INFO  j - 4 :invoke :read nil", kv()),
              "1: the model kv has no read; say another --model");
}

/// Goal: maps in Clojure's notation are understood, in any order of fields.
/// Method: each function, and texts with escapes.
TEST(EdnLog, IsRead) {
    const std::string text =
        "{:process 0, :type :invoke, :f :append, :key \"k\", :value \"a \\\"b\\\"\\n\"}\n"
        "{:type :ok :process 0 :key \"k\" :f :append :value \"a \\\"b\\\"\\n\"}\n"
        "{:process 1, :type :invoke, :f :get, :key \"k\", :value nil}\n"
        "{:process 1, :type :ok, :f :get, :key \"k\", :value \"\"}\n";
    const auto history = read_history(text, kv());
    ASSERT_TRUE(history) << history.error().what;
    ASSERT_EQ(history->calls.size(), 2U);
    EXPECT_EQ(history->calls[0].operation.value, "a \"b\"\n");
    EXPECT_EQ(history->calls[0].operation.key, "k");
    EXPECT_EQ(history->calls[0].response.status, Status::Ok);
    EXPECT_EQ(history->calls[1].response.told, "");
}

/// Goal: what such a map cannot hold is refused.
/// Method: one mistake at a time.
TEST(EdnLog, IsRefusedWithItsLine) {
    const auto refused = [](const std::string& line) { return refusal(line, kv()); };
    EXPECT_EQ(refused("{:process 0, :type :invoke, :f :put, :key \"k\", :value \"v\""),
              "1: no field \"\"; there are :process, :type, :f, :key and :value");
    EXPECT_EQ(refused("{:process 0, :time 7}"),
              "1: no field \":time\"; there are :process, :type, :f, :key and :value");
    EXPECT_EQ(refused("{:process 0, :process 1}"), "1: :process stands here twice; leave one out");
    EXPECT_EQ(refused("{:process 0, :type}"), "1: :type has no value; write one, and } at the end");
    EXPECT_EQ(refused("{:process \"0\"}"), "1: no :process; write its number");
    EXPECT_EQ(refused("{:process 0 :type :info}"), "1: no :type; write :invoke or :ok");
    EXPECT_EQ(refused("{:process 0 :type :ok :f :swap}"), "1: no :f; write :get, :put or :append");
    EXPECT_EQ(refused("{:process 0 :type :ok :f :get :key 1}"),
              "1: no :key; write a text, \"...\"");
    EXPECT_EQ(refused("{:process 0 :type :ok :f :get :key \"k\"}"),
              "1: no :value; write a text, or nil where a get is invoked");
    EXPECT_EQ(refused("{:process 0 :type :invoke :f :get :key \"k\" :value \"x\"}"),
              "1: a get that is invoked asks for nothing; write :value nil");
    EXPECT_EQ(refused("{:process 0 :type :invoke :f :put :key \"k\" :value nil}"),
              "1: no :value; write a text, \"...\"");
    EXPECT_EQ(refused("{:process 0 :type :invoke :f :get :key \"k\" :value nil} x"),
              "1: more behind the map; write one event a line");
}

/// Goal: our own format is understood.
/// Method: each function, each kind of answer, and all that may be left out.
TEST(JsonLines, AreRead) {
    const History history = of_json(R"(
{"process":0,"type":"invoke","f":"cas","value":[1,2]}
{"process":0,"type":"fail","f":"cas","revision":4}
{"process":1,"type":"invoke","f":"read","key":"r","value":null}
{"process":1,"type":"ok","f":"read","value":null}
{"process":2,"type":"invoke","f":"write","value":-3}
{"process":2,"type":"info","f":"write"})",
                                    cas_register());
    ASSERT_EQ(history.calls.size(), 3U);
    EXPECT_EQ(words(history.calls[0]), "cas [1 2], refused: another value was there");
    EXPECT_EQ(history.calls[0].revision, 4U);
    EXPECT_EQ(words(history.calls[1]), "read of \"r\", told nil");
    EXPECT_EQ(words(history.calls[2]), "write -3, outcome unknown");
    EXPECT_EQ(history.lines.front(), 2U);
    const History texts = of_json(R"({"process":0,"type":"invoke","f":"put","key":"k","value":"a"}
{"process":0,"type":"ok","f":"put","key":"k","after":"a"}
{"process":0,"type":"invoke","f":"append","key":"k","value":"b"}
{"process":0,"type":"ok","f":"append","key":"k","value":"b","after":"ab"})",
                                  kv());
    EXPECT_EQ(texts.calls[1].response.told, "ab");
}

/// Goal: what is no event is refused.
/// Method: one mistake at a time.
TEST(JsonLines, AreRefusedWithTheirLine) {
    const auto refused = [](const std::string& fields) {
        return refusal("{\"process\":0," + fields + "}", kv());
    };
    EXPECT_EQ(refusal("{\"process\":0", kv()).substr(0, 19), "1: no JSON object (");
    EXPECT_EQ(refusal("{}", kv()), "1: no \"process\"; write its number");
    EXPECT_EQ(refusal(R"({"process":-1})", kv()), "1: no \"process\"; write its number");
    EXPECT_EQ(refused(R"("type":"done")"),
              "1: no \"type\"; write \"invoke\", \"ok\", \"fail\" or \"info\"");
    EXPECT_EQ(refused(R"("type":"ok","f":"swap")"),
              "1: no \"f\"; write \"read\", \"write\", \"cas\", \"get\", \"put\" or \"append\"");
    EXPECT_EQ(refused(R"("type":"invoke","f":"get")"), "1: no \"key\"; write a text");
    EXPECT_EQ(refused(R"("type":"ok","f":"get","key":1)"), "1: no \"key\"; write a text");
    EXPECT_EQ(refused(R"("type":"ok","f":"get")"), "1: no \"value\"; write one");
    EXPECT_EQ(refused(R"("type":"ok","f":"get","key":"k","value":3)"),
              "1: \"value\" is not what a get can be told; write a text");
    EXPECT_EQ(refused(R"("type":"invoke","f":"get","key":"k","value":"x")"),
              "1: only an answer \"ok\" has read something; write \"value\":null, or none");
    EXPECT_EQ(refused(R"("type":"invoke","f":"put","key":"k","value":null)"),
              "1: no such \"value\"; write a text");
    EXPECT_EQ(refused(R"("type":"invoke","f":"cas","value":[1])"),
              "1: \"value\" of a cas; write [1,2], what to expect and what to store");
    EXPECT_EQ(refused(R"("type":"invoke","f":"put","key":"k","value":"x","after":"x")"),
              "1: only a put or append that is ok has an \"after\"; leave it out");
    EXPECT_EQ(refused(R"("type":"invoke","f":"put","key":"k","value":"x","revision":1)"),
              "1: no such \"revision\"; give an answer a whole number, or leave it out");
    EXPECT_EQ(refused(R"("type":"invoke","f":"put","key":"k","value":"x","time":1)"),
              "1: no field \"time\"; leave it out");
    EXPECT_EQ(refusal("nonsense", kv()),
              "1: no event of a history; a line begins with INFO, {: or {\"");
}

/// Goal: what is no UTF-8 is refused: no report could say it.
/// Method: letters of each length in a text; cut off, written too long, half a pair, beyond the
/// end.
TEST(Formats, AreUtf8) {
    const auto put = [](const std::string& text) {
        return refusal("{:process 0 :type :invoke :f :put :key \"k\" :value \"" + text + "\"}",
                       kv());
    };
    for (const char* const fine : {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x7F"}) {
        EXPECT_EQ(put(fine), "read");
    }
    for (const char* const bad : {"\xC3", "\x80", "\xC0\x80", "\xE0\x9F\xBF", "\xED\xA0\x80",
                                  "\xF4\x90\x80\x80", "\xF0\x8F\xBF\xBF", "\xFF"}) {
        EXPECT_EQ(put(bad), "1: no UTF-8; write its bytes some other way");
    }
}

/// Goal: a history without events is one, and linearizable.
/// Method: nothing, and blank lines.
TEST(Formats, ReadNothing) {
    for (const char* const text : {"", "\n", "  \n\r\n"}) {
        const auto history = read_history(text, cas_register());
        ASSERT_TRUE(history);
        EXPECT_TRUE(history->calls.empty());
        EXPECT_TRUE(linearizable(*history, cas_register()));
    }
}

/// Goal: what is written is read back as it was.
/// Method: all recorded histories; of those with unknown outcomes, the calls.
TEST(JsonLines, AreWrittenAsTheyAreRead) {
    for (const Recorded& each : recorded()) {
        const std::string text = traces::jsonl::write(each.history);
        const auto again = read_history(text, *each.model);
        ASSERT_TRUE(again) << each.file << ":" << again.error().line << ": " << again.error().what;
        ASSERT_EQ(again->calls.size(), each.history.calls.size());
        for (std::size_t i = 0; i < again->calls.size(); ++i) {
            Call call = again->calls[i];
            call.interval = each.history.calls[i].interval;
            EXPECT_EQ(call, each.history.calls[i]) << each.file;
        }
        EXPECT_EQ(traces::jsonl::write(*again), text) << each.file;
        EXPECT_EQ(linearizable(*again, *each.model), each.linearizable) << each.file;
    }
}

/// Goal: any text can be a key or a value.
/// Method: random ones, control characters and quotation marks included, there and back.
RC_GTEST_PROP(JsonLinesProperty, KeepAnyText, ()) {
    const auto text = [] {
        return *rc::gen::container<std::string>(rc::gen::inRange<char>('\x01', '\x7f'));
    };
    History history;
    Call& call = history.calls.emplace_back();
    call.operation = {.function = Function::Append, .key = text(), .value = text(), .expected = ""};
    call.interval = {1, 2};
    call.response = {.status = Status::Ok, .told = text()};
    history.events = 2;
    history.lines = {1, 2};
    const auto again = read_history(traces::jsonl::write(history), kv());
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == history);
}

}  // namespace
}  // namespace decree::history::test
