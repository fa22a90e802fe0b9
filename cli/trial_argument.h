// "[STUDY] NUMBER" on the command line. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace CLI {
class App;
}  // namespace CLI

namespace parzen {

struct TrialArgument {
  std::string study;  // "" when it was left out
  int64_t number = 0;
};

// Adds the positional arguments.
void AddTrialArgument(CLI::App& command, std::vector<std::string>& words);

// InvalidArgument when the last word is no number of a trial. Requires: one or two words.
absl::StatusOr<TrialArgument> ReadTrialArgument(const std::vector<std::string>& words);

}  // namespace parzen
