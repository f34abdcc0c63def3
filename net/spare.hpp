#pragma once

/// Room for a journal's next segment, made before it is needed.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace decree::net {

/// Makes a file of zeros that are on the disk, once, on any thread.
class MakeSpare {
public:
    /// False: it could not be made, and there is none.
    [[nodiscard]] bool run() const;

private:
    friend class Spare;
    std::string path_;
    std::uint64_t bytes_{};
};

/// A file of zeros that lies ready. What is written over zeros that are on the disk is synced
/// without a note of where it is; in room that was only set apart each block costs one, when it is
/// first written. Without a spare a segment works all the same, so it may fail to be made.
class Spare {
public:
    explicit Spare(std::string path) : path_(std::move(path)) {}

    /// What makes one of `bytes`; nothing while there is one, or one is being made.
    [[nodiscard]] std::optional<MakeSpare> begin(std::uint64_t bytes);
    /// What begin() gave has run.
    void made(bool whole) { state_ = whole ? State::Ready : State::None; }
    /// Gives it this name, which is not durable yet. False: there is none.
    [[nodiscard]] bool take(const std::string& name);

private:
    enum class State : std::uint8_t { None, Making, Ready };
    std::string path_;
    State state_ = State::None;
};

}  // namespace decree::net
