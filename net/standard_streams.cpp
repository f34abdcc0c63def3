#include "net/standard_streams.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace decree::net {
namespace {

// Of the first write to stdout that failed; 0: none did.
int& output_error() {
    static int error = 0;
    return error;
}

void note_output_error() {
    if (output_error() == 0) output_error() = errno;
}

// Nobody but occupy_standard_descriptors() makes a stream that cannot be read or written.
std::string reason(int error) {
    return error == EBADF ? "it is closed" : std::generic_category().message(error);
}

}  // namespace

bool occupy_standard_descriptors() {
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(number, F_GETFD) >= 0) continue;
        // It gets the lowest number that is free, which is this one.
        if (::open("/dev/null", number == STDOUT_FILENO ? O_RDONLY : O_WRONLY) != number) {
            return false;
        }
    }
    return true;
}

std::expected<std::string, std::string> read_standard_input(std::size_t most) {
    std::string all;
    std::array<char, 65536> part{};
    while (all.size() <= most) {
        const ssize_t size = ::read(STDIN_FILENO, part.data(), part.size());
        if (size == 0) return all;
        if (size > 0) {
            all.append(part.data(), static_cast<std::size_t>(size));
        } else if (errno != EINTR) {
            return std::unexpected("cannot read standard input: " + reason(errno));
        }
    }
    return std::unexpected(fmt::format("standard input exceeds {} bytes", most));
}

void print(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size()) note_output_error();
}

void print_error(std::string_view text) {
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

bool flush_output() {
    if (std::fflush(stdout) != 0) note_output_error();
    return output_error() == 0;
}

int finish_output(int status) {
    if (flush_output()) return status;
    print_error(
        fmt::format("decree: cannot write to standard output: {}\n", reason(output_error())));
    return status == 0 ? 2 : status;
}

}  // namespace decree::net
