#include "net/recording.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "net/clock.hpp"
#include "net/file.hpp"
#include "net/log.hpp"
#include "traces/disk_image.hpp"
#include "traces/file.hpp"

namespace decree::net {
namespace {

constexpr std::uint64_t write_every = 50'000;
// A file that cannot keep up must not take the memory.
constexpr std::size_t most_unwritten = std::size_t{64} << 20U;

static_assert(Recording::most_bytes + most_unwritten < traces::most_bytes_read);

std::expected<std::string, std::string> beginning_of(const std::string& path) {
    std::string text(traces::trace_magic.size(), ' ');
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::unexpected(traces::file_failure("read", path, errno));
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

// An earlier recording that stands there is kept under another name.
Done make_way(const std::string& path) {
    std::error_code failed;
    const auto there = std::filesystem::symlink_status(path, failed);
    if (!std::filesystem::exists(there)) return {};
    if (!std::filesystem::is_regular_file(there)) {
        return std::unexpected(
            fmt::format("cannot record to {}: it is no file; choose another name", path));
    }
    const auto beginning = beginning_of(path);
    if (!beginning) return std::unexpected(beginning.error());
    if (!beginning->empty() && *beginning != traces::trace_magic) {
        return std::unexpected(
            fmt::format("cannot record to {}: it is no recording; choose another name", path));
    }
    std::string kept;
    for (int n = 1; kept.empty() || std::filesystem::exists(kept, failed); ++n) {
        kept = fmt::format("{}.{}", path, n);
    }
    std::filesystem::rename(path, kept, failed);
    if (failed) return std::unexpected(traces::file_failure("rename", path, failed.value()));
    log_info(fmt::format("an earlier recording is kept as {}", kept));
    return {};
}

std::string utc(std::time_t time) {
    std::tm parts{};
    std::array<char, 32> text{};
    ::gmtime_r(&time, &parts);
    const std::size_t size = std::strftime(text.data(), text.size(), "%F %T UTC", &parts);
    return {text.data(), size};
}

// Room that was never used is left out: to recovery it makes no difference.
traces::DiskView view_of(const DiskContents& disk, Position end) {
    const auto view = [](Bytes bytes) {
        return traces::FileView{.bytes = bytes, .altered_begin = 0, .altered_end = bytes.size()};
    };
    const bool unused = disk.is_unused(end);
    traces::DiskView all;
    for (const auto& [begin, bytes] : disk.segments) {
        const bool last = unused && begin <= end && end.value - begin.value < bytes.size();
        all.segments.emplace_back(
            begin, view(last ? Bytes(bytes).first(end.value - begin.value) : Bytes(bytes)));
    }
    for (const auto& [slot, bytes] : disk.snapshots) all.snapshots.emplace_back(slot, view(bytes));
    return all;
}

std::uint64_t bytes_of(const traces::DiskView& disk) {
    std::uint64_t sum = 0;
    for (const auto& [name, file] : disk.segments) sum += file.bytes.size();
    for (const auto& [name, file] : disk.snapshots) sum += file.bytes.size();
    return sum;
}

}  // namespace

/// Appends to a file, on a thread of its own.
class Recording::Writer {
public:
    explicit Writer(File file) : file_(std::move(file)), thread_([this] { work(); }) {}
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    /// Waits until all is written.
    ~Writer() {
        {
            const std::lock_guard lock(mutex_);
            ends_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }

    /// Nothing, or why nothing more will be written. `may_wait`: it is no sign of a slow disk that
    /// so much is not written yet.
    [[nodiscard]] Done put(ByteBuffer bytes, bool may_wait = false) {
        const std::lock_guard lock(mutex_);
        if (failed_) return std::unexpected(*failed_);
        if (unwritten_ > most_unwritten) {
            return std::unexpected(fmt::format("{} cannot be written fast enough", file_.path()));
        }
        if (!may_wait) unwritten_ += bytes.size();
        waiting_.push_back({.bytes = std::move(bytes), .counted = !may_wait});
        changed_.notify_one();
        return {};
    }
    [[nodiscard]] const std::string& path() const { return file_.path(); }

private:
    struct Piece {
        ByteBuffer bytes;
        bool counted{};  // In unwritten_.
    };

    void work() {
        std::unique_lock lock(mutex_);
        std::uint64_t offset = 0;
        while (true) {
            changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
            if (failed_ || waiting_.empty()) return;
            const Piece piece = std::move(waiting_.front());
            waiting_.pop_front();
            lock.unlock();
            const Done written = file_.write_at(offset, piece.bytes);
            offset += piece.bytes.size();
            lock.lock();
            if (piece.counted) unwritten_ -= piece.bytes.size();
            if (!written) failed_ = written.error();
        }
    }

    File file_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Piece> waiting_;
    std::size_t unwritten_ = 0;
    std::optional<std::string> failed_;
    bool ends_ = false;
    std::thread thread_;  // Last: it uses the others.
};

std::expected<std::unique_ptr<Recording>, std::string> Recording::begin(
    const std::string& path, const Settings& settings, const store::StoreSettings& store) {
    if (const Done free = make_way(path); !free) return std::unexpected(free.error());
    auto file = File::open(path, O_WRONLY | O_CREAT | O_EXCL);
    if (!file) return std::unexpected(file.error());
    const auto since = std::chrono::system_clock::now();
    const auto unix_time =
        std::chrono::duration_cast<std::chrono::microseconds>(since.time_since_epoch());
    const traces::RunHeader header{
        .settings = settings,
        .store = store,
        .seed = 0,
        .profile = "live",
        .title = fmt::format("live from {} on", utc(std::chrono::system_clock::to_time_t(since))),
        .live_since = static_cast<std::uint64_t>(unix_time.count())};
    return std::unique_ptr<Recording>(
        new Recording(std::make_unique<Writer>(*std::move(file)), header));
}

Recording::Recording(std::unique_ptr<Writer> writer, const traces::RunHeader& header)
    : writer_(std::move(writer)), recorder_(header), begun_(time_now()) {}

Recording::~Recording() {
    if (writer_) finish();
}

/// What cannot be written is missing, and a reader is told so.
void Recording::finish() {
    [[maybe_unused]] const Done put = writer_->put(recorder_.finish(std::nullopt));
    writer_.reset();
}

void Recording::started(Time now, const Options& options, const Beginning& beginning,
                        const DiskContents& disk, Position journal_end) {
    if (!writer_) return;
    const traces::DiskView view = view_of(disk, journal_end);
    if (recorded_ + bytes_of(view) > most_bytes) {
        return end(
            fmt::format("{} would have more than its full length with all that is on "
                        "the disk of the node",
                        writer_->path()));
    }
    if (node_ != NodeId{}) recorder_.crashed(at(now), node_);
    node_ = options.self;
    recorder_.started(at(now), now, options, view, beginning);
    write(true, true);
}

void Recording::stepped(const Node& after, const Event& event, const Effects& effects) {
    if (writer_) recorder_.stepped(at(event.now), after, event, effects, std::nullopt);
}

void Recording::broke(NodeId node, const Event& event) {
    if (!writer_) return;
    recorder_.broke(at(event.now), node, event, std::nullopt);
    finish();
}

void Recording::turned(Time now) {
    if (!writer_) return;
    const bool all = now >= write_at_;
    if (all) write_at_ = now + write_every;
    write(all, false);
}

void Recording::write(bool all, bool may_wait) {
    ByteBuffer blocks;
    recorder_.take_blocks(blocks, all);
    if (blocks.empty()) return;
    recorded_ += blocks.size();
    if (const Done put = writer_->put(std::move(blocks), may_wait); !put) return end(put.error());
    if (recorded_ > most_bytes) end(fmt::format("{} has its full length", writer_->path()));
}

void Recording::end(const std::string& why) {
    log_warning(fmt::format("the recording ends here: {}", why));
    finish();
}

}  // namespace decree::net
