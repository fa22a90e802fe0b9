#include "cli/log_options.h"

#include "cli/command.h"

namespace parzen {

void AddLogOptions(CLI::App& command, LogOptions& options) {
  AddChoiceOption<LogFormat>(command, "--log-format", options.format,
                             {{"text", LogFormat::kText}, {"json", LogFormat::kJson}},
                             "How to log: text for people, or one JSON object a line");
  AddChoiceOption<spdlog::level::level_enum>(command, "--log-level", options.level,
                                             {{"debug", spdlog::level::debug},
                                              {"info", spdlog::level::info},
                                              {"warn", spdlog::level::warn},
                                              {"error", spdlog::level::err}},
                                             "What to log: this, and what is more severe");
}

}  // namespace parzen
