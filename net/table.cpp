#include "net/table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace decree::net {

std::string Table::text() const {
    std::vector<std::size_t> widths(rows_.front().size(), 1);
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += fmt::format("{:<{}}  ", row[i].empty() ? "-" : row[i], widths[i]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

}  // namespace decree::net
