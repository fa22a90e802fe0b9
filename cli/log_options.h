// --log-format and --log-level, for commands that run for long.
#pragma once

#include "CLI/CLI.hpp"
#include "base/log.h"

namespace parzen {

// The command is to call InitLog with what they say.
void AddLogOptions(CLI::App& command, LogOptions& options);

}  // namespace parzen
