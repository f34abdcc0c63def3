#pragma once

/// One connection's side of a protocol, for a generator of load that does not know it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/file.hpp"

namespace decree::net {

/// What is asked: a file is written whole, or read.
struct Question {
    std::uint32_t place{};  ///< Comes back in the answer; open questions have different ones.
    std::uint64_t key{};    ///< Which file.
    bool writes{};
};

struct TalkAnswer {
    std::uint32_t place{};
    std::string error;  ///< Empty: what was asked was done.
};

class Talk {
public:
    Talk() = default;
    Talk(const Talk&) = delete;
    Talk& operator=(const Talk&) = delete;
    virtual ~Talk() = default;

    /// What is said first, on a connection just made.
    virtual void begin(std::string& out) = 0;
    /// Appends the question to `out`, now or in a later call.
    virtual void ask(const Question& question, std::string& out) = 0;
    /// Takes in what came; what the protocol wants said goes to `out`. An error ends the
    /// connection.
    [[nodiscard]] virtual Done hear(std::string_view bytes, std::string& out,
                                    std::vector<TalkAnswer>& answers) = 0;
};

using TalkMaker = std::function<std::unique_ptr<Talk>()>;

}  // namespace decree::net
