#include "net/bench/doozer_talk.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "core/store/revision.hpp"
#include "net/doozer.hpp"
#include "net/frames.hpp"

namespace decree::net {
namespace {

constexpr std::size_t longest_doozer_answer = std::size_t{2} << 20U;
// Of ACCESS: no question has this place.
constexpr std::int32_t access_tag = -1;

class DoozerTalk final : public Talk {
public:
    DoozerTalk(std::string secret, std::size_t value_size)
        : frames_(longest_doozer_answer), secret_(std::move(secret)) {
        write_.verb = static_cast<std::int32_t>(Verb::Set);
        write_.rev = store::clobber.value;
        write_.value = std::string(value_size, 'v');
        read_.verb = static_cast<std::int32_t>(Verb::Get);
    }

    void begin(std::string& out) override {
        if (secret_.empty()) return;
        Request access;
        access.tag = access_tag;
        access.verb = static_cast<std::int32_t>(Verb::Access);
        access.value = secret_;
        append_frame(access, out);
    }

    void ask(const Question& question, std::string& out) override {
        Request& request = question.writes ? write_ : read_;
        request.tag = static_cast<std::int32_t>(question.place);
        request.path = "/bench/" + std::to_string(question.key);
        append_frame(request, out);
    }

    Done hear(std::string_view bytes, std::string& /*out*/,
              std::vector<TalkAnswer>& answers) override {
        frames_.add(bytes);
        while (const auto body = frames_.next()) {
            const auto response = decode_response(*body);
            if (!response || !response->tag) {
                return std::unexpected("it does not speak Doozer's protocol");
            }
            std::string error;
            if (response->err_code) {
                error = error_name(*response->err_code);
                if (response->err_detail) error += ": " + *response->err_detail;
            }
            if (*response->tag == access_tag) {
                if (!error.empty()) return std::unexpected(error);
                continue;
            }
            answers.push_back(
                {.place = static_cast<std::uint32_t>(*response->tag), .error = std::move(error)});
        }
        if (frames_.too_long()) return std::unexpected("its answer is too long");
        return {};
    }

private:
    Frames frames_;
    std::string secret_;
    Request write_;
    Request read_;
};

}  // namespace

TalkMaker doozer_talk(const std::string& secret, std::size_t value_size) {
    return [secret, value_size] { return std::make_unique<DoozerTalk>(secret, value_size); };
}

}  // namespace decree::net
