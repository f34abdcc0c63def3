#include "sim/runner.hpp"

#include <exception>
#include <string>
#include <typeinfo>
#include <utility>

#include <fmt/format.h>

#include "core/contract.hpp"

namespace decree::sim {

namespace {

RunResult thrown(std::string property, const std::string& details, std::string signature) {
    RunResult result;
    result.statistics.runs = 1;
    result.violation = props::Violation{std::move(property), details, std::move(signature)};
    return result;
}

// The words of a contract's message that are the same in every run.
std::string without_digits(std::string text) {
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text;
}

}  // namespace

RunResult run_safely(const Runner& runner, Choices& choices, const RunOptions& options) {
    try {
        return runner(choices, options);
    } catch (const ContractViolation& broken) {
        return thrown("Contract", broken.what(), "Contract: " + without_digits(broken.what()));
    } catch (const std::exception& error) {
        return thrown("NoException", error.what(),
                      std::string("NoException: ") + typeid(error).name());
    }
}

RunResult run_twice(const Runner& runner, const std::function<Choices()>& choices,
                    const RunOptions& options) {
    Choices first_time = choices();
    RunResult first = run_safely(runner, first_time, options);
    if (first.violation) return first;
    Choices second_time = choices();
    const RunResult second = run_safely(runner, second_time, options);
    if (second.digest != first.digest || second.violation) {
        first.violation = props::Violation{
            determinism,
            fmt::format("the same choices ended with the digests {:016x} and {:016x}", first.digest,
                        second.digest),
            determinism};
    }
    return first;
}

}  // namespace decree::sim
