#pragma once

#include <optional>
#include <string>

#include "props/ghost/store_ghost.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// Fencing: no two holders of a lock have the same token, and tokens grow from holder to holder; so
/// that whoever is guarded by the lock, and refuses a token lower than one it has seen, lets in
/// only the latest. Burrows, The Chubby lock service (2006), 2.4. `before`: the last one given.
[[nodiscard]] std::optional<Violation> token_fences(const std::string& path, const Token* before,
                                                    const Token& given);

/// ... as the guarded one sees it: what it once let in under a later token it never mixes with the
/// holder of an earlier one. Whoever is let in makes itself known.
class Guarded {
public:
    /// Whether `with` is let in: its token is not lower than one that was seen.
    [[nodiscard]] bool lets_in(const Token& with);
    /// Set when two holders came with one token.
    [[nodiscard]] const std::optional<Token>& intruder() const { return intruder_; }

private:
    Token highest_;
    std::optional<Token> intruder_;
};

/// ... told of a lock whose guard let in two.
[[nodiscard]] Violation two_holders(const std::string& path, const Token& intruder);

}  // namespace decree::props
