#include "traces/file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace decree::traces {
namespace {

std::string why() { return std::strerror(errno); }

}  // namespace

std::expected<ByteBuffer, std::string> read_file(const std::string& path) {
    const File file(std::fopen(path.c_str(), "rb"));
    if (!file) return std::unexpected(fmt::format("cannot open {}: {}", path, why()));
    ByteBuffer bytes;
    std::size_t used = 0;
    while (true) {
        bytes.resize(used + 65536);
        const std::size_t got = std::fread(&bytes[used], 1, bytes.size() - used, file.get());
        used += got;
        if (got == 0) break;
    }
    if (std::ferror(file.get()) != 0) {
        return std::unexpected(fmt::format("cannot read {}: {}", path, why()));
    }
    bytes.resize(used);
    return bytes;
}

std::string temporary_name(const std::string& path) {
    return fmt::format("{}.{}.tmp", path, getpid());
}

std::expected<void, std::string> put_in_place(const std::string& temporary,
                                              const std::string& path) {
    if (std::rename(temporary.c_str(), path.c_str()) == 0) return {};
    std::string error = fmt::format("cannot write {}: {}", path, why());
    static_cast<void>(std::remove(temporary.c_str()));
    return std::unexpected(std::move(error));
}

std::expected<void, std::string> write_file(const std::string& path, Bytes bytes) {
    const std::string temporary = temporary_name(path);
    File file(std::fopen(temporary.c_str(), "wb"));
    bool written = file != nullptr;
    written = written && std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
    written = written && std::fflush(file.get()) == 0;
    if (written) {
        file.reset();
        return put_in_place(temporary, path);
    }
    std::string error = fmt::format("cannot write {}: {}", path, why());
    file.reset();
    static_cast<void>(std::remove(temporary.c_str()));
    return std::unexpected(std::move(error));
}

}  // namespace decree::traces
