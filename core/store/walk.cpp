#include "core/store/walk.hpp"

#include <algorithm>
#include <utility>

namespace decree::store {

namespace {

class Walker {
public:
    Walker(std::uint64_t offset, std::size_t most, std::size_t bytes)
        : left_(offset), most_(most), bytes_(bytes) {}

    /// Walks what is below `directory`, of which path_ is the path (of the root: ""). False when
    /// enough is found.
    bool below(const Directory& directory, const GlobState& state) {
        const GlobState inside = state.after("/");
        if (inside.accepts_all()) return all_below(directory);
        if (const auto only = state.only_name()) {
            const Shared<const Item>* item = directory.items.find(*only);
            return item == nullptr || one(**item, inside);
        }
        return each(directory, 0, [&](const Item& item) { return one(item, inside); });
    }

    [[nodiscard]] std::vector<Walked> take() { return std::move(found_); }

private:
    bool one(const Item& item, const GlobState& inside) {
        const std::size_t length = path_.size();
        path_ += '/';
        path_ += item.name;
        const GlobState here = inside.after(item.name);
        bool more = true;
        if (const auto* file = std::get_if<File>(&item.what)) {
            if (here.accepts()) more = found(*file);
        } else if (!here.dead()) {
            more = below(std::get<Directory>(item.what), here);
        }
        path_.resize(length);
        return more;
    }

    // Everything below matches: what lies before the offset is not looked at.
    bool all_below(const Directory& directory) {
        const std::uint64_t skipped = left_;
        const auto place = directory.items.seek(
            [&](const TreeMeasure& measure) { return measure.files > skipped; });
        left_ -= place.before.files;
        return each(directory, place.index, [&](const Item& item) {
            const std::size_t length = path_.size();
            path_ += '/';
            path_ += item.name;
            const auto* file = std::get_if<File>(&item.what);
            const bool more =
                file != nullptr ? found(*file) : all_below(std::get<Directory>(item.what));
            path_.resize(length);
            return more;
        });
    }

    template <class F>
    static bool each(const Directory& directory, std::size_t from, F visit) {
        bool more = true;
        directory.items.visit(from, [&](const Shared<const Item>& item) {
            more = visit(*item);
            return more;
        });
        return more;
    }

    bool found(const File& file) {
        if (left_ > 0) {
            --left_;
            return true;
        }
        found_.push_back({.path = path_, .file = file});
        const std::size_t size = path_.size() + file.value.size();
        bytes_ -= std::min(bytes_, size);
        return found_.size() < most_ && bytes_ > 0;
    }

    std::uint64_t left_;  // To pass over.
    std::size_t most_;
    std::size_t bytes_;
    std::string path_;
    std::vector<Walked> found_;
};

}  // namespace

std::vector<Walked> walk(const Tree& tree, const Glob& glob, std::uint64_t offset, std::size_t most,
                         std::size_t bytes) {
    Walker walker(offset, most, bytes);
    walker.below(tree.root(), GlobState(glob));
    return walker.take();
}

}  // namespace decree::store
