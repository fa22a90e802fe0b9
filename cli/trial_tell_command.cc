// parzen trial tell.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/told_trial.h"
#include "cli/trial_argument.h"
#include "studies/distribution.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::vector<std::string> trial;
  ToldOptions told;
};

// All of standard input, or one byte more than is allowed.
absl::StatusOr<std::string> ReadStdin() {
  std::string text;
  char buffer[1 << 16];
  for (ssize_t count = -1; count != 0 && text.size() <= kMaxToldBytes;) {
    count = read(STDIN_FILENO, buffer, sizeof(buffer));
    if (count < 0 && errno != EINTR) {
      return absl::UnknownError(absl::StrCat("cannot read stdin: ", std::strerror(errno)));
    }
    if (count > 0) text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

bool SaysNothing(const TellTrialRequest& request) {
  return !request.has_state() && request.step().empty() && request.attribute().empty();
}

// The request, the study as the command line names it.
absl::StatusOr<TellTrialRequest> ReadRequest(const Options& options) {
  if (options.trial.back() != "-") {
    ASSIGN_OR_RETURN(const TrialArgument argument, ReadTrialArgument(options.trial));
    ASSIGN_OR_RETURN(TellTrialRequest request, ReadToldOptions(options.told));
    request.set_study(argument.study);
    request.set_number(argument.number);
    return request;
  }
  const ToldOptions& told = options.told;
  if (!told.values.empty() || !told.steps.empty() || !told.metrics.empty() || !told.state.empty() ||
      !told.reason.empty()) {
    return absl::InvalidArgumentError("with `-`, the JSON on stdin says all; leave the options out");
  }
  ASSIGN_OR_RETURN(const std::string text, ReadStdin());
  ASSIGN_OR_RETURN(TellTrialRequest request, ReadToldJson(text));
  if (options.trial.size() > 1) request.set_study(options.trial[0]);
  return request;
}

// "trial 7 of study "s" is COMPLETE: 0.5"; while it goes on, what the pruner says as JSON.
std::string Describe(const std::string& study, const TellTrialResponse& response) {
  const TrialRecord& trial = response.trial();
  if (!IsFinal(trial.state())) {
    const std::string reason =
        response.reason().empty() ? "" : absl::StrCat(", \"reason\": ", JsonString(response.reason()));
    return absl::StrCat("{\"stop\": ", response.stop() ? "true" : "false", reason, "}\n");
  }
  std::string why;
  for (const double value : trial.value()) absl::StrAppend(&why, why.empty() ? "" : ", ", PlainNumber(value));
  if (trial.state() == FAIL && trial.attempt_size() > 0) {
    why = Printable(trial.attempt(trial.attempt_size() - 1).reason());
  }
  return absl::StrCat("trial ", trial.number(), " of study \"", Printable(study), "\" is ",
                      TrialStateName(trial.state()), why.empty() ? "" : ": ", why, "\n");
}

absl::Status TellTrial(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(TellTrialRequest request, ReadRequest(options));
  if (SaysNothing(request)) {
    return absl::InvalidArgumentError("nothing is told; give --value, --step, --metric or --state");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> editor, OpenStudyEditor(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*editor, request.study(), /*outline=*/true));
  request.set_study(study.name());
  ASSIGN_OR_RETURN(const TellTrialResponse response, editor->TellTrial(request));
  return PrintResult(Describe(study.name(), response));
}

}  // namespace

void AddTrialTellCommand(CLI::App& trial, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      trial, "tell",
      "Says of a trial that was asked for how it ended: --value once an objective (it is COMPLETE), --state FAIL or "
      "PRUNED. With --step or --metric alone the trial goes on, and the answer is JSON that says whether it should "
      "stop. With `-` instead of the number, JSON on stdin says it all.",
      "  parzen trial tell digits-svm 7 --value 0.97 --metric seconds=12\n"
      "  parzen trial tell 7 --step 3=0.91\n"
      "  parzen trial tell 7 --state FAIL --reason \"out of memory\"\n"
      "  echo '{\"trial\": 7, \"values\": [0.97], \"steps\": {\"3\": 0.91}}' | parzen trial tell -");
  AddArgument(command, "TRIAL", options->trial,
              "Name of the study (may be left out when there is only one) and number of the trial, or -")
      .Required()
      .Takes(1, 2)
      .ShowAs("[STUDY] NUMBER|-");
  AddOption(command, "--value V", options->told.values, "Value of the objective; of several, once each in their order");
  AddOption(command, "--state COMPLETE|PRUNED|FAIL", options->told.state,
            "How it ended (default: COMPLETE with --value)");
  AddOption(command, "--step S=V", options->told.steps, "An intermediate value; may be repeated");
  AddOption(command, "--metric NAME=V", options->told.metrics, "A number that is kept with the trial; may be repeated");
  AddOption(command, "--reason TEXT", options->told.reason, "Why it failed");
  AddSourceOptions(command, options->source);
  Choose(command, chosen, options, &TellTrial);
}

}  // namespace parzen
