#include "props/history/search.hpp"

#include <algorithm>
#include <compare>
#include <tuple>
#include <utility>

namespace decree::history {

namespace {

constexpr std::size_t word_bits = 64;
constexpr std::size_t words_for(std::uint32_t slots) { return (slots + word_bits - 1) / word_bits; }

bool has_bit(const std::vector<std::uint64_t>& words, std::uint32_t slot) {
    return (words[slot / word_bits] >> (slot % word_bits) & 1U) != 0;
}
void flip_bit(std::vector<std::uint64_t>& words, std::uint32_t slot) {
    words[slot / word_bits] ^= std::uint64_t{1} << (slot % word_bits);
}

// What a state takes in memory beside its text, about.
constexpr std::uint64_t state_overhead = 128;
// How often the watcher is asked.
constexpr std::uint64_t states_between_looks = 4096;

}  // namespace

Search::Search(const Timeline& timeline, const Model& model, const Limits& limits, Watcher* watcher)
    : timeline_(&timeline),
      model_(&model),
      limits_(limits),
      watcher_(watcher),
      open_(words_for(timeline.known_slots())),
      spent_(words_for(timeline.unknown_slots())),
      known_(timeline.known_slots(), Entry::none),
      unknown_(timeline.unknown_slots(), Entry::none),
      memo_(open_.size(), spent_.size()) {}

Verdict Search::run() {
    start_from({});
    return explore();
}

Verdict Search::run_to_all_ends(const std::vector<Configuration>& starts) {
    all_ends_ = true;
    for (const Configuration& start : starts) {
        start_from(start);
        const Verdict verdict = explore();
        if (verdict != Verdict::Linearizable && verdict != Verdict::NotLinearizable) return verdict;
    }
    drop_wasteful_ends();
    return found_end_ ? Verdict::Linearizable : Verdict::NotLinearizable;
}

void Search::start_from(const Configuration& start) {
    while (step_ > 0) back();
    std::ranges::fill(open_, 0U);
    std::ranges::fill(spent_, 0U);
    for (const std::uint32_t i : start.known) flip_bit(open_, timeline_->entry(i).slot);
    for (const std::uint32_t i : start.unknown) flip_bit(spent_, timeline_->entry(i).slot);
    trail_.clear();
    choices_.clear();
    enter(start.state);
}

// Depth first, with a stack of its own: histories are longer than the stack of a thread.
Verdict Search::explore() {
    arrive();
    while (!choices_.empty() && (all_ends_ || !found_end_)) {
        if (const auto ended = interrupted()) return *ended;
        undo(choices_.back());
        if (choose(choices_.back())) {
            arrive();
        } else {
            choices_.pop_back();
        }
    }
    return found_end_ ? Verdict::Linearizable : Verdict::NotLinearizable;
}

// A new configuration: goes on to where it leaves a choice, if that was not visited before.
void Search::arrive() {
    if (!reach_choice()) {
        found_end_ = true;
        if (all_ends_) keep_end();
        return;
    }
    furthest_ = std::max(furthest_, timeline_->steps()[step_].moment);
    if (hopeless() || !memo_.add(step_, state_, open_, spent_)) return;
    choices_.push_back({.step = step_, .state = state_, .candidate = 0, .trail = trail_.size()});
}

// Goes forward to the return of a call that has not taken effect. False: there is none.
bool Search::reach_choice() {
    const std::vector<Step>& steps = timeline_->steps();
    const auto waits = [&](const Step& step) {
        return step.returns && !taken(timeline_->entry(step.entry));
    };
    while (true) {
        while (step_ < steps.size() && !waits(steps[step_])) forward();
        if (step_ == steps.size()) return false;
        observe();
        if (waits(steps[step_])) return true;
    }
}

// Whoever only observes, and can have seen this state, has seen it now.
void Search::observe() {
    for (const std::uint32_t number : known_) {
        if (number == Entry::none) continue;
        const Entry& entry = timeline_->entry(number);
        if (entry.observes && !taken(entry) && outcome(entry)) take(number);
    }
}

// A call that has not taken effect was told a state to which the present one cannot lead any more.
bool Search::hopeless() const {
    const Step& step = timeline_->steps()[step_];
    const auto out_of_reach = [&](std::uint32_t number) {
        if (number == Entry::none) return false;
        const Entry& entry = timeline_->entry(number);
        if (!entry.response->told) return false;
        const State& now = *states_[state_];
        const State& told = *entry.response->told;
        if (entry.last_made < step.moment && now != told) return true;
        return entry.last_overwritten < step.moment && !model_->leads_to(now, told);
    };
    if (out_of_reach(step.next_told)) return true;
    return std::ranges::any_of(known_, [&](std::uint32_t number) {
        return number != Entry::none && !taken(timeline_->entry(number)) && out_of_reach(number);
    });
}

// Lets the next candidate take effect. False: none is left.
bool Search::choose(Choice& choice) {
    const std::size_t candidates = 1 + known_.size() + unknown_.size();
    while (choice.candidate < candidates) {
        const std::uint32_t number = candidate(choice);
        ++choice.candidate;
        if (number == Entry::none || overwrites_unseen(number)) continue;
        auto state = outcome(timeline_->entry(number));
        if (!state) continue;
        take(number);
        enter(*std::move(state));
        return true;
    }
    return false;
}

// A call of unknown outcome, and straight behind it, so that nobody has seen what it did, one that
// leaves the same state whatever was there: without the first one the same is possible, and it may
// still come later. That is searched as well, from the configuration before it, which has spent
// less; so what the memo holds of the one between, without this choice, hides no order.
bool Search::overwrites_unseen(std::uint32_t entry) const {
    if (trail_.empty() || !timeline_->entry(trail_.back().entry).unknown) return false;
    return model_->overwrites(timeline_->entry(entry).call->operation);
}

// First the call that returns, then others that are open, at last those of unknown outcome.
std::uint32_t Search::candidate(const Choice& choice) const {
    const std::uint32_t returning = timeline_->steps()[choice.step].entry;
    if (choice.candidate == 0) return returning;
    const std::size_t slot = choice.candidate - 1;
    if (slot >= known_.size()) {
        const std::uint32_t number = unknown_[slot - known_.size()];
        if (number == Entry::none || taken(timeline_->entry(number))) return Entry::none;
        const std::uint32_t twin = timeline_->entry(number).twin;
        const bool its_turn = twin == Entry::none || taken(timeline_->entry(twin));
        return its_turn ? number : Entry::none;
    }
    const std::uint32_t number = known_[slot];
    if (number == Entry::none || number == returning) return Entry::none;
    const Entry& entry = timeline_->entry(number);
    return entry.observes || taken(entry) ? Entry::none : number;
}

// The state in which a call leaves the present one; nothing where it cannot take effect, or need
// not.
std::optional<State> Search::outcome(const Entry& entry) const {
    const State& now = *states_[state_];
    auto next = model_->apply(now, entry.call->operation, *entry.response);
    if (entry.unknown && next == now) return std::nullopt;
    return next;
}

std::optional<Verdict> Search::interrupted() {
    const std::uint64_t states = memo_.size();
    // While a vector grows, it stands in memory once as it was and once at twice that.
    if (states > limits_.states || 3 * memo_.bytes() + state_bytes_ > limits_.bytes) {
        return Verdict::BeyondLimits;
    }
    if (watcher_ == nullptr || states < look_again_at_) return std::nullopt;
    look_again_at_ = states + states_between_looks;
    if (watcher_->go_on(states, timeline_->steps()[choices_.back().step].moment))
        return std::nullopt;
    return Verdict::Stopped;
}

bool Search::taken(const Entry& entry) const {
    return has_bit(entry.unknown ? spent_ : open_, entry.slot);
}

void Search::take(std::uint32_t entry) {
    const Entry& taken = timeline_->entry(entry);
    flip_bit(taken.unknown ? spent_ : open_, taken.slot);
    trail_.push_back({.entry = entry, .step = step_});
}

void Search::forward() {
    const Step& step = timeline_->steps()[step_++];
    const Entry& entry = timeline_->entry(step.entry);
    (entry.unknown ? unknown_ : known_)[entry.slot] = step.returns ? Entry::none : step.entry;
    if (step.returns) flip_bit(open_, entry.slot);
}

void Search::back() {
    const Step& step = timeline_->steps()[--step_];
    const Entry& entry = timeline_->entry(step.entry);
    (entry.unknown ? unknown_ : known_)[entry.slot] = step.returns ? step.entry : Entry::none;
    if (step.returns) flip_bit(open_, entry.slot);
}

// Back to where the choice was to be made.
void Search::undo(const Choice& choice) {
    while (trail_.size() > choice.trail) {
        const Taken last = trail_.back();
        trail_.pop_back();
        while (step_ > last.step) back();
        const Entry& entry = timeline_->entry(last.entry);
        flip_bit(entry.unknown ? spent_ : open_, entry.slot);
    }
    while (step_ > choice.step) back();
    state_ = choice.state;
}

void Search::enter(State state) {
    const auto size = static_cast<std::uint32_t>(states_.size());
    const auto [place, fresh] = numbers_.try_emplace(std::move(state), size);
    if (fresh) {
        states_.push_back(&place->first);
        state_bytes_ += place->first.capacity() + state_overhead;
    }
    state_ = place->second;
}

void Search::keep_end() {
    if (!memo_.add(step_, state_, open_, spent_)) return;
    Configuration end{.state = *states_[state_], .known = {}, .unknown = {}};
    for (std::uint32_t i = 0; i < timeline_->entries(); ++i) {
        const Entry& entry = timeline_->entry(i);
        const bool is_open = entry.unknown || known_[entry.slot] == i;
        if (is_open && taken(entry)) (entry.unknown ? end.unknown : end.known).push_back(i);
    }
    ends_.push_back(std::move(end));
}

// An end that was found before another one may have spent more than that.
void Search::drop_wasteful_ends() {
    const auto frugal_first = [](const Configuration& a, const Configuration& b) {
        const auto order = std::tie(a.state, a.known) <=> std::tie(b.state, b.known);
        if (order != 0) return order < 0;
        if (a.unknown.size() != b.unknown.size()) return a.unknown.size() < b.unknown.size();
        return a.unknown < b.unknown;
    };
    std::ranges::sort(ends_, frugal_first);
    std::vector<Configuration> frugal;
    for (Configuration& end : ends_) {
        const bool wasteful = std::ranges::any_of(frugal, [&](const Configuration& other) {
            return other.state == end.state && other.known == end.known &&
                   std::ranges::includes(end.unknown, other.unknown);
        });
        if (!wasteful) frugal.push_back(std::move(end));
    }
    ends_ = std::move(frugal);
}

}  // namespace decree::history
