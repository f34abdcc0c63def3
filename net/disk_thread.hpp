#pragma once

/// What waits for the disk, beside the loop that must not wait.

#include <condition_variable>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "core/event.hpp"
#include "net/file.hpp"
#include "net/scrub.hpp"

namespace decree::net {

/// A look at a file has ended.
struct Looked {
    std::optional<BadFile> bad;
};

/// Files are let go.
struct Gone {};

/// Room for the journal's next segment was made, or could not be.
struct SpareMade {
    std::shared_ptr<const File> file;
};

/// A thread that does one job after the other. Its user is woken after each, and fetches results.
class DiskThread {
public:
    /// What came of a job, or why the disk failed.
    using Result =
        std::expected<std::variant<Durable, SnapshotStored, Gone, SpareMade, Looked>, std::string>;
    using Job = std::function<Result()>;

    /// `wake`: called from the thread after each job; must be safe there.
    explicit DiskThread(std::function<void()> wake);
    DiskThread(const DiskThread&) = delete;
    DiskThread& operator=(const DiskThread&) = delete;
    /// Waits for the job under way; those behind it are not done.
    ~DiskThread();

    void run(Job job);
    /// Results of jobs that have ended since the last call, in their order.
    [[nodiscard]] std::vector<Result> take();

private:
    void work();

    std::function<void()> wake_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    std::vector<Result> results_;
    bool ends_ = false;
    std::thread thread_;  // Last: it uses the others.
};

}  // namespace decree::net
