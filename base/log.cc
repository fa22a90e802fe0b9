#include "base/log.h"

#include <memory>

#include "spdlog/sinks/stdout_color_sinks.h"

namespace parzen {

void InitLog(spdlog::level::level_enum level) {
  auto logger = std::make_shared<spdlog::logger>("parzen", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  logger->set_level(level);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace parzen
