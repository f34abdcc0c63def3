#pragma once

/// The first application: a log of texts. Small enough to see through, rich enough to tell two
/// histories apart.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/state_machine.hpp"

namespace decree {

/// Appends `text` to the log. Answer: LogAnswer with the log's length and digest after it.
struct AppendText {
    std::string text;
    bool operator==(const AppendText&) const = default;
};
/// These shall be the voters, alpha slots from here. Refused when there are none or too many, or
/// the cluster's quorum system does not work for them.
struct SetVoters {
    Voters voters;
    bool operator==(const SetVoters&) const = default;
};
/// Forgets an origin of requests.
struct DropOrigin {
    NodeId origin;
    bool operator==(const DropOrigin&) const = default;
};
/// Wants a stamp at `at`, and counts it when it comes.
struct WakeAt {
    ClusterTime at;
    bool operator==(const WakeAt&) const = default;
};
/// If the voters are `before`, one of them loses its vote to another node, or one becomes or ceases
/// to be a voter (0: nobody). Refused otherwise, as SetVoters is, and to a node whose vote was
/// taken away: only SetVoters gives it one again.
struct ChangeSeat {
    Voters before;
    NodeId in;
    NodeId out;
    bool operator==(const ChangeSeat&) const = default;
};
using LogCommand = std::variant<AppendText, SetVoters, DropOrigin, WakeAt, ChangeSeat>;

/// The answer to every command and query, in its wire form.
struct LogAnswer {
    bool refused{};          ///< The command was not one, or SetVoters was refused.
    std::uint64_t length{};  ///< Texts in the log; a command's own included.
    std::uint64_t digest{};  ///< Of all of them, in order.
    bool operator==(const LogAnswer&) const = default;
};

[[nodiscard]] Value encode_command(const LogCommand& command);
[[nodiscard]] Answer encode_answer(const LogAnswer& answer);
/// Nothing when the bytes are no LogAnswer.
[[nodiscard]] std::optional<LogAnswer> decode_answer(const Answer& answer);

class CommandLog final : public StateMachine {
public:
    explicit CommandLog(const Settings& settings);
    CommandLog(const CommandLog&) = default;

    [[nodiscard]] std::unique_ptr<StateMachine> clone() const override;
    [[nodiscard]] std::unique_ptr<StateMachine> fresh() const override;
    [[nodiscard]] Value founding_settings() const override { return {}; }  // It has none.
    [[nodiscard]] std::unique_ptr<StateMachine> founded(const Settings& cluster,
                                                        Bytes own) const override;
    void apply(const SlotInfo& slot, std::span<const CommandView> commands,
               SlotResult& out) override;
    [[nodiscard]] const Voters& voters() const override { return voters_; }
    /// There are as many seats as there were voters at first.
    [[nodiscard]] bool has_free_seat() const override;
    [[nodiscard]] bool may_vote(NodeId node) const override;
    [[nodiscard]] std::optional<Value> seat(const SeatChange& change) const override;
    [[nodiscard]] std::optional<ClusterTime> stamp_wanted() const override;
    /// Any question is answered with the log's length and digest.
    [[nodiscard]] Answer query(Bytes question) const override;
    [[nodiscard]] bool snapshot_piece(std::uint64_t index, ByteBuffer& out) const override;
    [[nodiscard]] std::expected<void, BadBytes> restore_piece(std::uint64_t index,
                                                              Bytes piece) override;
    [[nodiscard]] std::expected<void, BadBytes> end_restore() override;
    [[nodiscard]] std::uint64_t digest() const override;

    [[nodiscard]] std::uint64_t length() const { return length_; }
    /// The text number `index`, from 0. REQUIRES: index < length(). Reads through its chunk.
    [[nodiscard]] std::string_view text(std::uint64_t index) const;

private:
    // Texts are kept in full chunks that copies share, and one chunk in the making; as they stand
    // in a snapshot, so that making one copies them and looks at none.
    struct Chunk {
        std::size_t count{};
        ByteBuffer texts;  // Their wire form, one behind the other.
        void add(const std::string& text);
    };
    LogAnswer execute(const LogCommand& command, const SlotInfo& slot, SlotResult& out);
    bool take_voters(Voters voters);
    [[nodiscard]] std::optional<Voters> after(const ChangeSeat& change) const;

    std::shared_ptr<const Settings> settings_;
    Voters voters_;
    std::vector<NodeId> retired_;  // Whose votes were taken away, the latest last; few.
    std::vector<std::shared_ptr<const Chunk>> full_;
    Chunk last_;
    std::uint64_t length_ = 0;
    std::uint64_t texts_digest_ = 0;
    std::vector<ClusterTime> wanted_;  // Ascending, at most `max_wanted`.
    std::uint64_t woken_ = 0;
    ByteBuffer scratch_;  // Reused by apply(); no state between calls.
};

}  // namespace decree
