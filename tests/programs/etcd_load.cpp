/// The load of `decree bench` on etcd, for comparison:
///
///     decree_etcd_load writes|reads CONNECTIONS IN-FLIGHT SECONDS VALUE-SIZE PID[,PID]...
///     HOST:PORT...
///
/// Prints what `decree bench --json` prints. Puts over 1000 keys, or linearizable ranges of one
/// key. etcd speaks gRPC, which is HTTP/2; the little of it that this needs is spoken here ([RFC
/// 9113], [RFC 7541]), so that the generator costs as little here as there.

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "net/bench/bench_command.hpp"

namespace {

using namespace decree::net;

enum FrameType : std::uint8_t {
    Data = 0,
    Headers = 1,
    Reset = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    Window = 8
};
constexpr std::uint8_t end_stream =
    1;  // Of data and headers; of settings and pings it means "ack".
constexpr std::uint8_t end_headers = 4;
constexpr std::size_t frame_head = 9;
constexpr std::uint32_t wide_window = 1U << 30U;
constexpr std::size_t grpc_head = 5;

void put_number(std::string& out, std::uint32_t number, unsigned bytes) {
    while (bytes-- > 0) out += static_cast<char>(number >> (8 * bytes) & 0xFFU);
}

std::uint32_t number_at(std::string_view bytes, std::size_t at, unsigned count) {
    std::uint32_t number = 0;
    for (unsigned i = 0; i < count; ++i)
        number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

void put_frame(std::string& out, FrameType type, std::uint8_t flags, std::uint32_t stream,
               std::string_view body) {
    put_number(out, static_cast<std::uint32_t>(body.size()), 3);
    out += static_cast<char>(type);
    out += static_cast<char>(flags);
    put_number(out, stream, 4);
    out += body;
}

std::string window_update(std::uint32_t by) {
    std::string body;
    put_number(body, by, 4);
    return body;
}

// A field of a protobuf message that holds bytes.
void put_field(std::string& out, unsigned number, std::string_view bytes) {
    out += static_cast<char>(number << 3U | 2U);
    std::size_t size = bytes.size();
    for (; size > 127; size >>= 7U) out += static_cast<char>((size & 127U) | 128U);
    out += static_cast<char>(size);
    out += bytes;
}

// A header that the server is to remember, by the number of its name in HPACK's static table, or
// with its name.
void put_header(std::string& out, unsigned name, std::string_view value) {
    out += static_cast<char>(0x40U | name);
    out += static_cast<char>(value.size());
    out += value;
}

class EtcdTalk final : public Talk {
public:
    explicit EtcdTalk(std::size_t value_size) : value_(value_size, 'v') {}

    void begin(std::string& out) override {
        out += "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        std::string settings;
        put_number(settings, 1, 2);  // The server's headers need no table of ours.
        put_number(settings, 0, 4);
        put_number(settings, 4, 2);  // Of each stream.
        put_number(settings, wide_window, 4);
        put_frame(out, Settings, 0, 0, settings);
        put_frame(out, Window, 0, 0, window_update(wide_window));
    }

    void ask(const Question& question, std::string& out) override {
        std::string message;
        put_field(message, 1, "bench/" + std::to_string(question.key));
        if (question.writes) put_field(message, 2, value_);
        std::string body(1, '\0');  // Not compressed.
        put_number(body, static_cast<std::uint32_t>(message.size()), 4);
        waiting_.push_back({.question = question, .body = body + message});
        send_waiting(out);
    }

    Done hear(std::string_view bytes, std::string& out, std::vector<TalkAnswer>& answers) override {
        in_ += bytes;
        std::size_t at = 0;
        while (in_.size() - at >= frame_head) {
            const std::string_view rest = std::string_view(in_).substr(at);
            const std::size_t size = number_at(rest, 0, 3);
            if (rest.size() < frame_head + size) break;
            const Done taken =
                take(static_cast<FrameType>(rest[3]), static_cast<std::uint8_t>(rest[4]),
                     number_at(rest, 5, 4), rest.substr(frame_head, size), out, answers);
            if (!taken) return taken;
            at += frame_head + size;
        }
        in_.erase(0, at);
        return {};
    }

private:
    struct Waiting {
        Question question;
        std::string body;
    };
    struct Stream {
        Question question;
        std::size_t received = 0;
    };

    // No more may be sent than the server gave leave for.
    void send_waiting(std::string& out) {
        while (!waiting_.empty() &&
               static_cast<std::int64_t>(waiting_.front().body.size()) <= window_) {
            const Waiting& next = waiting_.front();
            put_frame(out, Headers, end_headers, next_stream_, headers(next.question.writes));
            put_frame(out, Data, end_stream, next_stream_, next.body);
            window_ -= static_cast<std::int64_t>(next.body.size());
            streams_[next_stream_] = {.question = next.question};
            next_stream_ += 2;
            waiting_.pop_front();
        }
    }

    // The server remembers each header that was said once, and it is a byte from then on: 62 and
    // up, the latest first.
    std::string headers(bool writes) {
        std::string block = "\x83\x86";  // POST, http
        std::optional<unsigned>& path = paths_[writes ? 1 : 0];
        if (!path) {
            put_header(block, 4, writes ? "/etcdserverpb.KV/Put" : "/etcdserverpb.KV/Range");
            path = remembered_++;
        } else {
            block += again(*path);
        }
        if (!common_) {
            put_header(block, 1, "127.0.0.1");
            put_header(block, 31, "application/grpc");
            block += std::string_view("\x40\x02te\x08trailers");
            common_ = remembered_;
            remembered_ += 3;
        } else {
            for (unsigned i = 0; i < 3; ++i) block += again(*common_ + i);
        }
        return block;
    }

    [[nodiscard]] char again(unsigned number) const {
        return static_cast<char>(0x80U | (62 + remembered_ - 1 - number));
    }

    Done take(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view body,
              std::string& out, std::vector<TalkAnswer>& answers) {
        const bool ends = (flags & end_stream) != 0;
        switch (type) {
        case Data:
            received_ += static_cast<std::uint32_t>(body.size());
            if (const auto found = streams_.find(stream); found != streams_.end())
                found->second.received += body.size();
            if (received_ > wide_window / 4) {
                put_frame(out, Window, 0, 0, window_update(std::exchange(received_, 0)));
            }
            if (ends) end(stream, answers);
            break;
        case Headers:
            if (ends) end(stream, answers);
            break;
        case Reset:
            if (const auto found = streams_.find(stream); found != streams_.end())
                found->second.received = 0;
            end(stream, answers);
            break;
        case Settings:
            if (!ends) put_frame(out, Settings, end_stream, 0, {});
            break;
        case Ping:
            if (!ends) put_frame(out, Ping, end_stream, 0, body);
            break;
        case Window:
            if (stream == 0) window_ += number_at(body, 0, 4);
            send_waiting(out);
            break;
        case GoAway:
            return std::unexpected("etcd ends the connection");
        }
        return {};
    }

    // An error comes as headers only; a value that is missing, as a short message.
    void end(std::uint32_t stream, std::vector<TalkAnswer>& answers) {
        const auto found = streams_.find(stream);
        if (found == streams_.end()) return;
        const std::size_t least = grpc_head + (found->second.question.writes ? 0 : value_.size());
        answers.push_back({.place = found->second.question.place,
                           .error = found->second.received > least ? "" : "etcd refused it"});
        streams_.erase(found);
    }

    std::string value_;
    std::string in_;
    std::deque<Waiting> waiting_;
    std::map<std::uint32_t, Stream> streams_;
    std::uint32_t next_stream_ = 1;
    std::int64_t window_ = 65535;
    std::uint32_t received_ = 0;
    unsigned remembered_ = 0;  // Headers.
    std::array<std::optional<unsigned>, 2> paths_;
    std::optional<unsigned> common_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 8) {
        static_cast<void>(std::fputs("see the head of tests/programs/etcd_load.cpp\n", stderr));
        return 2;
    }
    LoadPlan plan;
    plan.reads = std::string_view(argv[1]) == "reads";
    plan.writes = !plan.reads;
    plan.connections = std::strtoull(argv[2], nullptr, 10);
    plan.in_flight = std::strtoull(argv[3], nullptr, 10);
    plan.duration = std::strtoull(argv[4], nullptr, 10) * 1'000'000;
    const std::size_t value_size = std::strtoull(argv[5], nullptr, 10);
    std::istringstream pids(argv[6]);
    for (std::string pid; std::getline(pids, pid, ',');)
        plan.servers.push_back(std::atoi(pid.c_str()));
    for (int i = 7; i < argc; ++i) plan.addresses.emplace_back(argv[i]);
    const auto report = run_load(plan, [&] { return std::make_unique<EtcdTalk>(value_size); });
    if (!report) {
        static_cast<void>(std::fprintf(stderr, "etcd_load: %s\n", report.error().c_str()));
        return 2;
    }
    static_cast<void>(std::fputs(to_json(plan, *report).c_str(), stdout));
    return report->errors > 0 ? 1 : 0;
}
