#include "net/data_files.hpp"

#include <fmt/format.h>

#include "core/overload.hpp"
#include "net/folder.hpp"

namespace decree::net {

std::string path_in(const std::string& folder, const DataFile& file) {
    const Overload part{[](Position begin) { return "journal/" + name_of(begin.value); },
                        [](Slot through) { return "snapshots/" + name_of(through.value); }};
    return fmt::format("{}/{}", folder, std::visit(part, file));
}

bool NeededFiles::has(const DataFile& file) const {
    return std::visit(Overload{[&](Position begin) { return segments.contains(begin); },
                               [&](Slot through) { return snapshot == through; }},
                      file);
}

}  // namespace decree::net
