#include "net/tuning.hpp"

namespace decree::net {

Options tuned_options() {
    Options options;
    options.gathers = true;
    // All that a turn brings is one slot, as a rule.
    options.batch_commands = 1024;
    options.batch_bytes = 262'144;
    // A segment is begun by two syncs more; at 25 MB/s of writes, three times a second.
    options.segment_bytes = 8U << 20U;
    // Sooner where values are large: see log_bytes.
    options.snapshot_every = 16'384;
    return options;
}

}  // namespace decree::net
