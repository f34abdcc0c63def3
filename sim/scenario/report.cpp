#include "sim/scenario/report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "sim/commands.hpp"

namespace decree::sim::scenario {

namespace {

std::string count_words(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string_view ending_name(Ending ending) {
    switch (ending) {
    case Ending::Passed:
        return "passed";
    case Ending::Failed:
        return "failed";
    case Ending::Impossible:
        return "impossible";
    }
    return "";
}

}  // namespace

int status_of(const Report& report) {
    switch (report.ending) {
    case Ending::Passed:
        return fine;
    case Ending::Failed:
        return does_not_hold;
    case Ending::Impossible:
        return wrong_usage;
    }
    return wrong_usage;
}

std::string place_of(const Report& report, const std::string& file) {
    return report.line == 0 ? file : fmt::format("{}:{}", file, report.line);
}

std::string say(const Report& report, const Scenario& scenario, const std::string& file) {
    std::string text;
    if (report.ending != Ending::Passed) {
        text = fmt::format("{}: {}\n", place_of(report, file), report.why);
    }
    const std::string title = scenario.title.empty() ? "" : " (" + scenario.title + ")";
    text +=
        fmt::format("{}{}: {}: {}, {}", file, title, ending_name(report.ending),
                    count_words(report.done, "line"), count_words(report.expected, "expectation"));
    if (report.skipped > 0) {
        text += fmt::format(", {} skipped that cannot happen", count_words(report.skipped, "line"));
    }
    text += '\n';
    if (!report.judged) {
        text += fmt::format("  not planted: {}; only properties are judged\n",
                            *scenario.setup.needs_mutant);
    }
    for (const props::Violation& violation : report.violations) {
        text += fmt::format("  {}violation of {}: {}\n",
                            scenario.setup.expect_violation && report.judged ? "expected " : "",
                            violation.property, violation.details);
    }
    return text;
}

std::string to_json(const Report& report, const Scenario& scenario, const std::string& file) {
    namespace json = boost::json;
    json::array violations;
    for (const props::Violation& violation : report.violations) {
        violations.push_back(json::object{{"property", violation.property},
                                          {"details", violation.details},
                                          {"signature", violation.signature}});
    }
    const json::object all = {
        {"scenario", file},
        {"title", scenario.title},
        {"timed", scenario.is_timed()},
        {"ending", ending_name(report.ending)},
        {"line", report.line == 0 ? json::value(nullptr) : json::value(report.line)},
        {"why", report.why},
        {"judged", report.judged},
        {"lines", report.done},
        {"expectations", report.expected},
        {"skipped", report.skipped},
        {"violations", std::move(violations)},
        {"digest", fmt::format("{:016x}", report.digest)},
    };
    return json::serialize(all) + '\n';
}

}  // namespace decree::sim::scenario
