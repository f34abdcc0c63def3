#pragma once

/// A node as servers run it, for tests.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/store/command_log.hpp"
#include "net/replica.hpp"

namespace decree::net::tests {

/// A cluster of one node as a server runs it, each turn a millisecond after the one before.
class LoneReplica final : ReplicaUser {
public:
    /// `scrub_every`: microseconds from one look at its files to the next.
    explicit LoneReplica(const std::string& path,
                         std::uint64_t scrub_every = std::uint64_t{1} << 40U) {
        auto disk = DataDirectory::open(path, NodeId{7});
        EXPECT_TRUE(disk.has_value()) << disk.error();
        const Settings settings{.voters = {disk->node()}};
        const Options options{.self = disk->node(),
                              .contacts = {disk->node()},
                              .snapshot_every = 8,
                              .keep_slots = 8,
                              .segment_bytes = 4'000,
                              .members = {}};
        auto started = Replica::start(*std::move(disk),
                                      {.beginning = {.settings = settings, .founders = {}},
                                       .node = options,
                                       .store = {},
                                       .scrub_every = scrub_every},
                                      now_, [this] { woken_.release(); });
        EXPECT_TRUE(started.has_value()) << started.error();
        replica_ = *std::move(started);
    }
    /// Returns when `text` is acknowledged, or what comes before that: why the node must end.
    std::string append(const std::string& text) {
        done_ = false;
        for (int turns = 0; turns < 5'000; ++turns) {
            if (!asked_) {
                replica_->happened(Requested{.client = ClientId{1},
                                             .id = {},
                                             .tag = 1,
                                             .payload = encode_command(AppendText{text})});
            }
            asked_ = true;
            if (std::string why = turn(); !why.empty()) return why;
            if (done_) return "";
        }
        return "there is no answer";
    }
    /// One turn, and all that it makes the disk do. Why the node must end, if it must.
    std::string turn() {
        now_ = now_ + 1'000;
        if (Done done = replica_->turn(now_, *this); !done) return done.error();
        if (!replica_->at_rest()) woken_.acquire();
        return "";
    }
    [[nodiscard]] std::size_t executed() const {
        return dynamic_cast<const CommandLog&>(replica_->node().machine()).length();
    }

    [[nodiscard]] const std::optional<std::string>& damaged() const { return replica_->damaged(); }
    [[nodiscard]] NeededFiles needed() const { return replica_->disk().needed(); }

private:
    void answered(const Reply& reply) override {
        asked_ = false;
        done_ = reply.outcome == Outcome::Done;
    }
    void send(const Envelope&) override {}
    void stepped() override {}

    Time now_{1'000'000};
    bool asked_ = false;
    bool done_ = false;
    std::counting_semaphore<> woken_{0};
    std::unique_ptr<Replica> replica_;  // Last: its threads use the others.
};

}  // namespace decree::net::tests
