#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "traces/render/about.hpp"
#include "traces/render/book.hpp"
#include "traces/render/changes.hpp"
#include "traces/render/hand.hpp"
#include "traces/render/ledger.hpp"
#include "traces/render/words.hpp"
#include "traces/replay.hpp"

namespace decree::traces {

/// One event in words.
struct Told {
    Moment moment;
    NodeId node;           ///< 0: the world itself.
    bool elsewhere{};      ///< It concerns other slots than those asked for.
    std::string sentence;  ///< With its full stop, without number and time.
    /// The numbers of the events that led to it: the one that caused it, if one did; then, where a
    /// value becomes chosen, those of the votes.
    std::vector<std::uint64_t> causes;
    /// By hand: it is this line of the scenario, and what follows comes of it.
    std::optional<HandLine> line;
    bool quiet{};  ///< Nobody could ever notice it: a disk has what mattered to no one.
};

/// Tells each event as it comes. Every teller of runs is made of this one.
class Narrator final : public Visitor {
public:
    /// `tell` is called once an event, in order. `slots`: of other slots nothing is said.
    Narrator(const Trace& trace, std::function<void(const Told&)> tell, Slots slots = {});

    void started(const Moment& moment, const Recovered& disk, const Node& node) override;
    void before(const Moment&, const Step&, const Event&, const Node& node) override {
        before_ = standing_of(node);
    }
    void stepped(const Moment& moment, const Step& step, const Event& event, const Node& after,
                 const Effects& effects, MessageId first) override;
    void broke(const Moment& moment, const Step& step, const Event& event,
               const std::string& why) override;
    void crashed(const Moment& moment, NodeId node) override;
    void noted(const Moment& moment, const Note& note) override;
    void violated(const Moment& moment, const props::Violation& violation) override;

private:
    [[nodiscard]] std::string question(NodeId node, std::uint64_t tag);
    [[nodiscard]] std::string cause(const Step& step, const Event& event);
    [[nodiscard]] std::string choices(const std::vector<Choice>& chosen);
    void tell(const Moment& moment, NodeId node, bool elsewhere, const std::string& sentence);

    std::function<void(const Told&)> tell_;
    Book book_;
    VoteLedger ledger_;
    Questions questions_;
    const bool by_hand_;
    const Slots slots_;
    Standing before_;
    std::optional<HandLine> line_;     // Of the event that is being told.
    std::optional<std::uint64_t> at_;  // By hand: the number of the latest line's event.
    std::vector<std::uint64_t> causes_;
    bool quiet_ = false;
};

}  // namespace decree::traces
