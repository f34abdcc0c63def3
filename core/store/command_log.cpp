#include "core/store/command_log.hpp"

#include <algorithm>
#include <utility>

#include "core/contract.hpp"
#include "core/digest.hpp"
#include "core/overload.hpp"

namespace decree {

namespace {

constexpr std::size_t chunk_texts = 64;
constexpr std::size_t max_wanted = 64;
constexpr std::size_t max_retired = 64;

// The rest of the state, piece 0 of a snapshot. The texts follow, a chunk a piece.
struct LogHead {
    Voters voters;
    std::vector<NodeId> retired;
    std::uint64_t length{};
    std::uint64_t texts_digest{};
    std::vector<ClusterTime> wanted;
    std::uint64_t woken{};
};

}  // namespace

Value encode_command(const LogCommand& command) { return Value(Bytes(encode(command))); }

Answer encode_answer(const LogAnswer& answer) {
    const ByteBuffer bytes = encode(answer);
    return std::string(as_text(bytes));
}

std::optional<LogAnswer> decode_answer(const Answer& answer) {
    const auto decoded = decode<LogAnswer>(as_bytes(answer));
    if (!decoded) return std::nullopt;
    return *decoded;
}

CommandLog::CommandLog(const Settings& settings)
    : settings_(std::make_shared<const Settings>(settings)), voters_(settings.voters) {}

std::unique_ptr<StateMachine> CommandLog::clone() const {
    return std::make_unique<CommandLog>(*this);
}

std::unique_ptr<StateMachine> CommandLog::fresh() const {
    return std::make_unique<CommandLog>(*settings_);
}

std::unique_ptr<StateMachine> CommandLog::founded(const Settings& cluster, Bytes own) const {
    return own.empty() ? std::make_unique<CommandLog>(cluster) : nullptr;
}

void CommandLog::apply(const SlotInfo& slot, std::span<const CommandView> commands,
                       SlotResult& out) {
    while (!wanted_.empty() && wanted_.front() <= slot.stamp) {
        wanted_.erase(wanted_.begin());
        ++woken_;
    }
    for (const CommandView& view : commands) {
        Decoder in(view.payload);
        const auto command = in.get<LogCommand>();
        LogAnswer answer{.refused = true, .length = length_, .digest = texts_digest_};
        if (in.ok() && in.at_end()) answer = execute(command, slot, out);
        scratch_.clear();
        Encoder(scratch_).put(answer);
        out.answers.emplace_back(as_text(scratch_));
    }
}

LogAnswer CommandLog::execute(const LogCommand& command, const SlotInfo& slot, SlotResult& out) {
    const bool done = std::visit(
        Overload{
            [&](const AppendText& append) {
                last_.add(append.text);
                ++length_;
                texts_digest_ = digest_of(append.text, texts_digest_);
                if (last_.count < chunk_texts) return true;
                full_.push_back(std::make_shared<const Chunk>(std::exchange(last_, Chunk{})));
                return true;
            },
            [&](const SetVoters& set) { return take_voters(make_voters(set.voters)); },
            [&](const ChangeSeat& change) {
                auto voters = after(change);
                return voters && take_voters(*std::move(voters));
            },
            [&](const DropOrigin& drop) {
                out.dropped_origins.push_back(drop.origin);
                return true;
            },
            [&](const WakeAt& wake) {
                if (wanted_.size() >= max_wanted || wake.at <= slot.stamp) return false;
                wanted_.insert(std::ranges::upper_bound(wanted_, wake.at), wake.at);
                return true;
            },
        },
        command);
    return {.refused = !done, .length = length_, .digest = texts_digest_};
}

bool CommandLog::take_voters(Voters voters) {
    if (!check_quorums(settings_->quorums, voters)) return false;
    for (const NodeId node : voters_) {
        if (!std::ranges::binary_search(voters, node)) retired_.push_back(node);
    }
    std::erase_if(retired_, [&](NodeId node) { return std::ranges::binary_search(voters, node); });
    while (retired_.size() > max_retired) retired_.erase(retired_.begin());
    voters_ = std::move(voters);
    return true;
}

bool CommandLog::has_free_seat() const { return voters_.size() < settings_->voters.size(); }

bool CommandLog::may_vote(NodeId node) const {
    return !std::ranges::binary_search(voters_, node) &&
           std::ranges::find(retired_, node) == retired_.end();
}

/// The voters that a change would make, if it can be made.
std::optional<Voters> CommandLog::after(const ChangeSeat& change) const {
    const bool enters = change.in != NodeId{};
    const bool leaves = change.out != NodeId{};
    if (change.before != voters_ || (!enters && !leaves)) return std::nullopt;
    if (enters && (!may_vote(change.in) || (!leaves && !has_free_seat()))) return std::nullopt;
    if (leaves && !std::ranges::binary_search(voters_, change.out)) return std::nullopt;
    Voters voters = voters_;
    std::erase(voters, change.out);
    if (enters) voters.push_back(change.in);
    return make_voters(std::move(voters));
}

std::optional<Value> CommandLog::seat(const SeatChange& change) const {
    const ChangeSeat command{.before = voters_, .in = change.in, .out = change.out};
    const auto voters = after(command);
    if (!voters || !check_quorums(settings_->quorums, *voters)) return std::nullopt;
    return encode_command(command);
}

std::optional<ClusterTime> CommandLog::stamp_wanted() const {
    if (wanted_.empty()) return std::nullopt;
    return wanted_.front();
}

Answer CommandLog::query(Bytes) const {
    return encode_answer({.refused = false, .length = length_, .digest = texts_digest_});
}

std::string_view CommandLog::text(std::uint64_t index) const {
    ENSURE(index < length_, "only what was appended can be read");
    const auto number = static_cast<std::size_t>(index / chunk_texts);
    const Chunk& chunk = number < full_.size() ? *full_[number] : last_;
    Decoder in(chunk.texts);
    Bytes text = in.get_raw(in.get_varint());
    for (std::uint64_t left = index % chunk_texts; left > 0; --left) {
        text = in.get_raw(in.get_varint());
    }
    return as_text(text);
}

void CommandLog::Chunk::add(const std::string& text) {
    Encoder(texts).put(text);
    ++count;
}

bool CommandLog::snapshot_piece(std::uint64_t index, ByteBuffer& out) const {
    Encoder encoder(out);
    if (index == 0) {
        encoder.put(LogHead{.voters = voters_,
                            .retired = retired_,
                            .length = length_,
                            .texts_digest = texts_digest_,
                            .wanted = wanted_,
                            .woken = woken_});
        return true;
    }
    const bool rest = index == full_.size() + 1 && last_.count > 0;
    if (index > full_.size() && !rest) return false;
    const Chunk& chunk = rest ? last_ : *full_[static_cast<std::size_t>(index - 1)];
    encoder.put_varint(chunk.count);
    encoder.put_raw(chunk.texts);
    return true;
}

std::expected<void, BadBytes> CommandLog::restore_piece(std::uint64_t index, Bytes piece) {
    if (index == 0) {
        const auto head = decode<LogHead>(piece);
        if (!head) return std::unexpected(head.error());
        voters_ = head->voters;
        retired_ = head->retired;
        length_ = head->length;
        texts_digest_ = head->texts_digest;
        wanted_ = head->wanted;
        woken_ = head->woken;
        if (!check_quorums(settings_->quorums, voters_)) {
            return std::unexpected(BadBytes{.what = "expected voters with quorums", .offset = 0});
        }
        return {};
    }
    const auto texts = decode<std::vector<std::string>>(piece);
    if (!texts) return std::unexpected(texts.error());
    const bool fits = index == full_.size() + 1 && last_.count == 0 && !texts->empty() &&
                      texts->size() <= chunk_texts;
    if (!fits) return std::unexpected(BadBytes{.what = "expected the next texts", .offset = 0});
    Chunk chunk;
    for (const std::string& text : *texts) chunk.add(text);
    if (chunk.count == chunk_texts) {
        full_.push_back(std::make_shared<const Chunk>(std::move(chunk)));
    } else {
        last_ = std::move(chunk);
    }
    return {};
}

std::expected<void, BadBytes> CommandLog::end_restore() {
    if (full_.size() * chunk_texts + last_.count == length_) return {};
    return std::unexpected(
        BadBytes{.what = "expected as many texts as the head says", .offset = 0});
}

std::uint64_t CommandLog::digest() const {
    std::uint64_t digest = mix(texts_digest_, length_);
    for (const NodeId voter : voters_) digest = mix(digest, voter.value);
    for (const NodeId node : retired_) digest = mix(digest, node.value);
    for (const ClusterTime wanted : wanted_) digest = mix(digest, wanted.value);
    return mix(digest, woken_);
}

}  // namespace decree
