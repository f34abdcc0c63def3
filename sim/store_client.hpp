#pragma once

/// What clients ask the store: few paths, so that they collide; revisions near those that are
/// there.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/store/command.hpp"
#include "core/store/query.hpp"
#include "core/store/settings.hpp"
#include "core/store/watch.hpp"
#include "props/fencing.hpp"
#include "props/ghost/store_model.hpp"
#include "sim/choices.hpp"
#include "sim/network.hpp"
#include "sim/random.hpp"

namespace decree::sim {

/// Small limits and little history, in many runs: what is beyond them must happen.
[[nodiscard]] store::StoreSettings draw_store_settings(Dice& dice);

[[nodiscard]] store::TakeLimits draw_take_limits(Dice& dice);

/// A question that one node answers of itself, or a watch there.
struct LocalAsk {
    static constexpr std::uint64_t none = ~std::uint64_t{0};

    std::uint64_t tag{};  ///< Unique in the run.
    ProcessIndex node = 0;
    std::optional<store::StoreQuery> question;  ///< Of a read.
    store::WatchRequest watch;                  ///< Else; `from` moves on with what is told.
    std::uint64_t more_at = none;               ///< When it has taken what it was told.
    std::uint64_t repeat_at{};                  ///< When it asks anew: the node may be gone.
};

/// What a client of the store remembers.
struct StoreMemory {
    std::map<std::string, store::Revision> seen;  ///< By path, as it was answered last.
    std::vector<store::SessionId> sessions;       ///< That it opened.
    std::map<std::string, props::Token> locks;    ///< That it was given.
    std::vector<LocalAsk> local;                  ///< What it waits for at single nodes.

    /// It was answered.
    void learn(const store::StoreCommand& command, const store::CommandAnswer& answer);
};

/// What one client asks. `known`: the store as the cluster chose it; clients that compare and set
/// would have read it. nullptr: nobody knows yet.
class StoreAsker {
public:
    StoreAsker(Dice& dice, const StoreMemory& memory, const store::StoreSettings& settings,
               const store::model::Model* known)
        : dice_(dice), memory_(memory), settings_(settings), known_(known) {}

    /// `text`: unique in the run, for values.
    [[nodiscard]] store::StoreCommand command(const std::string& text);
    /// About the present.
    [[nodiscard]] store::StoreQuery question();
    /// To one node: about a revision that is, was, or will be there, or about its own present.
    [[nodiscard]] store::StoreQuery local_question();
    [[nodiscard]] store::WatchRequest watch();
    [[nodiscard]] std::string path();

private:
    [[nodiscard]] store::StoreCommand transaction(const std::string& text);
    [[nodiscard]] store::StoreCommand session_command(const std::string& text);
    [[nodiscard]] store::StoreCommand lock_command(const std::string& text);
    [[nodiscard]] store::Configure configure();
    [[nodiscard]] store::Revision revision_for(const std::string& path);
    [[nodiscard]] store::Revision some_revision();
    [[nodiscard]] store::SessionId session();
    [[nodiscard]] std::string glob();
    [[nodiscard]] Value value(const std::string& text);

    Dice& dice_;
    const StoreMemory& memory_;
    const store::StoreSettings& settings_;
    const store::model::Model* known_;
};

/// The transaction after which `voters` hold the slots of /ctl/cal, and `free` more are free; nodes
/// of `known` make themselves known by it.
[[nodiscard]] store::Transact seat_all(const Voters& voters, std::uint32_t free,
                                       const std::vector<NodeId>& known);

/// A transaction about the slots of /ctl/cal that must be refused, whatever is there: no voter is
/// left, one node has two slots, or one that nobody knows has one. REQUIRES: slots were filled
/// once; there are no others than those of the numbers below `slots`.
[[nodiscard]] store::Transact seat_wrongly(Dice& dice, NodeId voter, std::uint32_t slots);

}  // namespace decree::sim
