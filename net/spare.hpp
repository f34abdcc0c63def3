#pragma once

/// Room for a journal's next segment, made before it is needed.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/file.hpp"

namespace decree::net {

/// A file whose bytes nobody needs any more.
struct OldFile {
    std::shared_ptr<const File> file;
    std::string path;
    std::string before;  ///< Its path until it was let go.
    std::uint64_t bytes{};
};
/// A file of zeros to be made.
struct WantedSpare {
    std::string path;
    std::uint64_t bytes{};
    std::optional<OldFile> old;  ///< To be made of this one.
};
/// Makes it; the zeros are on the disk then. On any thread: it takes a while. Nothing: it could not
/// be made, or the disk has not much room beside it; there is none then, unless it is another's.
/// Fails where names could not be made durable, after which the node must stop.
[[nodiscard]] std::expected<std::shared_ptr<const File>, std::string> make_spare(
    const WantedSpare& wanted);

/// What becomes of a file that is needed no more.
struct LetGo {
    std::string path;
    std::string kept_as;  ///< Empty: it is deleted; so it is if it cannot be kept.
};
[[nodiscard]] Done let_go(const LetGo& file);

/// A file of zeros that lies ready. What is written over zeros that are on the disk is synced
/// without a note of where it is; in room that was only set apart each block costs one, when it is
/// first written, and such notes hold up everybody's syncs. So it is made of an old file, if there
/// is one. Without a spare a segment works all the same, so it may fail to be made.
class Spare {
public:
    explicit Spare(std::string folder) : folder_(std::move(folder)) {}

    /// What is to be made; nothing while there is one, or one is being made.
    [[nodiscard]] std::optional<WantedSpare> begin(std::uint64_t bytes);
    /// What begin() gave was tried, and this came of it.
    void made(std::shared_ptr<const File> file);
    /// Gives it this name, which is not durable yet. Nothing: there is none.
    [[nodiscard]] std::shared_ptr<const File> take(const std::string& name);
    /// Takes a file from which one can be made, unless there are enough. Says what is to become of
    /// it, before what is begun later is made.
    [[nodiscard]] LetGo keep(const std::string& path, std::shared_ptr<const File> file,
                             std::uint64_t bytes);
    /// Gives the room of all of them back. False: there are none.
    [[nodiscard]] bool drop();

    /// Whether a file of that name is one of these, seen from the folder above.
    [[nodiscard]] static bool is_named(std::string_view name);

private:
    [[nodiscard]] std::string next() const { return folder_ + "/next.part"; }

    std::string folder_;
    bool making_ = false;
    std::shared_ptr<const File> ready_;
    std::vector<OldFile> old_;
    std::uint64_t last_old_ = 0;
};

}  // namespace decree::net
