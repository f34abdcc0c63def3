#include "net/log.hpp"

#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace decree::net {
namespace {

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> one = [] {
        auto made = spdlog::stderr_logger_st("decree");
        made->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *one;
}

// That was asked for.
spdlog::level::level_enum& usual_level() {
    static auto level = spdlog::level::info;
    return level;
}

}  // namespace

bool set_log_level(std::string_view level) {
    for (const auto known :
         {spdlog::level::err, spdlog::level::warn, spdlog::level::info, spdlog::level::debug}) {
        const auto name = spdlog::level::to_string_view(known);
        if (level != std::string_view(name.data(), name.size())) continue;
        usual_level() = known;
        logger().set_level(known);
        return true;
    }
    return false;
}

bool toggle_debug() {
    logger().set_level(logs_debug() ? usual_level() : spdlog::level::debug);
    return logs_debug();
}

bool logs_debug() { return logger().should_log(spdlog::level::debug); }

void log_error(const std::string& line) { logger().error(line); }
void log_warning(const std::string& line) { logger().warn(line); }
void log_info(const std::string& line) { logger().info(line); }
void log_debug(const std::string& line) { logger().debug(line); }

}  // namespace decree::net
