#pragma once

/// The store that the chosen log makes, by its dumb twin, and when it was in which state.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/store/command_log.hpp"
#include "core/store/store.hpp"
#include "props/ghost/store_model.hpp"

namespace decree::props {

/// What can be read after a slot.
struct Retained {
    store::Revision first{1};
    store::Revision last;
};

/// A lock as it was last acquired.
struct Token {
    store::Revision token;
    store::SessionId holder;
};

/// A session's last sign of life that was executed.
struct SignOfLife {
    std::uint64_t ttl_us{};
    Time proposed;  ///< By the world's time: when the slot in which it stands was.
};

class StoreGhost {
public:
    /// `fresh`: nothing is applied to it yet.
    StoreGhost(const Settings& cluster, const store::Store& fresh);

    /// The next slot begins: sessions whose end is reached are over. Returns those.
    std::vector<store::SessionId> begin_slot(ClusterTime stamp, Time proposed);
    /// Whether that changed anything that can be read.
    [[nodiscard]] bool slot_changed() const { return slot_changed_; }
    /// Executes a command, and says what it is to be answered. Nothing: the bytes are no command,
    /// and any words will do.
    [[nodiscard]] std::optional<store::CommandAnswer> execute(Bytes payload);
    /// The effects so far are those of the first `position` commands.
    void placed(std::uint64_t position);
    void end_slot();

    [[nodiscard]] const store::model::Model& model() const { return model_; }
    [[nodiscard]] Slot through() const { return Slot{retained_.size() - 1}; }
    /// REQUIRES: slot <= through().
    [[nodiscard]] const Retained& after(Slot slot) const { return retained_[slot.value]; }
    /// The store's revision after the first `position` commands.
    [[nodiscard]] store::Revision revision_after(std::uint64_t position) const {
        return revisions_[position];
    }
    /// What a question about the present is answered after the first `position` commands.
    [[nodiscard]] store::QueryAnswer answer_after(std::uint64_t position,
                                                  const store::StoreQuery& question) const;

    /// Nullptr: none was executed, or the session is over.
    [[nodiscard]] const SignOfLife* last_sign(store::SessionId session) const;
    /// Of the lock at `path` before the last command. Nullptr: it was never acquired.
    [[nodiscard]] const Token* token(const std::string& path) const;
    void acquired(const std::string& path, const Token& token) { tokens_[path] = token; }

    /// The change of voters that a leader's command makes, if it is one: it was made for a state
    /// in which `voters` vote.
    [[nodiscard]] std::optional<ChangeSeat> seat_in(Bytes payload, const Voters& voters) const;

private:
    store::model::Model model_;
    std::vector<Retained> retained_;          // After slot 0, 1, ...
    std::vector<store::Revision> revisions_;  // After 0, 1, ... commands.
    std::map<store::SessionId, SignOfLife> signs_;
    // Of each session: its end, from a position on; 0: it is over.
    std::map<std::uint64_t, std::map<std::uint64_t, ClusterTime>> ends_;
    std::map<std::string, Token> tokens_;
    Time proposed_;
    bool slot_changed_ = false;
};

}  // namespace decree::props
