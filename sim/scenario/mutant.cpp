#include "sim/scenario/mutant.hpp"

#ifndef DECREE_PLANTED_MUTANT
#define DECREE_PLANTED_MUTANT ""
#endif

namespace decree::sim::scenario {

std::string_view planted_mutant() { return DECREE_PLANTED_MUTANT; }

bool is_planted(std::string_view name) {
    const std::string_view planted = planted_mutant();
    if (name.empty() || !planted.starts_with(name)) return false;
    return planted.size() == name.size() || planted[name.size()] == '-';
}

}  // namespace decree::sim::scenario
