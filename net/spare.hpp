#pragma once

/// Room for a journal's next segment, made before it is needed.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace decree::net {

/// A file of zeros to be made.
struct WantedSpare {
    std::string path;
    std::uint64_t bytes{};
};
/// Makes it; the zeros are on the disk then. On any thread: it takes a while. False: it could not
/// be made, or the disk has not much room beside it; there is none then, unless it is another's.
[[nodiscard]] bool make_spare(const WantedSpare& wanted);

/// A file of zeros that lies ready. What is written over zeros that are on the disk is synced
/// without a note of where it is; in room that was only set apart each block costs one, when it is
/// first written. Without a spare a segment works all the same, so it may fail to be made.
class Spare {
public:
    explicit Spare(std::string path) : path_(std::move(path)) {}

    /// What is to be made; nothing while there is one, or one is being made.
    [[nodiscard]] std::optional<WantedSpare> begin(std::uint64_t bytes);
    /// What begin() gave was tried.
    void made(bool whole) { state_ = whole ? State::Ready : State::None; }
    /// Gives it this name, which is not durable yet. False: there is none.
    [[nodiscard]] bool take(const std::string& name);
    /// Gives its room back. False: there is none.
    [[nodiscard]] bool drop();

private:
    enum class State : std::uint8_t { None, Making, Ready };
    std::string path_;
    State state_ = State::None;
};

}  // namespace decree::net
