#include "sim/profile.hpp"

namespace decree::sim {

namespace {

using enum FaultKind;

constexpr FaultSet network_faults = {MessageDropped, MessageDuplicated, MessageLate,    OneWayCut,
                                     Partition,      PartialPartition,  FlappingLink,   SlowLink,
                                     SwizzledClog,   DeafNode,          LeaderIsolated, Nonsense};
constexpr FaultSet process_faults = {Crash,     CrashLoop, CrashStorm,   RollingRestart,
                                     PowerLoss, Pause,     LeaderKilled, LaggardAlone};
constexpr FaultSet crash_leaves = {UnsyncedLost, TornWrite};
constexpr FaultSet durable_faults = {BitRot,    SnapshotRot, UnsealedRot, MisdirectedWrite,
                                     LostWrite, ReadError,   DiskLost,    DiskRestored};
constexpr FaultSet disk_troubles = {SyncError, DiskFull, SlowDisk, StalledDisk};
constexpr FaultSet clock_faults = {ClockSkew, ClockDrift, ClockJump, Pause};
constexpr FaultSet client_faults = {ClientGivesUp, ClientReconnects, OriginDropped};

Profile profile_of(std::string_view name, std::string_view about, FaultSet may, FaultSet must) {
    Profile profile;
    profile.name = name;
    profile.about = about;
    profile.may = may;
    profile.must = must;
    return profile;
}

Profile founding_profile(std::string_view name) {
    Profile profile = profile_of(
        name, "a cluster that founds itself: any order, crashes, wiped disks, wrong lists",
        network_faults | process_faults | crash_leaves | client_faults | disk_troubles |
            clock_faults | durable_faults.without({UnsealedRot}) |
            FaultSet{VotersChanged, HandoverAsked},
        {Crash});
    profile.founds_percent = 100;
    profile.store_percent = 50;
    profile.max_spares = 1;
    profile.max_operations = 100;
    profile.least_time = 500'000;
    profile.most_time = 4'000'000;
    return profile;
}

Profile membership() {
    Profile profile = profile_of(
        "membership", "voters that change, also by leaders' decisions, under all other faults",
        FaultSet::all().without(durable_faults) | FaultSet{BitRot, DiskLost}, {VotersChanged});
    profile.max_spares = 3;
    profile.judging_percent = 75;
    profile.store_percent = 50;
    return profile;
}

Profile reads() {
    Profile profile = profile_of(
        "reads", "mostly reads, while leaders come and go",
        network_faults | process_faults | clock_faults | client_faults | FaultSet{HandoverAsked},
        {});
    profile.read_percent = 70;
    profile.lease_percent = 50;
    return profile;
}

Profile clock() {
    Profile profile = profile_of(
        "clock", "clocks that differ, drift and jump; processes that pause; leases, reads",
        clock_faults | FaultSet{MessageLate, SlowLink, Partition, PartialPartition, Crash,
                                LeaderIsolated, HandoverAsked, VotersChanged},
        {ClockSkew});
    profile.read_percent = 50;
    profile.lease_percent = 75;
    profile.store_percent = 25;
    return profile;
}

Profile amnesia() {
    Profile profile = profile_of(
        "amnesia", "disks forget more than any protocol survives: agreement breaks, and is seen to",
        FaultSet{FaultKind::UnsealedRot, FaultKind::DiskRestored, FaultKind::MessageDropped,
                 FaultKind::PowerLoss, FaultKind::CrashStorm},
        {FaultKind::Crash, FaultKind::UnsyncedLost, FaultKind::UnsealedRot});
    profile.beyond_fault_model = true;
    return profile;
}

}  // namespace

std::expected<Profile, std::string> find_profile(std::string_view name) {
    if (name == "default") {
        Profile profile = profile_of(name, "every kind of fault, a different mix in each run",
                                     FaultSet::all(), {});
        profile.founds_percent = 10;
        profile.store_percent = 50;
        return profile;
    }
    if (name == "calm") return profile_of(name, "no fault at all", {}, {});
    if (name == "network") {
        return profile_of(name, "links that lose, repeat, delay, cut and flap",
                          network_faults | client_faults, {});
    }
    if (name == "crash") {
        return profile_of(name, "processes that crash, loop and pause; torn and lost writes",
                          process_faults | crash_leaves | client_faults |
                              FaultSet{MessageDropped, MessageLate, SlowDisk, StalledDisk},
                          {Crash});
    }
    if (name == "storage") {
        Profile profile = profile_of(name, "disks that lie, rot, fill up and vanish",
                                     durable_faults | disk_troubles | crash_leaves |
                                         FaultSet{Crash, CrashStorm, PowerLoss, MessageDropped},
                                     {Crash, UnsyncedLost});
        profile.store_percent = 25;
        return profile;
    }
    if (name == "amnesia") return amnesia();
    if (name == "membership") return membership();
    if (name == "reads") return reads();
    if (name == "clock") return clock();
    if (name == "founding") return founding_profile(name);
    if (name == "store") {
        Profile profile =
            profile_of(name, "the store, under every kind of fault", FaultSet::all(), {});
        profile.store_percent = 100;
        return profile;
    }
    std::string known;
    for (const std::string_view each : profile_names) {
        known += known.empty() ? "" : ", ";
        known += each;
    }
    return std::unexpected("no profile '" + std::string(name) + "': there are " + known);
}

}  // namespace decree::sim
