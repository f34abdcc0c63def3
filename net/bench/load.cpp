#include "net/bench/load.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "net/address.hpp"
#include "net/bench/process_time.hpp"

namespace decree::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

constexpr auto redial_after = std::chrono::milliseconds(100);

std::uint64_t nanoseconds_now() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

struct Open {
    std::uint64_t since{};
    bool writes{};
    bool present{};
};

struct Connection {
    Connection(asio::io_context& loop, std::size_t in_flight)
        : socket(loop), timer(loop), open(in_flight) {
        for (std::size_t i = in_flight; i-- > 0;) idle.push_back(static_cast<std::uint32_t>(i));
    }

    tcp::socket socket;
    asio::steady_timer timer;
    std::unique_ptr<Talk> talk;
    std::vector<Open> open;  // By place.
    std::vector<std::uint32_t> idle;
    std::string out;
    std::size_t address = 0;
    bool up = false;
    bool blocked = false;  // Until the socket takes more.
};

class Load {
public:
    Load(const LoadPlan& plan, const TalkMaker& make_talk)
        : plan_(plan), make_talk_(make_talk), signals_(loop_, SIGINT, SIGTERM), due_(loop_) {
        signals_.async_wait([this](const Error& error, int) {
            if (error) return;
            interrupted_ = true;
            loop_.stop();
        });
    }

    [[nodiscard]] std::expected<LoadReport, std::string> run();

private:
    enum class Phase : std::uint8_t { Filling, WarmingUp, Counting, Over };

    [[nodiscard]] Done dial_all();
    [[nodiscard]] Done fill();
    [[nodiscard]] Done measure();
    [[nodiscard]] Error dial(Connection& connection);
    void break_off(Connection& connection, const std::string& why);
    void redial(Connection& connection);
    void watch(Connection& connection);
    void read(Connection& connection);
    void take(Connection& connection, const TalkAnswer& answer);
    void count(const Open& question, std::uint64_t now);
    void note_error(const std::string& why, std::uint64_t how_many);
    [[nodiscard]] std::optional<std::uint64_t> next_start();
    [[nodiscard]] Question next_question(std::uint32_t place);
    [[nodiscard]] bool ask_one(Connection& connection);
    void ask(Connection& connection);
    void ask_all();
    void send(Connection& connection);
    void go_on_when_due();

    const LoadPlan& plan_;
    const TalkMaker& make_talk_;
    asio::io_context loop_{1};
    asio::signal_set signals_;
    bool interrupted_ = false;
    asio::steady_timer due_;  // Of an open loop: the next question.
    std::vector<std::unique_ptr<Connection>> connections_;
    Phase phase_ = Phase::Filling;
    std::uint64_t filled_ = 0;  // Files whose writing was begun.
    std::uint64_t asked_ = 0;
    std::uint64_t next_due_ = 0;
    std::size_t turn_ = 0;
    std::uint64_t last_answer_ = 0;
    std::vector<TalkAnswer> answers_;
    std::array<char, 262144> chunk_{};
    LoadReport report_;
};

Done Load::dial_all() {
    if (const auto time = process_time(plan_.servers); !time) return std::unexpected(time.error());
    for (std::size_t i = 0; i < plan_.connections; ++i) {
        auto connection = std::make_unique<Connection>(loop_, plan_.in_flight);
        connection->address = i % plan_.addresses.size();
        Error error = dial(*connection);
        for (std::size_t tried = 1; error && tried < plan_.addresses.size(); ++tried) {
            connection->address = (connection->address + 1) % plan_.addresses.size();
            error = dial(*connection);
        }
        if (error) {
            return std::unexpected(
                fmt::format("cannot connect to {}: {}; start the cluster, or say where it is",
                            plan_.addresses[connection->address], error.message()));
        }
        connections_.push_back(std::move(connection));
    }
    return {};
}

Error Load::dial(Connection& connection) {
    const auto address = parse_address(plan_.addresses[connection.address]);
    if (!address) return asio::error::make_error_code(asio::error::host_not_found);
    Error error;
    tcp::resolver resolver(loop_);
    const auto found = resolver.resolve(address->host, std::to_string(address->port), error);
    if (error) return error;
    Error ignored;
    connection.socket.close(ignored);
    connection.socket.connect(found.begin()->endpoint(), error);
    if (error) return error;
    connection.socket.non_blocking(true, ignored);
    connection.socket.set_option(tcp::no_delay(true), ignored);
    connection.talk = make_talk_();
    connection.out.clear();
    connection.talk->begin(connection.out);
    connection.up = true;
    connection.blocked = false;
    watch(connection);
    return {};
}

void Load::break_off(Connection& connection, const std::string& why) {
    connection.up = false;
    Error ignored;
    connection.socket.close(ignored);
    ++report_.broken;
    std::uint64_t lost = 0;
    for (std::size_t i = 0; i < connection.open.size(); ++i) {
        if (!std::exchange(connection.open[i].present, false)) continue;
        ++lost;
        connection.idle.push_back(static_cast<std::uint32_t>(i));
    }
    note_error(fmt::format("{}: {}", plan_.addresses[connection.address], why), lost);
    redial(connection);
}

void Load::redial(Connection& connection) {
    connection.address = (connection.address + 1) % plan_.addresses.size();
    connection.timer.expires_after(redial_after);
    connection.timer.async_wait([this, &connection](const Error& error) {
        if (error || phase_ == Phase::Over) return;
        if (dial(connection)) return redial(connection);
        ask(connection);
    });
}

void Load::watch(Connection& connection) {
    connection.socket.async_wait(tcp::socket::wait_read, [this, &connection](const Error& error) {
        if (error || !connection.up || phase_ == Phase::Over) return;
        read(connection);
    });
}

void Load::read(Connection& connection) {
    Error error;
    const std::size_t size = connection.socket.read_some(asio::buffer(chunk_), error);
    if (error == asio::error::would_block) return watch(connection);
    if (error) {
        return break_off(connection,
                         error == asio::error::eof ? "the connection was closed" : error.message());
    }
    answers_.clear();
    const Done heard = connection.talk->hear({chunk_.data(), size}, connection.out, answers_);
    for (const TalkAnswer& answer : answers_) take(connection, answer);
    if (!heard) return break_off(connection, heard.error());
    watch(connection);
    ask(connection);
}

void Load::take(Connection& connection, const TalkAnswer& answer) {
    if (answer.place >= connection.open.size() || !connection.open[answer.place].present) {
        return note_error("an answer that nobody asked for", 1);
    }
    Open& question = connection.open[answer.place];
    question.present = false;
    connection.idle.push_back(answer.place);
    if (answer.error.empty()) {
        count(question, nanoseconds_now());
    } else {
        note_error(answer.error, 1);
    }
}

void Load::count(const Open& question, std::uint64_t now) {
    if (phase_ != Phase::Counting) return;
    (question.writes ? report_.writes : report_.reads).add(now - question.since);
    report_.silence = std::max(report_.silence, now - last_answer_);
    last_answer_ = now;
}

// What fails while the files are written is no less of a failure.
void Load::note_error(const std::string& why, std::uint64_t how_many) {
    if (phase_ == Phase::WarmingUp || phase_ == Phase::Over) return;
    report_.errors += how_many;
    if (report_.error.empty()) report_.error = why;
}

/// When the next question counts from, if one may be asked now.
std::optional<std::uint64_t> Load::next_start() {
    const std::uint64_t now = nanoseconds_now();
    switch (phase_) {
    case Phase::Filling:
        if (filled_ == plan_.keys) return std::nullopt;
        return now;
    case Phase::WarmingUp:
    case Phase::Counting:
        if (plan_.rate == 0) return now;
        if (next_due_ > now) return std::nullopt;
        return std::exchange(next_due_, next_due_ + 1'000'000'000 / plan_.rate);
    case Phase::Over:
        break;
    }
    return std::nullopt;
}

Question Load::next_question(std::uint32_t place) {
    if (phase_ == Phase::Filling) return {.place = place, .key = filled_++, .writes = true};
    const std::uint64_t number = asked_++;
    const bool writes = plan_.writes && (!plan_.reads || number % 2 == 0);
    // An odd factor: all keys, in an order that looks like none.
    return {.place = place, .key = number * 7'919 % plan_.keys, .writes = writes};
}

bool Load::ask_one(Connection& connection) {
    if (!connection.up || connection.idle.empty()) return false;
    const std::optional<std::uint64_t> start = next_start();
    if (!start) return false;
    const Question question = next_question(connection.idle.back());
    connection.idle.pop_back();
    connection.open[question.place] = {.since = *start, .writes = question.writes, .present = true};
    connection.talk->ask(question, connection.out);
    return true;
}

void Load::ask(Connection& connection) {
    while (ask_one(connection)) {
    }
    send(connection);
}

void Load::ask_all() {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        turn_ = (turn_ + 1) % connections_.size();
        ask(*connections_[turn_]);
    }
}

void Load::send(Connection& connection) {
    if (!connection.up || connection.out.empty() || connection.blocked) return;
    Error error;
    const std::size_t size = connection.socket.write_some(asio::buffer(connection.out), error);
    if (error && error != asio::error::would_block) return break_off(connection, error.message());
    if (!error) connection.out.erase(0, size);
    if (connection.out.empty()) return;
    connection.blocked = true;
    connection.socket.async_wait(tcp::socket::wait_write, [this, &connection](const Error& failed) {
        if (failed || !connection.up) return;
        connection.blocked = false;
        send(connection);
    });
}

/// Questions fall due one by one, each to the next connection that has room. What finds none is
/// asked when an answer makes some.
void Load::go_on_when_due() {
    if (plan_.rate == 0 || phase_ == Phase::Over) return;
    for (std::size_t full = 0; next_due_ <= nanoseconds_now() && full < connections_.size();) {
        turn_ = (turn_ + 1) % connections_.size();
        full = ask_one(*connections_[turn_]) ? 0 : full + 1;
        send(*connections_[turn_]);
    }
    const std::uint64_t now = nanoseconds_now();
    due_.expires_after(std::chrono::nanoseconds(next_due_ > now ? next_due_ - now : 1'000'000));
    due_.async_wait([this](const Error& error) {
        if (!error) go_on_when_due();
    });
}

Done Load::fill() {
    ask_all();
    const auto full = [this] {
        return filled_ == plan_.keys &&
               std::all_of(connections_.begin(), connections_.end(),
                           [&](const auto& each) { return each->idle.size() == plan_.in_flight; });
    };
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(plan_.patience);
    while (!full() && report_.errors == 0 && !interrupted_ &&
           std::chrono::steady_clock::now() < until) {
        loop_.run_one_for(std::chrono::milliseconds(100));
    }
    if (report_.errors > 0) {
        return std::unexpected("cannot write the files to begin with: " + report_.error);
    }
    if (!full() && !interrupted_) {
        return std::unexpected(
            "the files to begin with were not written in time: has the cluster a leader?");
    }
    return {};
}

Done Load::measure() {
    phase_ = Phase::WarmingUp;
    next_due_ = nanoseconds_now();
    if (plan_.rate == 0) ask_all();
    go_on_when_due();
    if (!interrupted_) loop_.restart();
    loop_.run_for(std::chrono::microseconds(plan_.warm_up));
    if (interrupted_) return std::unexpected("interrupted before anything was measured");
    phase_ = Phase::Counting;
    const auto before = process_time(plan_.servers);
    const std::uint64_t own = own_process_time();
    const std::uint64_t begin = last_answer_ = nanoseconds_now();
    loop_.run_for(std::chrono::microseconds(plan_.duration));
    const std::uint64_t end = nanoseconds_now();
    report_.silence = std::max(report_.silence, end - last_answer_);
    report_.own_time = own_process_time() - own;
    // One that ended has no clock any more: no figure is better than a wrong one.
    const auto after = process_time(plan_.servers);
    if (before && after) report_.server_time = *after - *before;
    report_.seconds = static_cast<double>(end - begin) / 1e9;
    phase_ = Phase::Over;
    return {};
}

std::expected<LoadReport, std::string> Load::run() {
    Done done = dial_all();
    if (done) done = fill();
    if (done) done = measure();
    if (!done) return std::unexpected(done.error());
    return report_;
}

}  // namespace

std::expected<LoadReport, std::string> run_load(const LoadPlan& plan, const TalkMaker& make_talk) {
    return Load(plan, make_talk).run();
}

}  // namespace decree::net
