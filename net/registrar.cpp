#include "net/registrar.hpp"

namespace decree::net {
namespace {

// Between attempts, in microseconds: at first, and later, against somebody who overwrites it.
constexpr std::uint64_t first_every = 100'000;
constexpr std::uint64_t later_every = 1'000'000;

}  // namespace

std::optional<store::StoreCommand> Registrar::due(Time now, const View& view) {
    if (auto write = missing(now, view)) return write;
    if (now < pulse_at_) return std::nullopt;
    pulse_at_ = now + pulse_;
    // One that falls into trouble is left out: the next one says as much.
    if (writing_ || view.charter == nullptr) return std::nullopt;
    writing_ = true;
    return applied_write(view.state, shown_.node);
}

/// The leader founds the tree; then each node shows itself in it.
std::optional<store::StoreCommand> Registrar::missing(Time now, const View& view) {
    if (writing_ || view.charter == nullptr || now < write_at_) return std::nullopt;
    // All of it is below /ctl; what happens elsewhere costs one look.
    const store::Revision below = view.state.tree().subtree_revision("/ctl");
    if (below_ == below) return std::nullopt;
    const store::Revision revision = presence_revision(view.state, view.name, shown_.node);
    if (seen_ == revision) {
        below_ = below;
        return std::nullopt;
    }
    auto write = founding_write(view.state, view.name, *view.charter, shown_);
    if (write && !view.leads) return std::nullopt;
    if (!write) write = presence_write(view.state, view.name, shown_);
    if (!write) {
        seen_ = revision;
        below_ = below;
        if (!registered_ && pulse_ > 0) pulse_at_ = now;
        registered_ = true;
        return std::nullopt;
    }
    write_at_ = now + (registered_ ? later_every : first_every);
    writing_ = true;
    return write;
}

}  // namespace decree::net
