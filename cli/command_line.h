// Reads the command line: which command, with which options; or help, or one line that says what is wrong.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace parzen {

// What parsing came to: a chosen command, or text to print and an exit code.
struct ParsedCommandLine {
  ChosenCommand chosen;  // its body is empty when there is nothing to run
  std::string out;       // help and version, for stdout
  std::string error;     // one line and a hint at --help, for stderr
  int exit_code = 0;
};

// The app with every command (shared, because its type is not known here). `chosen` outlives it.
std::shared_ptr<CLI::App> MakeApp(ChosenCommand& chosen);

// Parses `arguments` (without the program's name). An unknown command or option is answered with the closest known one.
ParsedCommandLine ParseCommandLine(std::vector<std::string> arguments);

}  // namespace parzen
