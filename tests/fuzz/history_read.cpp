/// No bytes, however hostile, stop the readers of histories, the checker of what was read, or the
/// writer; and what is written is read again.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/contract.hpp"
#include "props/history/check.hpp"
#include "traces/history/jsonl.hpp"
#include "traces/history/read.hpp"
#include "traces/history/report.hpp"

namespace {

using namespace decree;

void read_as(std::string_view text, const history::Model& model) {
    const auto read = traces::read_history(text, model);
    if (!read) return;
    const history::Limits limits{.states = 2'000, .bytes = 1U << 20U};
    const history::Report report = history::check(*read, model, limits);
    const std::string file = "f";
    const traces::JudgedHistory judged{.file = &file, .model = &model, .history = &*read};
    static_cast<void>(traces::to_json(judged, report));
    if (report.verdict == history::Verdict::BeyondLimits) return;
    static_cast<void>(traces::to_text(judged, report));
    const auto again = traces::read_history(traces::jsonl::write(*read), model);
    ENSURE(again && again->calls.size() == read->calls.size(), "what was written can be read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_as(text, history::cas_register());
    read_as(text, history::kv());
    return 0;
}
