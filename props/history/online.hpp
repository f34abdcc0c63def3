#pragma once

/// The same check inside a run, call by call.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "props/history/history.hpp"
#include "props/history/model.hpp"
#include "props/history/search.hpp"

namespace decree::history {

/// Is fed with calls as they happen. Whenever nobody is open any more who may still be told
/// something, the search goes on to there, keeps the configurations that it can end in, and forgets
/// the calls. Where calls overlap all the time it goes on to the invocation of the oldest one that
/// is open. So what is kept are the calls since then, and those of unknown outcome, which stay open
/// for ever.
class Online {
public:
    explicit Online(const Model& model, const Limits& limits = {});

    /// Names a call.
    using CallNumber = std::uint64_t;
    CallNumber invoked(Operation operation);
    void returned(CallNumber call, Response response);
    /// Nobody will ever be told what became of it.
    void given_up(CallNumber call);

    /// Linearizable: as far as is known. What is not, or was too hard, stays so.
    [[nodiscard]] Verdict verdict() const { return verdict_; }
    /// The call of which no order can have been told what it was, when there is one.
    [[nodiscard]] const std::optional<Call>& violation() const { return violation_; }

    /// Calls that are kept, and configurations.
    [[nodiscard]] std::size_t calls_kept() const;
    [[nodiscard]] std::size_t configurations_kept() const;

private:
    struct Kept {
        CallNumber number{};
        bool resolved{};  // Returned, or given up.
        Call call;
    };
    // One object, as far as the search went.
    struct Object {
        std::vector<Kept> calls;  // By invocation. Those open where the search stands come first.
        std::vector<Configuration> starts = {{}};
        std::size_t unresolved = 0;
        std::size_t returns = 0;   // That the search has not come to.
        std::size_t go_on_at = 0;  // When they are so many it goes on, though calls are open.
    };

    [[nodiscard]] Object& object_of(CallNumber call);
    [[nodiscard]] Kept& kept(Object& object, CallNumber call) const;
    void resolve(Object& object, Kept& kept);
    void go_on(Object& object);
    void forget(Object& object, Moment until, const std::vector<Configuration>& ends) const;

    const Model* model_;
    Limits limits_;
    Verdict verdict_ = Verdict::Linearizable;
    std::optional<Call> violation_;
    Moment now_ = 0;
    CallNumber calls_ = 0;
    std::map<std::string, Object> objects_;
    std::map<CallNumber, std::string> open_;  // Of each unresolved call, its key.
};

}  // namespace decree::history
