#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/store/glob.hpp"
#include "props/ghost/store_model.hpp"

namespace decree::store {
namespace {

// Few letters, many slashes and stars: matches are common.
rc::Gen<std::string> made_of(const std::string& letters) {
    return rc::gen::map(
        rc::gen::scale(0.12,
                       rc::gen::container<std::vector<std::string>>(rc::gen::map(
                           rc::gen::elementOf(letters), [](char c) { return std::string(1, c); }))),
        [](const std::vector<std::string>& parts) {
            std::string joined = "/";
            for (const std::string& part : parts) joined += part;
            return joined;
        });
}

/// Goal: a glob matches what it matches when everything a star may take is tried.
/// Method: compare with a naive matcher on random patterns and paths.
RC_GTEST_PROP(GlobProperty, MatchesLikeTheNaiveMatcher, ()) {
    const std::string pattern = *made_of("ab//**?");
    const auto glob = Glob::parse(pattern, Names::Doozer);
    RC_ASSERT(glob.has_value() == model::good_glob(pattern, Names::Doozer));
    RC_PRE(glob.has_value());
    for (int i = 0; i < 20; ++i) {
        const std::string path = *made_of("aab/");
        const bool wanted = model::matches(pattern, path);
        RC_LOG() << pattern << " " << path << "\n";
        RC_ASSERT(glob->matches(path) == wanted);
        RC_ASSERT(GlobState(*glob).after(path).accepts() == wanted);
        if (wanted) RC_ASSERT(path.starts_with(glob->literal_prefix()));
    }
}

/// Goal: a walk leaves nothing out: a state that is dead, accepts everything or knows the next name
/// is right about it.
/// Method: cut a path in two, and compare with the naive matcher on the whole.
RC_GTEST_PROP(GlobProperty, StatesAreRightAboutWhatMayFollow, ()) {
    const std::string pattern = *made_of("ab//**?");
    const auto glob = Glob::parse(pattern, Names::Doozer);
    RC_PRE(glob.has_value());
    for (int i = 0; i < 20; ++i) {
        const std::string begin = *made_of("aab/");
        const std::string end = *made_of("aab/");
        const GlobState state = GlobState(*glob).after(begin);
        const bool wanted = model::matches(pattern, begin + end);
        RC_LOG() << pattern << " " << begin << " " << end << "\n";
        if (state.dead()) RC_ASSERT(!wanted);
        if (state.accepts_all()) RC_ASSERT(wanted);
        if (const auto name = state.only_name(); name && wanted) {
            RC_ASSERT(model::split(end).front() == *name);
        }
    }
}

}  // namespace
}  // namespace decree::store
