// --log-format and --log-level, for commands that run for long.
#pragma once

#include "base/log.h"

namespace CLI {
class App;
}  // namespace CLI

namespace parzen {

// The command is to call InitLog with what they say.
void AddLogOptions(CLI::App& command, LogOptions& options);

}  // namespace parzen
