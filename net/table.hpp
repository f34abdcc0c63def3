#pragma once

/// Columns of text.

#include <string>
#include <vector>

namespace decree::net {

class Table {
public:
    explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
    /// REQUIRES: as many cells as the head has.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// Each column as wide as its longest cell; "-" where a cell is empty.
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace decree::net
