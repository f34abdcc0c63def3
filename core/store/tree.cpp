#include "core/store/tree.hpp"

#include <utility>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree::store {

namespace {

TreeMeasure measure_of(std::string_view name, const File& file) {
    std::uint64_t digest = mix(hash_bytes(as_bytes(name)), file.value.digest());
    digest = mix(digest, static_cast<std::uint64_t>(file.revision.value));
    digest = mix(digest, file.session.value * 2 + (file.lock ? 1 : 0));
    return {.files = 1, .bytes = file.value.size() + name.size() + item_bytes, .digest = digest};
}

TreeMeasure measure_of(std::string_view name, const Directory& directory) {
    TreeMeasure measure = directory.items.measure();
    const auto changed = static_cast<std::uint64_t>(directory.changed.value);
    measure.digest = mix(mix(~hash_bytes(as_bytes(name)), measure.digest), changed);
    measure.bytes += name.size() + item_bytes;
    return measure;
}

}  // namespace

Item::Item(std::string_view n, File file) : name(n), what(std::move(file)) { update(); }

Item::Item(std::string_view n, Directory directory) : name(n), what(std::move(directory)) {
    update();
}

void Item::update() {
    measure = std::visit([&](const auto& thing) { return measure_of(name, thing); }, what);
}

Found Tree::find(std::string_view path) const {
    const Directory* directory = &root_;
    for (PathNames rest(path); rest.next();) {
        const Shared<const Item>* item = directory->items.find(rest.name());
        if (item == nullptr) return {};
        if (const auto* file = std::get_if<File>(&(*item)->what)) {
            if (rest.at_last()) return {.file = file};
            return {.below_file = true};
        }
        directory = &std::get<Directory>((*item)->what);
    }
    return {.directory = directory};
}

Revision Tree::subtree_revision(std::string_view path) const {
    const Directory* directory = &root_;
    for (PathNames rest(path); rest.next();) {
        const Shared<const Item>* item = directory->items.find(rest.name());
        if (item == nullptr) break;
        if (const auto* file = std::get_if<File>(&(*item)->what)) return file->revision;
        directory = &std::get<Directory>((*item)->what);
    }
    return directory->changed;
}

namespace {

void put(Directory& directory, std::string_view name, auto what) {
    const bool there = directory.items.change(name, [&](Shared<const Item>& item) {
        if (!item.alone()) {
            item = Shared<const Item>(new Item(name, std::move(what)));
            return;
        }
        Item& own = item.own();
        own.what = std::move(what);
        own.update();
    });
    if (!there) directory.items.put(Shared<const Item>(new Item(name, std::move(what))));
}

// Lets `change(Directory&)` change the directory called `name`, which is made if there is none.
// REQUIRES: no file is called so.
template <class F>
void change_directory(Directory& directory, std::string_view name, F change) {
    const bool there = directory.items.change(name, [&](Shared<const Item>& item) {
        Item& own = item.own();
        auto* const below = std::get_if<Directory>(&own.what);
        ENSURE(below != nullptr, "no ancestor is a file");
        change(*below);
        own.update();
    });
    if (there) return;
    Directory made;
    change(made);
    directory.items.put(Shared<const Item>(new Item(name, std::move(made))));
}

// Below here the recursion is as deep as the path, which the limits bound.
void put_below(Directory& directory, PathNames rest, std::optional<Revision> changed, auto& what) {
    if (changed) directory.changed = *changed;
    const std::string_view name = rest.name();
    if (!rest.next()) return put(directory, name, std::move(what));
    change_directory(directory, name,
                     [&](Directory& below) { put_below(below, rest, changed, what); });
}

void erase_below(Directory& directory, PathNames rest, Revision revision) {
    directory.changed = revision;
    const std::string_view name = rest.name();
    if (!rest.next()) {
        ENSURE(directory.items.erase(name), "only a file that is there is deleted");
        return;
    }
    bool empty = false;
    change_directory(directory, name, [&](Directory& below) {
        erase_below(below, rest, revision);
        empty = below.items.empty();
    });
    if (empty) directory.items.erase(name);
}

// The recursion is as deep as a path.
bool take_apart_items(Items& items, std::size_t& most) {
    items.take_apart(most, [](Shared<const Item>& item, std::size_t& left) {
        if (!item.alone()) return true;
        auto* const directory = std::get_if<Directory>(&item.own().what);
        return directory == nullptr || take_apart_items(directory->items, left);
    });
    return items.empty();
}

}  // namespace

void Tree::set(std::string_view path, File file) {
    PathNames names(path);
    ENSURE(names.next(), "the root is no file");
    const Revision changed = file.revision;
    put_below(root_, names, changed, file);
}

void Tree::restore(std::string_view path, File file) {
    PathNames names(path);
    ENSURE(names.next(), "the root is no file");
    put_below(root_, names, {}, file);
}

void Tree::restore_directory(std::string_view path, Revision changed) {
    PathNames names(path);
    if (!names.next()) {
        root_.changed = changed;
        return;
    }
    Directory empty{.items = {}, .changed = changed};
    put_below(root_, names, {}, empty);
}

void Tree::erase(std::string_view path, Revision revision) {
    PathNames names(path);
    ENSURE(names.next(), "the root is no file");
    erase_below(root_, names, revision);
}

bool Tree::take_apart(std::size_t& most) { return take_apart_items(root_.items, most); }

std::uint64_t Tree::digest() const {
    return mix(measure().digest, static_cast<std::uint64_t>(root_.changed.value));
}

}  // namespace decree::store
