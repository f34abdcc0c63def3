#include "core/node/batch.hpp"

#include "core/codec.hpp"

namespace decree {

Value encode_batch(const Stamp& stamp, std::span<const Command> commands, ByteBuffer& bytes) {
    bytes.clear();
    Encoder out(bytes);
    out.put(stamp);
    out.put_varint(commands.size());
    for (const Command& command : commands) out.put(command);
    return Value(Bytes(bytes));
}

bool read_batch(const Value& value, BatchView& out) {
    Decoder in(value.bytes());
    in.get(out.stamp);
    const std::size_t count = in.get_count();
    out.commands.clear();
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
        CommandView& command = out.commands.emplace_back();
        in.get(command.id);
        command.payload = in.get_raw(in.get_varint());
    }
    return in.ok() && in.at_end();
}

}  // namespace decree
