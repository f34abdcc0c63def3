/// Files, directories, revisions and compare-and-set: what doozer.md says of the model, fact by
/// fact.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

std::string error_of(const CommandAnswer& answer) { return std::string(code_name(answer.code)); }

/// Goal: a directory exists exactly as long as something is below it, however deep.
/// Method: make a deep file, delete it; the parents go at the same revision.
TEST(Files, DirectoriesComeAndGoWithWhatIsBelow) {
    SmallStore store;
    store.set("/d/e/f", 0, "x");
    store.set("/d/g", 0, "y");
    EXPECT_EQ(store.revision_of("/d"), directory_revision);
    store.del("/d/e/f", -1);
    EXPECT_EQ(store.revision_of("/d/e"), missing);
    EXPECT_EQ(store.revision_of("/d"), directory_revision);
    store.del("/d/g", -1);
    EXPECT_EQ(store.revision_of("/d"), missing);
    EXPECT_EQ(store.ask(GetDir{"/", 0, {}, 1}).code, Code::Range);
}

/// Goal: a name may be a file at one revision and a directory later.
/// Method: make both of it, one after the other, and read both revisions.
TEST(Files, ANameMayBecomeADirectory) {
    SmallStore store;
    store.set("/n", 0, "file");
    store.del("/n", -1);
    store.set("/n/below", 0, "x");
    EXPECT_EQ(store.get("/n"), "ISDIR");
    EXPECT_EQ(store.get("/n", Revision{1}), "file");
}

/// Goal: the root is always a directory.
/// Method: look at it in the empty store, and try to write it.
TEST(Files, TheRootIsADirectory) {
    SmallStore store;
    EXPECT_EQ(store.revision_of("/"), directory_revision);
    EXPECT_EQ(store.get("/"), "ISDIR");
    EXPECT_EQ(error_of(store.set("/", -1, "x")), "ISDIR");
    EXPECT_EQ(error_of(store.del("/", -1)), "ISDIR");
}

/// Goal: compare-and-set compares as Doozer does: on a missing file, a file of revision 3 and a
/// directory, with every kind of revision.
/// Method: its table, for SET and for DEL.
TEST(Files, CompareAndSetInDoozersOrder) {
    struct Row {
        std::int64_t given;
        const char* missing;
        const char* file;
        const char* directory;
    };
    const std::vector<Row> rows = {
        {-100, "REV_MISMATCH", "REV_MISMATCH", "REV_MISMATCH"},
        {-3, "REV_MISMATCH", "REV_MISMATCH", "REV_MISMATCH"},
        {-2, "REV_MISMATCH", "REV_MISMATCH", "ISDIR"},
        {-1, "", "", "ISDIR"},
        {0, "", "REV_MISMATCH", "ISDIR"},
        {2, "", "REV_MISMATCH", "ISDIR"},
        {3, "", "", "ISDIR"},
        {4, "", "", "ISDIR"},
        {std::int64_t{1} << 62U, "", "", "ISDIR"},
    };
    for (const Row& row : rows) {
        const auto fresh = [] {
            SmallStore store;
            store.nop();
            store.set("/d/x", 0, "x");
            store.set("/f", 0, "x");
            return store;
        };
        EXPECT_EQ(error_of(fresh().set("/m", row.given, "y")), row.missing) << row.given;
        EXPECT_EQ(error_of(fresh().set("/f", row.given, "y")), row.file) << row.given;
        EXPECT_EQ(error_of(fresh().set("/d", row.given, "y")), row.directory) << row.given;
        EXPECT_EQ(error_of(fresh().del("/m", row.given)), row.missing) << row.given;
        EXPECT_EQ(error_of(fresh().del("/f", row.given)), row.file) << row.given;
        EXPECT_EQ(error_of(fresh().del("/d", row.given)), row.directory) << row.given;
    }
}

/// Goal: SET below a file is NOTDIR before anything is compared.
/// Method: with a revision that would not match, either.
TEST(Files, SetBelowAFileIsNotDir) {
    SmallStore store;
    store.set("/f", 0, "x");
    EXPECT_EQ(error_of(store.set("/f/a", -5, "y")), "NOTDIR");
    EXPECT_EQ(error_of(store.set("/f/a/b", -1, "y")), "NOTDIR");
    EXPECT_EQ(store.get("/ctl/err"), "not a directory");
}

/// Goal: the defect "DEL below a file deletes that file" is not here: what is below a file is
/// missing, so deleting it succeeds, is an event of its own, and touches no other file.
/// Method: delete below a file; with a revision of -2 it is a mismatch, as for what is missing.
TEST(Files, DefectDeletingBelowAFileDeletesNothing) {
    SmallStore store;
    store.set("/f", 0, "x");
    EXPECT_EQ(store.del("/f/a", 0).code, Code::Ok);
    EXPECT_EQ(store.get("/f"), "x");
    EXPECT_EQ(store.event(2).kind, EventKind::Del);
    EXPECT_EQ(store.event(2).path, "/f/a");
    EXPECT_EQ(store.del("/f/a", -2).code, Code::RevMismatch);
}

/// Goal: the defect "an empty path kills the server" is not here: it is missing like any bad path.
/// Method: ask for it in each way.
TEST(Files, DefectAnEmptyPathIsMissing) {
    SmallStore store;
    store.set("/a", 0, "x");
    EXPECT_EQ(store.get(""), "(missing)");
    EXPECT_EQ(store.revision_of(""), missing);
    EXPECT_EQ(store.ask(GetDir{"", 0, {}, 1}).code, Code::NoEnt);
    EXPECT_EQ(store.set("", -1, "x").code, Code::BadPath);
}

/// Goal: GET and GETDIR drop a path's first byte unread; STAT calls what is no path missing.
/// Method: the examples of doozer.md.
TEST(Files, ReadsNeverSayBadPath) {
    SmallStore store;
    store.set("/ctl/name", 0, "local");
    EXPECT_EQ(store.get("xctl/name"), "local");
    EXPECT_EQ(store.revision_of("xctl/name"), missing);
    for (const char* path : {"/ctl/", "//ctl", "ctl/name", "/_"}) {
        EXPECT_EQ(store.get(path), "(missing)") << path;
        EXPECT_EQ(store.ask(GetDir{path, 0, {}, 1}).code, Code::NoEnt) << path;
    }
    EXPECT_EQ(store.ask(GetDir{"xctl", 0, {}, 1}).entries.at(0).path, "name");
}

/// Goal: everything that goes through the log takes exactly one revision, also what is refused;
/// what is refused before takes none.
/// Method: one of each, and look at the store's revision.
TEST(Files, EachWriteTakesOneRevision) {
    SmallStore store;
    const auto takes = [&](const StoreCommand& command) {
        const std::int64_t before = store.revision();
        static_cast<void>(store.run(command));
        return store.revision() - before;
    };
    EXPECT_EQ(takes(Set{"/d/a", Revision{0}, text("x"), {}}), 1);
    EXPECT_EQ(takes(Set{"/d/a", Revision{0}, text("y"), {}}), 1);
    EXPECT_EQ(takes(Set{"/d", clobber, text("y"), {}}), 1);
    EXPECT_EQ(takes(Set{"/d/a/b", clobber, text("y"), {}}), 1);
    EXPECT_EQ(takes(Del{"/missing", Revision{0}}), 1);
    EXPECT_EQ(takes(Del{"/d/a", Revision{0}}), 1);
    EXPECT_EQ(takes(Del{"/d/a", clobber}), 1);
    EXPECT_EQ(takes(Nop{}), 1);
    EXPECT_EQ(takes(Set{"/bad_path", clobber, text("y"), {}}), 0);
    EXPECT_EQ(takes(Del{"bad", clobber}), 0);
    EXPECT_EQ(takes(KeepAlive{SessionId{9}}), 0);
    EXPECT_EQ(takes(OpenSession{1'000'000}), 0);
    store.idle(5);
    EXPECT_EQ(store.revision(), 8);
}

/// Goal: a refused write touches no file but /ctl/err, which says why, at that revision.
/// Method: each reason; the event is a set of /ctl/err.
TEST(Files, RefusalsShowInCtlErr) {
    SmallStore store;
    store.set("/d/a", 0, "x");
    store.set("/d/a", 0, "y");
    EXPECT_EQ(store.get("/ctl/err"), "rev mismatch");
    EXPECT_EQ(store.get("/d/a"), "x");
    EXPECT_EQ(store.event(2).path, "/ctl/err");
    EXPECT_EQ(store.event(2).kind, EventKind::Set);
    store.set("/d", -1, "y");
    EXPECT_EQ(store.get("/ctl/err"), "is a directory");
    store.del("/d", -1);
    EXPECT_EQ(store.revision_of("/ctl/err"), Revision{4});
}

/// Goal: also where /ctl/err cannot be a file, a refused write takes its revision.
/// Method: make /ctl a file, or /ctl/err a directory: the revision is then a no-op.
TEST(Files, RefusalsAreNoopsWhereCtlErrCannotBe) {
    SmallStore file;
    file.set("/ctl", 0, "a file");
    EXPECT_EQ(file.set("/a", -2, "x").code, Code::RevMismatch);
    EXPECT_EQ(file.event(2).kind, EventKind::Nop);
    EXPECT_EQ(file.event(2).path, "/");
    SmallStore directory;
    directory.set("/ctl/err/x", 0, "in the way");
    EXPECT_EQ(directory.set("/a", -2, "x").code, Code::RevMismatch);
    EXPECT_EQ(directory.event(2).kind, EventKind::Nop);
}

/// Goal: DEL of what is missing succeeds and is seen as a deletion.
/// Method: delete it, and look at the event.
TEST(Files, DeletingWhatIsMissingIsAnEvent) {
    SmallStore store;
    EXPECT_EQ(store.del("/nope", 0).code, Code::Ok);
    EXPECT_EQ(store.event(1).kind, EventKind::Del);
    EXPECT_EQ(store.event(1).path, "/nope");
    EXPECT_EQ(event_flags(EventKind::Del), 8U);
    EXPECT_EQ(event_flags(EventKind::Set), 4U);
    EXPECT_EQ(event_flags(EventKind::Nop), 0U);
}

/// Goal: values are bytes, any and none.
/// Method: an empty and a binary one.
TEST(Files, ValuesAreBytes) {
    SmallStore store;
    const std::string binary("\0\xff\x80\n", 4);
    store.set("/b", 0, binary);
    store.set("/e", 0, "");
    EXPECT_EQ(store.get("/b"), binary);
    EXPECT_EQ(store.get("/e"), "");
    EXPECT_EQ(store.ask(Stat{"/b", {}}).entries.at(0).length, 4U);
    EXPECT_EQ(store.ask(Stat{"/", {}}).entries.at(0).length, 2U);
}

/// Goal: a walk goes depth first, each directory by the bytes of its names, and yields files only.
/// Method: names around the slash in byte order.
TEST(Files, WalkGoesDepthFirst) {
    SmallStore store;
    for (const char* path : {"/a.c", "/a-b", "/a/z", "/a/b/c", "/Z", "/b"}) store.set(path, 0, "x");
    std::vector<std::string> walked;
    for (const Entry& entry : store.ask(Walk{"/**", 0, {}, 100}).entries) {
        walked.push_back(entry.path);
    }
    const std::vector<std::string> wanted = {"/Z", "/a/b/c", "/a/z", "/a-b", "/a.c", "/b"};
    EXPECT_EQ(walked, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto offset = static_cast<std::int64_t>(i);
        EXPECT_EQ(store.ask(Walk{"/**", offset, {}, 1}).entries.at(0).path, wanted[i]);
    }
    EXPECT_EQ(store.ask(Walk{"/**", 6, {}, 1}).code, Code::Range);
    EXPECT_EQ(store.ask(Walk{"/a", 0, {}, 1}).code, Code::Range);
    EXPECT_EQ(store.ask(Walk{"/a", -1, {}, 1}).code, Code::Range);
}

/// Goal: an offset is found also where whole subtrees lie before it, and are passed over.
/// Method: directories of one to four files, each also holding a directory; every offset, with a
/// glob that takes all of some directories and one that takes all.
TEST(Files, WalkByOffsetPassesSubtreesOver) {
    SmallStore store;
    std::vector<std::string> paths;
    for (int directory = 1; directory <= 4; ++directory) {
        for (int file = 0; file < directory; ++file) {
            const std::string at = "/" + std::to_string(directory) + "/" + std::to_string(file);
            paths.push_back(file == 1 ? at + "/deep" : at);
            store.set(paths.back(), 0, "x");
        }
    }
    for (const char* glob : {"/*/**", "/**"}) {
        for (std::size_t i = 0; i < paths.size(); ++i) {
            const auto answer = store.ask(Walk{glob, static_cast<std::int64_t>(i), {}, 1});
            ASSERT_EQ(answer.code, Code::Ok) << glob << " " << i;
            EXPECT_EQ(answer.entries.at(0).path, paths[i]) << glob << " " << i;
        }
        const auto end = static_cast<std::int64_t>(paths.size());
        EXPECT_EQ(store.ask(Walk{glob, end, {}, 1}).code, Code::Range) << glob;
    }
}

/// Goal: errors have Doozer's numbers and names.
/// Method: all of them.
TEST(Files, ErrorsAreDoozers) {
    const auto error = [](Code code) {
        return std::to_string(code_number(code)) + std::string(code_name(code));
    };
    EXPECT_EQ(error(Code::TooLate), "4TOO_LATE");
    EXPECT_EQ(error(Code::RevMismatch), "5REV_MISMATCH");
    EXPECT_EQ(error(Code::BadPath), "6BAD_PATH");
    EXPECT_EQ(error(Code::Range), "8RANGE");
    EXPECT_EQ(error(Code::NotDir), "20NOTDIR");
    EXPECT_EQ(error(Code::IsDir), "21ISDIR");
    EXPECT_EQ(error(Code::NoEnt), "22NOENT");
    EXPECT_EQ(error(Code::Other), "127OTHER");
    EXPECT_EQ(error(Code::Ok), "0");
    EXPECT_EQ(error(Code::NotYet), "0");
}

/// Goal: a cluster that is founded with wide names takes them, and keeps to that.
/// Method: set one, here and there; try to change it.
TEST(Files, NamesAreFixedForLife) {
    StoreSettings settings;
    EXPECT_EQ(SmallStore(settings).set("/a_b:c", 0, "x").code, Code::BadPath);
    settings.names = Names::Wide;
    SmallStore wide(settings);
    EXPECT_EQ(wide.set("/a_b:c", 0, "x").code, Code::Ok);
    EXPECT_EQ(wide.ask(Walk{"/a_*", 0, {}, 1}).entries.at(0).path, "/a_b:c");
    const CommandAnswer answer = wide.run(Configure{StoreSettings{}});
    EXPECT_EQ(answer.detail, "names are fixed for the cluster's life");
}

}  // namespace
}  // namespace decree::store
