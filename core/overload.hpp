#pragma once

namespace decree {

/// One callable out of several lambdas, for std::visit without a default: a new alternative does
/// not compile until somebody has said what to do with it.
template <class... F>
struct Overload : F... {
    using F::operator()...;
};

}  // namespace decree
