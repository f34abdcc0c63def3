#pragma once

/// The tree of files at one revision: a value whose copies share structure (ordered.hpp).

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/store/ordered.hpp"
#include "core/store/path.hpp"
#include "core/store/revision.hpp"
#include "core/store/shared.hpp"
#include "core/value.hpp"

namespace decree::store {

/// What adds up over the things below a directory.
struct TreeMeasure {
    std::uint64_t files = 0;
    /// Of each thing, file or directory: its name, its value, and `item_bytes`.
    std::uint64_t bytes = 0;
    std::uint64_t digest = 0;
    friend TreeMeasure operator+(TreeMeasure a, TreeMeasure b) {
        return {
            .files = a.files + b.files, .bytes = a.bytes + b.bytes, .digest = a.digest + b.digest};
    }
    friend TreeMeasure operator-(TreeMeasure a, TreeMeasure b) {
        return {
            .files = a.files - b.files, .bytes = a.bytes - b.bytes, .digest = a.digest - b.digest};
    }
};

/// What a file or directory counts in bytes beside its name and value.
inline constexpr std::uint64_t item_bytes = 32;

struct Item;
struct ItemOrder {
    using Key = std::string_view;
    using Measure = TreeMeasure;
    static Key key(const Shared<const Item>& item);
    static const Measure& measure(const Shared<const Item>& item);
    /// The first eight bytes, as a number.
    static std::uint64_t hint(Key name) {
        std::array<unsigned char, 8> first{};
        std::memcpy(first.data(), name.data(), std::min(name.size(), first.size()));
        std::uint64_t number = 0;
        for (const unsigned char byte : first) number = number << 8U | byte;
        return number;
    }
};
using Items = Ordered<Shared<const Item>, ItemOrder>;

struct File {
    Revision revision;  ///< In which it was last set.
    Value value;
    SessionId session;  ///< The file goes when this one ends; `no_session`: it stays.
    bool lock = false;  ///< It was acquired: see lock.hpp.
    bool operator==(const File&) const = default;
};

/// Exists exactly as long as something lies below it; but for the root, which always exists.
struct Directory {
    Items items;
    /// The last revision at which something below was set or deleted.
    Revision changed;
};

/// A file or directory in its directory. Measured when it changes, since every change of a sibling
/// asks.
struct Item : Counted {
    Item(std::string_view n, File file);
    Item(std::string_view n, Directory directory);
    std::string name;
    std::variant<File, Directory> what;
    TreeMeasure measure;  ///< Of all this.
    /// To be called after a change.
    void update();
};

inline ItemOrder::Key ItemOrder::key(const Shared<const Item>& item) { return item->name; }
inline const TreeMeasure& ItemOrder::measure(const Shared<const Item>& item) {
    return item->measure;
}

/// What is at a path: one of the two, or nothing. Good as long as the tree.
struct Found {
    const File* file = nullptr;
    const Directory* directory = nullptr;
    bool below_file = false;  ///< Nothing, since an ancestor is a file.

    /// As Doozer tells it: `missing`, `directory_revision`, or the file's.
    [[nodiscard]] Revision revision() const {
        if (file != nullptr) return file->revision;
        return directory != nullptr ? directory_revision : missing;
    }
};

class Tree {
public:
    /// What is at `path`, which need not be one (see PathNames). O(names x log of their siblings).
    [[nodiscard]] Found find(std::string_view path) const;
    /// The last revision at which something at or below `path` changed. Where nothing is there,
    /// that of the nearest ancestor: it may be higher, but never lower than the truth.
    [[nodiscard]] Revision subtree_revision(std::string_view path) const;
    [[nodiscard]] const Directory& root() const { return root_; }
    /// Of all there is.
    [[nodiscard]] TreeMeasure measure() const { return root_.items.measure(); }

    /// Sets a file; directories come into being as needed.
    /// REQUIRES: a path other than "/", no directory is there, no ancestor is a file.
    void set(std::string_view path, File file);
    /// Deletes a file, and the directories that hold nothing then. REQUIRES: a file is there.
    void erase(std::string_view path, Revision revision);
    /// For reading a snapshot: as set(), but directories do not count as changed. REQUIRES: as
    /// set().
    void restore(std::string_view path, File file);
    /// For reading a snapshot: a directory, empty for now, or the root, and when it changed last.
    /// REQUIRES: neither file nor directory is there, no ancestor is a file; or the root is meant.
    void restore_directory(std::string_view path, Revision changed);

    /// Frees `most` nodes at most, less each, of a tree that is wanted no more. True when all are
    /// gone; until then nothing else may be asked.
    [[nodiscard]] bool take_apart(std::size_t& most);

    /// Equal trees have equal digests, on every machine.
    [[nodiscard]] std::uint64_t digest() const;

private:
    Directory root_;
};

}  // namespace decree::store
