#include "core/store/store.hpp"

#include <algorithm>
#include <utility>

#include "core/contract.hpp"
#include "core/node_name.hpp"
#include "core/store/execution.hpp"
#include "core/store/machines.hpp"

namespace decree::store {

Store::Store(const Settings& cluster, const StoreSettings& settings)
    : cluster_(std::make_shared<const Settings>(cluster)),
      state_{.settings = settings,
             .history = {},
             .sessions = {},
             .delays = {},
             .electorate = Electorate(cluster.voters)} {
    ENSURE(!bad_settings(settings), "a store has settings that can be");
}

/// A clone is what a snapshot is written from, piece by piece.
std::unique_ptr<StateMachine> Store::clone() const {
    auto clone = std::make_unique<Store>(*this);
    clone->state_.history.settle();
    return clone;
}

std::unique_ptr<StateMachine> Store::fresh() const {
    return std::make_unique<Store>(*cluster_, state_.settings);
}

Value Store::founding_settings() const { return Value(Bytes(encode(state_.settings))); }

std::unique_ptr<StateMachine> Store::founded(const Settings& cluster, Bytes own) const {
    const auto settings = decode<StoreSettings>(own);
    if (!settings || bad_store(cluster, *settings)) return nullptr;
    return std::make_unique<Store>(cluster, *settings);
}

void Store::apply(const SlotInfo& slot, std::span<const CommandView> commands, SlotResult& out) {
    Execution execution(state_, *cluster_, slot, out);
    for (const CommandView& command : commands) {
        scratch_.clear();
        Encoder(scratch_).put(execution.run(command.payload));
        out.answers.emplace_back(as_text(scratch_));
    }
    execution.finish();
}

Answer Store::query(Bytes question) const {
    const auto decoded = decode_query(question);
    if (decoded) return encode_answer(store::query(state_, *decoded));
    QueryAnswer refused;
    refused.code = Code::Other;
    refused.detail = "not a question: " + decoded.error().what;
    return encode_answer(refused);
}

bool Store::snapshot_piece(std::uint64_t index, ByteBuffer& out) const {
    return store::snapshot_piece(state_, index, out);
}

std::expected<void, BadBytes> Store::restore_piece(std::uint64_t index, Bytes piece) {
    return reader_.take(index, piece, *cluster_);
}

std::expected<void, BadBytes> Store::end_restore() {
    // Not kept: its tree would hold whatever changes from here on a second time.
    auto state = std::exchange(reader_, SnapshotReader{}).finish();
    if (!state) return std::unexpected(std::move(state.error()));
    state_ = *std::move(state);
    return {};
}

std::optional<Value> Store::seat(const SeatChange& change) const {
    if (change.in != NodeId{} && !may_take_slot(change.in)) return std::nullopt;
    const std::vector<FreeSlot> slots =
        change.out == NodeId{} ? free_slots() : slots_of(state_.tree(), change.out);
    if (slots.empty()) return std::nullopt;
    const std::string name = change.in == NodeId{} ? std::string() : node_name(change.in);
    return encode_command(StoreCommand{Set{.path = slots.front().path,
                                           .revision = slots.front().revision,
                                           .value = Value(as_bytes(name)),
                                           .session = {}}});
}

bool Store::may_take_slot(NodeId node) const {
    return is_known(state_.tree(), node) && !state_.electorate.is_retired(node) &&
           !std::ranges::binary_search(voters(), node);
}

}  // namespace decree::store
