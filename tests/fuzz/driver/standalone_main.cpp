/// Runs a fuzz target without libFuzzer: over the examples of a folder, then over mutations of
/// them. Every run does the same. What kills the target is written to a file named on stderr.

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t longest_input = 4096;
constexpr const char* crash_file = "crash-input";

/// What the target is looking at: a signal handler has no other way to know.
const Input* now_running = nullptr;

/// SplitMix64: small, and the same everywhere.
class Chance {
public:
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : next() % bound; }
    std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }

private:
    std::uint64_t state_ = 20261123;
};

extern "C" void keep_input(int signal) {
    const int file = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file >= 0 && now_running != nullptr) {
        const auto written = write(file, now_running->data(), now_running->size());
        constexpr std::string_view told = "fuzz: the input is kept in ./crash-input\n";
        if (written >= 0 && write(STDERR_FILENO, told.data(), told.size()) < 0) _exit(3);
        close(file);
    }
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run(const Input& input) {
    now_running = &input;
    LLVMFuzzerTestOneInput(input.data(), input.size());
    now_running = nullptr;
}

std::vector<Input> read_examples(const std::filesystem::path& place) {
    std::vector<std::filesystem::path> paths;
    if (std::filesystem::is_regular_file(place)) paths.push_back(place);
    if (std::filesystem::is_directory(place)) {
        for (const auto& entry : std::filesystem::directory_iterator(place)) {
            if (entry.is_regular_file()) paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());  // Folders list in any order.
    std::vector<Input> examples;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        examples.emplace_back(std::istreambuf_iterator<char>(file),
                              std::istreambuf_iterator<char>());
    }
    return examples;
}

auto at(Input& input, std::size_t position) {
    return input.begin() + static_cast<std::ptrdiff_t>(position);
}

void insert_some(Input& input, Chance& chance) {
    Input some(1 + chance.below(8));
    for (auto& byte : some) byte = chance.byte();
    input.insert(at(input, chance.below(input.size() + 1)), some.begin(), some.end());
}

void erase_some(Input& input, Chance& chance) {
    const std::size_t from = chance.below(input.size());
    const std::size_t count = 1 + chance.below(std::min<std::size_t>(16, input.size() - from));
    input.erase(at(input, from), at(input, from + std::min(count, input.size() - from)));
}

/// Lengths and counts break at their edges.
void put_edge_value(Input& input, Chance& chance) {
    constexpr std::uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, 0x3f, 0x40};
    const std::size_t from = chance.below(input.size());
    const std::size_t count = std::min<std::size_t>(1 + chance.below(8), input.size() - from);
    std::fill_n(at(input, from), count, edges[chance.below(std::size(edges))]);
}

void splice(Input& input, const Input& other, Chance& chance) {
    const std::size_t from = chance.below(other.size() + 1);
    input.resize(chance.below(input.size() + 1));
    input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
}

void mutate(Input& input, const Input& other, Chance& chance) {
    const std::size_t kind = chance.below(6);
    if (input.empty() || kind == 0) {
        insert_some(input, chance);
    } else if (kind == 1) {
        erase_some(input, chance);
    } else if (kind == 2) {
        put_edge_value(input, chance);
    } else if (kind == 3) {
        splice(input, other, chance);
    } else if (kind == 4) {
        input[chance.below(input.size())] = chance.byte();
    } else {
        input[chance.below(input.size())] ^= static_cast<std::uint8_t>(1U << chance.below(8));
    }
    if (input.size() > longest_input) input.resize(longest_input);
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t runs = 1000;
    std::vector<Input> examples{Input{}};
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument.starts_with("--runs=")) {
            runs = std::strtoul(argument.c_str() + 7, nullptr, 10);
            continue;
        }
        for (Input& example : read_examples(argument)) examples.push_back(std::move(example));
    }
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        std::signal(signal, keep_input);
    }

    Chance chance;
    for (const Input& example : examples) run(example);
    for (std::size_t i = 0; i < runs; ++i) {
        Input input = examples[chance.below(examples.size())];
        const Input& other = examples[chance.below(examples.size())];
        for (std::size_t left = 1 + chance.below(8); left > 0; --left) {
            mutate(input, other, chance);
        }
        run(input);
    }
    std::cout << "fuzz: " << examples.size() - 1 << " examples and " << runs << " mutations\n";
    return 0;
}
