#pragma once

/// A store to talk to in tests: each command in a slot of its own, unless said otherwise.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/contract.hpp"
#include "core/node_name.hpp"
#include "core/store/store.hpp"

namespace decree::store {

inline Value text(std::string_view of) { return Value(as_bytes(of)); }
inline std::string text_of(const Value& value) { return std::string(as_text(value.bytes())); }
inline Write put(const std::string& path, std::string_view value) {
    return PutFile{path, text(value), {}};
}

class SmallStore {
public:
    explicit SmallStore(const StoreSettings& settings = {}, std::uint64_t alpha = 4,
                        std::vector<NodeId> founders = {NodeId{1}, NodeId{2}, NodeId{3}})
        : store_(std::make_unique<Store>(cluster(alpha, std::move(founders)), settings)) {}

    /// A slot with these commands.
    std::vector<CommandAnswer> slot(const std::vector<StoreCommand>& commands) {
        std::vector<Value> payloads;
        for (const StoreCommand& command : commands) payloads.push_back(encode_command(command));
        return raw(payloads);
    }
    /// A slot with these bytes as commands.
    std::vector<CommandAnswer> raw(const std::vector<Value>& payloads) {
        std::vector<CommandView> views;
        for (const Value& payload : payloads)
            views.push_back({.id = {}, .payload = payload.bytes()});
        slot_ = next(slot_);
        SlotResult result;
        store_->apply({.slot = slot_, .stamp = now_}, views, result);
        ENSURE(result.answers.size() == payloads.size(), "every command has one answer");
        std::vector<CommandAnswer> answers;
        for (const Answer& answer : result.answers) {
            const auto decoded = decode_command_answer(answer);
            ENSURE(decoded.has_value(), "every answer can be read");
            answers.push_back(*decoded);
        }
        dropped_ = result.dropped_origins;
        return answers;
    }
    CommandAnswer run(const StoreCommand& command) { return slot({command}).front(); }

    CommandAnswer set(const std::string& path, std::int64_t revision, std::string_view value,
                      SessionId session = {}) {
        return run(Set{path, Revision{revision}, text(value), session});
    }
    CommandAnswer del(const std::string& path, std::int64_t revision) {
        return run(Del{path, Revision{revision}});
    }
    CommandAnswer nop() { return run(Nop{}); }
    SessionId open(std::uint64_t ttl_us) { return run(OpenSession{ttl_us}).session; }

    /// Cluster time goes on; the next slot carries it.
    void pass(std::uint64_t us) { now_.value += us; }
    /// Slots without a command.
    void idle(std::uint64_t slots = 1) {
        for (; slots > 0; --slots) static_cast<void>(slot({}));
    }

    [[nodiscard]] QueryAnswer ask(const StoreQuery& question) const {
        const auto answer = decode_query_answer(store_->query(encode_query(question).bytes()));
        ENSURE(answer.has_value(), "every answer can be read");
        return *answer;
    }
    /// What GET says of the file now; "(missing)", or the name of the error.
    [[nodiscard]] std::string get(const std::string& path, At at = {}) const {
        const QueryAnswer answer = ask(Get{path, at});
        if (answer.code != Code::Ok) return std::string(code_name(answer.code));
        const Entry& entry = answer.entries.at(0);
        return entry.revision == missing ? "(missing)" : text_of(entry.value);
    }
    [[nodiscard]] Revision revision_of(const std::string& path) const {
        return ask(Stat{path, {}}).entries.at(0).revision;
    }
    [[nodiscard]] Event event(std::int64_t revision) const {
        Event found;
        history().visit(Revision{revision}, [&](const Event& event) {
            found = event;
            return false;
        });
        return found;
    }

    [[nodiscard]] const Store& store() const { return *store_; }
    [[nodiscard]] const State& state() const { return store_->state(); }
    [[nodiscard]] const History& history() const { return store_->state().history; }
    [[nodiscard]] std::int64_t revision() const { return state().revision().value; }
    [[nodiscard]] Slot at_slot() const { return slot_; }
    [[nodiscard]] ClusterTime now() const { return now_; }
    [[nodiscard]] const std::vector<NodeId>& dropped() const { return dropped_; }

    /// All pieces of a snapshot.
    [[nodiscard]] std::vector<ByteBuffer> snapshot() const {
        std::vector<ByteBuffer> pieces(1);
        while (store_->snapshot_piece(pieces.size() - 1, pieces.back())) pieces.emplace_back();
        pieces.pop_back();
        return pieces;
    }
    /// Becomes what the pieces say. Returns whether they were accepted.
    [[nodiscard]] bool restore(const std::vector<ByteBuffer>& pieces) {
        const auto fresh = store_->fresh();
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (!fresh->restore_piece(i, pieces[i])) return false;
        }
        if (!fresh->end_restore()) return false;
        store_ = std::make_unique<Store>(dynamic_cast<const Store&>(*fresh));
        return true;
    }

private:
    static Settings cluster(std::uint64_t alpha, std::vector<NodeId> founders) {
        Settings settings;
        settings.voters = make_voters(std::move(founders));
        settings.alpha = alpha;
        settings.command_bytes = 1U << 29U;
        return settings;
    }
    std::unique_ptr<Store> store_;  // A store is copied, not assigned.
    Slot slot_;
    ClusterTime now_;
    std::vector<NodeId> dropped_;
};

}  // namespace decree::store
