/// What clients are told of what the store answers.

#include "net/verbs.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "net/frames.hpp"

namespace decree::net::tests {
namespace {

store::QueryAnswer found(store::Entry entry) {
    store::QueryAnswer answer;
    answer.code = store::Code::Ok;
    answer.entries.push_back(std::move(entry));
    return answer;
}

/// Goal: GET and STAT say to whom a file belongs, and to any other question, or of any other file,
/// nothing is answered that Doozer's clients do not know.
/// Method: a file of nobody, of a session, and a lock, by each verb that reads files.
TEST(Answers, SayWhoseAFileIs) {
    store::Entry entry;
    entry.path = "/a";
    entry.revision = store::Revision{7};
    entry.value = Value(as_bytes(std::string("value")));
    entry.length = 5;
    Response stat;
    stat.rev = 7;
    stat.len = 5;
    Response get;
    get.rev = 7;
    get.value = "value";
    EXPECT_EQ(to_response(Verb::Stat, found(entry)), stat);
    EXPECT_EQ(to_response(Verb::Get, found(entry)), get);
    const Response walk = to_response(Verb::Walk, found(entry));
    for (const bool lock : {false, true}) {
        entry.session = store::SessionId{3};
        entry.lock = lock;
        stat.session = get.session = 3;
        stat.lock = get.lock = lock;
        EXPECT_EQ(to_response(Verb::Stat, found(entry)), stat);
        EXPECT_EQ(to_response(Verb::Get, found(entry)), get);
        EXPECT_EQ(to_response(Verb::Walk, found(entry)), walk);
        std::string frame;
        append_frame(stat, frame);
        EXPECT_EQ(decode_response(frame.substr(frame_head_bytes)), stat);
    }
}

}  // namespace
}  // namespace decree::net::tests
