#include <algorithm>

#include "core/codec.hpp"
#include "core/hash.hpp"
#include "props/founded_by_all.hpp"
#include "props/founders_agree.hpp"
#include "props/founding_record_never_changes.hpp"
#include "props/no_claim_beyond_disk.hpp"
#include "props/observer.hpp"
#include "props/slot_quorums.hpp"
#include "props/words.hpp"

namespace decree::props {

/// What executes the log once more has the settings of the cluster: it begins with the first node
/// that is a member.
void Observer::begin_reference(const NodeView& view) {
    if (reference_.begun() || view.founding != nullptr || !fine()) return;
    reference_.begin(view.machine->fresh());
    const auto* const store = dynamic_cast<const store::Store*>(&reference_.machine());
    if (store != nullptr) {
        store_.emplace(settings_, *store);
        return;
    }
    const auto empty = decode_answer(reference_.machine().query(Bytes{}));
    lengths_.begin(empty ? empty->digest : 0);
}

void Observer::look_at_list(GhostNode& node, const NodeView& view) {
    if (view.founding == nullptr) return;
    node.founders.clear();
    for (const Listed& listed : view.founding->founders) node.founders.push_back(listed.address);
}

void Observer::write_founding(GhostNode& node, const RecordView& record) {
    const std::uint64_t digest = hash_bytes(record.value);
    const DiskState& written = node.disk.written;
    if (written.charter != 0) {
        report(founding_record_never_changes(node.id, written.charter, digest, "Record"));
    }
    if (std::ranges::find(proposed_, digest) == proposed_.end()) {
        proposed_.push_back(digest);
        judge_proposed(node, record.value);
    }
    if (record.founded && !written.founded) become_founded(node, record.value);
    node.disk.write({.kind = record.kind,
                     .slot = {},
                     .ballot = {},
                     .digest = digest,
                     .incarnation = {},
                     .founded = record.founded});
}

/// The node is the first to store that record.
void Observer::judge_proposed(const GhostNode& node, Bytes record) {
    const auto charter = decode<Charter>(record);
    if (!charter) return;
    report(
        founders_agree(node.id, *charter, [&](NodeId founder) -> const std::vector<std::string>& {
            return ghost(founder).founders;
        }));
}

/// The node takes the cluster of that record for founded.
void Observer::become_founded(const GhostNode& node, Bytes record) {
    const auto charter = decode<Charter>(record);
    if (!charter) {
        return report(violated("DurableStateSurvives", "Unreadable",
                               words(node.id, " stores a founding record that is none")));
    }
    const std::uint64_t digest = hash_bytes(record);
    report(founded_by_all(node.id, *charter, digest,
                          [&](NodeId founder) { return ghost(founder).charter; }));
    if (cluster_) return report(one_cluster(node.id, digest, cluster_));
    if (!fine()) return;
    cluster_ = KnownCluster{.record = digest, .node = node.id};
    ++sometimes_.clusters_founded;
    settings_ = charter->settings;
    electorates_ = Electorates(settings_.voters, table_);
    reference_ = Reference(settings_);
    bounds_.cluster(settings_);
    make_room();
    report(quorums_meet(settings_.quorums, electorates_.newest()));
}

void Observer::send(const GhostNode& node, const FoundingWord& message) {
    if (message.charter.empty()) return;
    report(no_claim_beyond_disk(node.id, hash_bytes(message.charter.bytes()), node.disk.durable));
}

void Observer::send(const GhostNode& node, const Welcome& message) {
    report(one_cluster(node.id, hash_bytes(message.charter.bytes()), cluster_));
}

}  // namespace decree::props
