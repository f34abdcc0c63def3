#pragma once

/// Broken promises stop the process, in every build.

#include <stdexcept>

namespace decree {

/// An invariant of this code does not hold. Never raised by bad input, which is refused as an error
/// value: whoever sees this one has found a bug (or broken memory) and must not go on.
struct ContractViolation : std::logic_error {
    using std::logic_error::logic_error;
};

#if defined(__cpp_exceptions)
[[noreturn]] void contract_violated(const char* condition, const char* why, const char* file,
                                    int line);
#else
[[noreturn]] inline void contract_violated(const char*, const char*, const char*, int) {
    __builtin_trap();  // WebAssembly: there is nobody to catch.
}
#endif

/// Stays on in release builds. `why` names the invariant in a reader's words.
#define ENSURE(condition, why)                                                  \
    do {                                                                        \
        if (!(condition)) [[unlikely]]                                          \
            ::decree::contract_violated(#condition, (why), __FILE__, __LINE__); \
    } while (false)

}  // namespace decree
