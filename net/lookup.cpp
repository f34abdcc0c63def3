#include "net/lookup.hpp"

#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <netdb.h>

namespace decree::net {

using boost::asio::ip::tcp;

// The thread that asks may outlive the loop, and whoever wanted to know.
struct Lookup::Question : std::enable_shared_from_this<Question> {
    using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

    Question(boost::asio::io_context& loop, Then to_call)
        : guard(Guard(loop.get_executor())), then(std::move(to_call)) {}

    void answer(Endpoints found, std::string why);
    void forget();

    std::mutex mutex;
    std::optional<Guard> guard;  // None: nobody wants to know any more.
    Then then;                   // Of the loop's thread.
};

namespace {

Lookup::Endpoints ask_system(const Address& address, std::string& why) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* first = nullptr;
    if (const int failed = ::getaddrinfo(address.host.c_str(), nullptr, &hints, &first)) {
        why = ::gai_strerror(failed);
        return {};
    }
    Lookup::Endpoints found;
    for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
        tcp::endpoint endpoint;
        endpoint.resize(one->ai_addrlen);
        std::memcpy(endpoint.data(), one->ai_addr, one->ai_addrlen);
        endpoint.port(address.port);
        found.push_back(endpoint);
    }
    ::freeaddrinfo(first);
    return found;
}

}  // namespace

void Lookup::Question::answer(Endpoints found, std::string why) {
    const std::lock_guard lock(mutex);
    if (!guard) return;
    boost::asio::post(guard->get_executor(),
                      [self = shared_from_this(), found = std::move(found), why = std::move(why)] {
                          const bool wanted = self->guard.has_value();
                          self->forget();
                          // It may end the Lookup.
                          if (const Then call = std::exchange(self->then, nullptr); wanted)
                              call(found, why);
                      });
}

void Lookup::Question::forget() {
    const std::lock_guard lock(mutex);
    guard.reset();
}

Lookup::Lookup(boost::asio::io_context& loop, const Address& address, Then then)
    : question_(std::make_shared<Question>(loop, std::move(then))) {
    boost::system::error_code no_number;
    const auto number = boost::asio::ip::make_address(address.host, no_number);
    if (!no_number) {
        question_->answer({tcp::endpoint(number, address.port)}, {});
        return;
    }
    std::thread([question = question_, address] {
        std::string why;
        Endpoints found = ask_system(address, why);
        question->answer(std::move(found), std::move(why));
    }).detach();
}

Lookup::~Lookup() { question_->forget(); }

}  // namespace decree::net
