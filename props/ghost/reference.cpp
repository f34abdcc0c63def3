#include "props/ghost/reference.hpp"

#include <algorithm>

#include "core/contract.hpp"

namespace decree::props {

namespace {

/// Reads the wire form by hand: this is called for every value of every run.
class Cursor {
public:
    explicit Cursor(Bytes bytes) : rest_(bytes) {}

    /// LEB128 of at most 64 bits, in its shortest form. False: it is none.
    bool number(std::uint64_t& out) {
        out = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            const auto byte = static_cast<std::uint64_t>(rest_.front());
            rest_ = rest_.subspan(1);
            if (shift == 63 && byte > 1) return false;
            out |= (byte & 0x7FU) << shift;
            if (byte < 0x80U) return byte != 0 || shift == 0;
        }
        return false;
    }
    bool raw(std::uint64_t size, Bytes& out) {
        if (size > rest_.size()) return false;
        out = rest_.first(static_cast<std::size_t>(size));
        rest_ = rest_.subspan(static_cast<std::size_t>(size));
        return true;
    }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }

private:
    Bytes rest_;
};

bool read_command(Cursor& in, CommandView& out) {
    std::uint64_t size = 0;
    return in.number(out.id.origin.value) && in.number(out.id.incarnation.value) &&
           in.number(out.id.number) && in.number(out.id.lowest_unanswered) && in.number(size) &&
           in.raw(size, out.payload);
}

}  // namespace

bool read_contents(const Value& value, BatchContents& out) {
    out.commands.clear();
    out.stamp = ClusterTime{};
    out.by = Ballot{};
    out.since = Slot{};
    if (value.empty()) return true;
    Cursor in(value.bytes());
    std::uint64_t count = 0;
    const bool begun = in.number(out.stamp.value) && in.number(out.by.round) &&
                       in.number(out.by.node.value) && in.number(out.since.value);
    if (!begun || !in.number(count) || count > in.left()) return false;
    for (; count > 0; --count) {
        if (!read_command(in, out.commands.emplace_back())) return false;
    }
    return in.left() == 0;
}

Reference::Reference(const Reference& other)
    : settings_(other.settings_),
      requests_(other.requests_),
      machine_(other.machine_ ? other.machine_->clone() : nullptr),
      stamp_(other.stamp_),
      maker_(other.maker_),
      made_from_(other.made_from_),
      after_(other.after_),
      duplicates_(other.duplicates_),
      refused_(other.refused_) {}

Reference& Reference::operator=(const Reference& other) {
    if (this != &other) *this = Reference(other);
    return *this;
}

void Reference::judge() {
    fresh_.clear();
    executed_.clear();
    duplicates_ = 0;
    refused_ = 0;
    for (const CommandView& command : batch_.commands) {
        Fate fate = Fate::Refused;
        if (command.payload.size() <= settings_.command_bytes) fate = requests_.judge(command.id);
        if (fate == Fate::Executed) {
            fresh_.push_back(command);
            executed_.push_back({.id = command.id, .payload = command.payload});
        } else {
            ++(fate == Fate::Duplicate ? duplicates_ : refused_);
        }
    }
}

std::span<const ExecutedCommand> Reference::apply(const Value& value) {
    const Slot slot = next(applied());
    if (!read_contents(value, batch_)) {
        batch_.commands.clear();
    } else if (!value.empty()) {
        if (maker_ != batch_.by) made_from_ = slot;
        maker_ = batch_.by;
        // The batches of all slots from `since` on must be by the same leader.
        if (made_from_ <= batch_.since) stamp_ = std::max(stamp_, batch_.stamp);
    }
    judge();
    result_.clear();
    machine_->apply({.slot = slot, .stamp = stamp_}, fresh_, result_);
    ENSURE(result_.answers.size() == fresh_.size(), "every command has one answer");

    for (std::size_t i = 0; i < fresh_.size(); ++i) {
        Answer& answer = result_.answers[i];
        if (answer.size() > settings_.answer_bytes) answer.resize(settings_.answer_bytes);
        executed_[i].answer = &answer;
    }

    for (const NodeId origin : result_.dropped_origins) requests_.drop(origin);
    after_.push_back({.machine = machine_->digest()});
    return executed_;
}

}  // namespace decree::props
