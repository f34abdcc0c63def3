#pragma once

/// A node on a real folder, for tests.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/event.hpp"
#include "core/node/node.hpp"
#include "core/store/command_log.hpp"
#include "net/data_directory.hpp"
#include "net/folder.hpp"

namespace decree::net::tests {

/// A folder that goes when the test is over.
class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "decree-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string operator/(const std::string& name) const {
        return path_ + "/" + name;
    }

private:
    std::string path_;
};

/// A cluster of one node on a real folder. Its time is not real: each step takes a millisecond.
class LoneNode {
public:
    /// `room`: of each segment; 0: none is made.
    explicit LoneNode(const std::string& path, std::uint64_t room = 0,
                      std::uint32_t snapshot_every = 16)
        : disk_(open(path)) {
        if (room > 0) {
            EXPECT_TRUE(disk_.keep_room(room).has_value());
        }
        const auto contents = disk_.read();
        EXPECT_TRUE(contents.has_value());
        const auto recovered = contents->recover();
        EXPECT_TRUE(recovered.has_value()) << recovered.error().what;
        const Settings settings{.voters = {disk_.node()}};
        auto node = Node::start(settings,
                                {.self = disk_.node(),
                                 .contacts = {disk_.node()},
                                 .snapshot_every = snapshot_every,
                                 .keep_slots = 8,
                                 .segment_bytes = 4'000,
                                 .members = {}},
                                std::make_unique<CommandLog>(settings), *recovered, now_);
        EXPECT_TRUE(node.has_value());
        EXPECT_TRUE(disk_.started(*recovered).has_value());
        node_ = std::make_unique<Node>(*std::move(node));
    }

    /// Returns when `text` is durable.
    void append(const std::string& text) {
        ask(Requested{.client = ClientId{1},
                      .id = {},
                      .tag = {},
                      .payload = encode_command(AppendText{text})});
    }
    /// All that were appended before.
    [[nodiscard]] std::vector<std::string> texts() {
        ask(ReadRequested{.client = ClientId{1}, .tag = {}, .query = {}});
        const auto& log = dynamic_cast<const CommandLog&>(node_->machine());
        std::vector<std::string> all;
        for (std::uint64_t i = 0; i < log.length(); ++i) all.emplace_back(log.text(i));
        return all;
    }

private:
    // Until it is done: a node that has just started is busy.
    template <class Question>
    void ask(Question question) {
        while (true) {
            ++question.tag;
            outcome_.reset();
            step({.now = now_, .what = question});
            while (!outcome_) settle();
            if (outcome_ == Outcome::Done) return;
            settle();
        }
    }
    void settle() {
        now_ = now_ + 1'000;
        step({.now = now_, .what = TimePassed{}});
        if (const auto sync = disk_.begin_sync()) {
            const auto durable = sync->run();
            ASSERT_TRUE(durable.has_value()) << durable.error();
            step({.now = now_, .what = Durable{*durable}});
        }
    }

    static DataDirectory open(const std::string& path) {
        auto opened = DataDirectory::open(path, NodeId{7});
        EXPECT_TRUE(opened.has_value()) << opened.error();
        return *std::move(opened);
    }
    void step(const Event& event) {
        node_->step(event, effects_);
        ASSERT_TRUE(disk_.append(effects_.journal).has_value());
        for (const Reply& reply : effects_.replies) outcome_ = reply.outcome;
        std::vector<SnapshotSync> syncs;
        for (const SnapshotWrite& write : effects_.snapshot) {
            auto sync = disk_.write(write);
            ASSERT_TRUE(sync.has_value()) << sync.error();
            if (*sync) syncs.push_back(**std::move(sync));
        }
        for (const LetGo& file : disk_.release(effects_.release)) {
            ASSERT_TRUE(let_go(file).has_value());
        }
        for (const SnapshotSync& sync : syncs) {
            const auto stored = sync.run();
            ASSERT_TRUE(stored.has_value()) << stored.error();
            step({.now = now_, .what = SnapshotStored{*stored}});
        }
    }

    DataDirectory disk_;
    std::unique_ptr<Node> node_;
    Effects effects_;
    Time now_{1'000'000};
    std::optional<Outcome> outcome_;  // Of what was asked last.
};

}  // namespace decree::net::tests
