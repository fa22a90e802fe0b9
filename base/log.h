// The log: one line an event on stderr, never on stdout. Use spdlog's functions (spdlog::info("...", ...)) directly.
#pragma once

#include "absl/strings/string_view.h"
#include "spdlog/spdlog.h"

namespace parzen {

// Routes spdlog to stderr with time and level, coloured only on a terminal. Call once from main.
void InitLog(spdlog::level::level_enum level);

}  // namespace parzen
