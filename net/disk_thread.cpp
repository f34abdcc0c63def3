#include "net/disk_thread.hpp"

#include <utility>

namespace decree::net {

DiskThread::DiskThread(std::function<void()> wake)
    : wake_(std::move(wake)), thread_([this] { work(); }) {}

DiskThread::~DiskThread() {
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void DiskThread::run(Job job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

std::vector<DiskThread::Result> DiskThread::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(results_, {});
}

void DiskThread::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return ends_ || !jobs_.empty(); });
        if (ends_) return;
        const Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        Result result = job();
        lock.lock();
        results_.push_back(std::move(result));
        lock.unlock();
        wake_();  // Without the lock, which who is woken takes at once.
        lock.lock();
    }
}

}  // namespace decree::net
