#include "core/contract.hpp"

#include <string>

namespace decree {

#if defined(__cpp_exceptions)
void contract_violated(const char* condition, const char* why, const char* file, int line) {
    throw ContractViolation(std::string(why) + " [" + condition + " at " + file + ":" +
                            std::to_string(line) + "]");
}
#endif

}  // namespace decree
