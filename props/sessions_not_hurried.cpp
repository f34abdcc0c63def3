#include "props/sessions_not_hurried.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> session_not_hurried(store::SessionId session, const SignOfLife& sign,
                                             Time expired, const ClockBound& clocks) {
    constexpr std::uint64_t million = 1'000'000;
    const std::uint64_t passed =
        expired.value > sign.proposed.value ? expired.value - sign.proposed.value : 0;
    // What the fastest clock shows meanwhile, rounded up: each leader rounds once.
    const std::uint64_t shown =
        passed + passed * clocks.drift_ppm / million + clocks.jumped_us + 64;
    if (shown >= sign.ttl_us) return std::nullopt;
    return violated("SessionsNotHurried", "Expired",
                    words("session ", session, " of ", sign.ttl_us, " us ends ", passed,
                          " us after its last sign of life, and no clock gains more than ",
                          clocks.drift_ppm, " us a second"));
}

}  // namespace decree::props
