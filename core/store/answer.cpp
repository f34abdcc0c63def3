#include "core/store/answer.hpp"

#include "core/codec.hpp"

namespace decree::store {

std::uint32_t code_number(Code code) {
    switch (code) {
    case Code::Ok:
    case Code::NotYet:
        return 0;
    case Code::TooLate:
        return 4;
    case Code::RevMismatch:
        return 5;
    case Code::BadPath:
        return 6;
    case Code::Range:
        return 8;
    case Code::NotDir:
        return 20;
    case Code::IsDir:
        return 21;
    case Code::NoEnt:
        return 22;
    case Code::Other:
        return 127;
    }
    return 0;
}

std::string_view code_name(Code code) {
    switch (code) {
    case Code::Ok:
    case Code::NotYet:
        return "";
    case Code::TooLate:
        return "TOO_LATE";
    case Code::RevMismatch:
        return "REV_MISMATCH";
    case Code::BadPath:
        return "BAD_PATH";
    case Code::Range:
        return "RANGE";
    case Code::NotDir:
        return "NOTDIR";
    case Code::IsDir:
        return "ISDIR";
    case Code::NoEnt:
        return "NOENT";
    case Code::Other:
        return "OTHER";
    }
    return "";
}

Refusal other(std::string detail) { return {.code = Code::Other, .detail = std::move(detail)}; }

Refusal plain(Code code) { return {.code = code, .detail = {}}; }

std::string reason(const Refusal& refusal) {
    switch (refusal.code) {
    case Code::RevMismatch:
        return "rev mismatch";
    case Code::NotDir:
        return "not a directory";
    case Code::IsDir:
        return "is a directory";
    case Code::Other:
        return refusal.detail;
    default:
        return std::string(code_name(refusal.code));
    }
}

Answer encode_answer(const CommandAnswer& answer) {
    const ByteBuffer bytes = encode(answer);
    return std::string(as_text(bytes));
}

std::optional<CommandAnswer> decode_command_answer(const Answer& answer) {
    auto decoded = decode<CommandAnswer>(as_bytes(answer));
    if (!decoded) return std::nullopt;
    return *std::move(decoded);
}

}  // namespace decree::store
