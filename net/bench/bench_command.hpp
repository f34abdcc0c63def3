#pragma once

/// `decree bench`: how fast a running cluster answers.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "net/bench/load.hpp"

namespace decree::net {

struct BenchArguments {
    std::string uri;
    std::string timeout;  ///< For writing the files to begin with.
    std::int64_t connections = 1;
    std::int64_t in_flight = 1;
    std::int64_t value_size = 256;
    std::int64_t keys = 1000;
    std::int64_t rate = 0;
    bool reads = false;
    bool writes = false;
    std::string time = "5s";
    std::string warm_up = "500ms";
    std::vector<int> servers;
    bool json = false;
};

/// A report for a person, or for a program.
[[nodiscard]] std::string to_text(const LoadPlan& plan, const LoadReport& report);
[[nodiscard]] std::string to_json(const LoadPlan& plan, const LoadReport& report);

/// Returns the exit status: 0; 1 where anything asked was refused or lost; 2 where nothing could be
/// measured.
[[nodiscard]] int bench_command(const BenchArguments& arguments);

}  // namespace decree::net
