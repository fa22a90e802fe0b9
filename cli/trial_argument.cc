#include "cli/trial_argument.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/options.h"
#include "cli/terminal.h"

namespace parzen {

void AddTrialArgument(CLI::App& command, std::vector<std::string>& words) {
  AddArgument(command, "TRIAL", words,
              "Name of the study (may be left out when there is only one) and number of the trial")
      .Required()
      .Takes(1, 2)
      .ShowAs("[STUDY] NUMBER");
}

absl::StatusOr<TrialArgument> ReadTrialArgument(const std::vector<std::string>& words) {
  TrialArgument argument;
  if (!absl::SimpleAtoi(words.back(), &argument.number) || argument.number < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(words.back()), "\" is not the number of a trial; numbers count from 0"));
  }
  if (words.size() > 1) argument.study = words[0];
  return argument;
}

}  // namespace parzen
