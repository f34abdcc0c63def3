#pragma once

/// The recorded histories of tests/data/histories, with their verdicts, which come from outside.

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "props/history/model.hpp"
#include "traces/history/read.hpp"

namespace decree::history::test {

struct Recorded {
    std::string file;
    const Model* model{};
    bool linearizable{};
    History history;
};

inline std::string contents_of(const std::string& file) {
    std::ifstream in(std::string(DECREE_TEST_DATA) + "/histories/" + file, std::ios::binary);
    EXPECT_TRUE(in.is_open()) << file;
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// All of them, read once.
inline const std::vector<Recorded>& recorded() {
    static const std::vector<Recorded> all = [] {
        std::vector<Recorded> read;
        const boost::json::value index = boost::json::parse(contents_of("index.json"));
        for (const boost::json::value& each : index.at("files").as_array()) {
            Recorded& one = read.emplace_back();
            one.file = std::string(each.at("file").as_string());
            one.model = each.at("model").as_string() == "kv-append" ? &kv() : &cas_register();
            one.linearizable = each.at("linearizable").as_bool();
            auto history = traces::read_history(contents_of(one.file), *one.model);
            EXPECT_TRUE(history.has_value()) << one.file;
            if (history) one.history = *std::move(history);
        }
        return read;
    }();
    return all;
}

}  // namespace decree::history::test
