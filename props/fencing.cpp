#include "props/fencing.hpp"

#include "props/words.hpp"

namespace decree::props {

namespace {
constexpr std::string_view fencing_property = "Fencing";
}  // namespace

std::optional<Violation> token_fences(const std::string& path, const Token* before,
                                      const Token& given) {
    if (before == nullptr || before->token < given.token) return std::nullopt;
    if (before->token == given.token && before->holder == given.holder) return std::nullopt;
    return violated(fencing_property, "Token",
                    words("session ", given.holder, " is given token ", given.token, " of ", path,
                          ", after session ", before->holder, " had ", before->token));
}

bool Guarded::lets_in(const Token& with) {
    if (with.token < highest_.token) return false;
    const bool same = with.token == highest_.token;
    if (same && with.holder != highest_.holder) intruder_ = with;
    highest_ = with;
    return true;
}

Violation two_holders(const std::string& path, const Token& intruder) {
    return violated(fencing_property, "TwoHolders",
                    words("what ", path, " guards let in session ", intruder.holder, " with token ",
                          intruder.token, ", which another one had"));
}

}  // namespace decree::props
