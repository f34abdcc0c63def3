#include "props/no_claim_beyond_disk.hpp"

#include "props/words.hpp"

namespace decree::props {

namespace {

constexpr std::string_view no_claim_beyond_disk_property = "NoClaimBeyondDisk";

std::optional<Violation> promised(NodeId from, Ballot ballot, const DiskState& disk,
                                  std::string_view kind) {
    if (disk.promised >= ballot) return std::nullopt;
    return violated(no_claim_beyond_disk_property, kind,
                    words(from, " sends ", kind, " in ballot ", ballot,
                          ", and durable at it is only ballot ", disk.promised));
}

}  // namespace

std::optional<Violation> no_claim_beyond_disk(NodeId from, const Prepare& message,
                                              const DiskState& disk) {
    return promised(from, message.ballot, disk, "Prepare");
}

std::optional<Violation> no_claim_beyond_disk(NodeId from, const Accept& message,
                                              const DiskState& disk) {
    return promised(from, message.ballot, disk, "Accept");
}

std::optional<Violation> no_claim_beyond_disk(NodeId from, const Promise& message,
                                              const DiskState& disk) {
    if (message.trimmed_through > disk.snapshot_through) {
        return violated(
            no_claim_beyond_disk_property, "Promise",
            words(from, " promises, and says that slots through ", message.trimmed_through,
                  " are trimmed, but its durable snapshot is ", "through ", disk.snapshot_through));
    }
    return promised(from, message.ballot, disk, "Promise");
}

std::optional<Violation> no_claim_beyond_disk(NodeId from, const Accepted& message,
                                              const SlotVotes* votes, NodeIndex voter,
                                              const DiskEntry* held, const Choice* choice) {
    const BallotVotes* const cast = votes == nullptr ? nullptr : votes->find(message.ballot);
    if (cast != nullptr && cast->durable.has(voter)) return std::nullopt;
    const bool knows = held != nullptr && choice != nullptr && held->ballot >= message.ballot &&
                       held->digest == choice->digest;
    if (knows) return std::nullopt;
    const bool written = cast != nullptr && cast->written.has(voter);
    return violated(
        no_claim_beyond_disk_property, "Accepted",
        words(from, " says that it voted in slot ", message.slot, ", ballot ", message.ballot,
              ", and the vote is ", written ? "not durable yet" : "not on its disk"));
}

std::optional<Violation> no_claim_beyond_disk(NodeId from, std::uint64_t record,
                                              const DiskState& disk) {
    if (disk.charter == record) return std::nullopt;
    return violated("NoClaimBeyondDisk", "FoundingWord",
                    words(from, " says that it has stored a founding record, and has ",
                          disk.charter == 0 ? "none" : "another one", " durably"));
}

}  // namespace decree::props
