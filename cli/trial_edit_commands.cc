// parzen trial enqueue, retry, cancel, ask.
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/host_name.h"
#include "base/random_token.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/trial_argument.h"
#include "cli/trial_rows.h"
#include "studies/distribution.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

struct EnqueueOptions {
  SourceOptions source;
  std::string study;
  std::vector<std::string> set;
  bool skip_if_exists = false;
};

struct RetryOptions {
  SourceOptions source;
  std::vector<std::string> trial;
};

struct CancelOptions {
  SourceOptions source;
  std::vector<std::string> trial;
  std::string reason;
};

struct AskOptions {
  SourceOptions source;
  std::string study;
  Format format = Format::kJson;
};

absl::StatusOr<FixedValue> ReadAssignment(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat("--set ", Printable(text), ": NAME=VALUE belongs there"));
  }
  FixedValue value;
  value.set_parameter(text.substr(0, equals));
  value.set_value(text.substr(equals + 1));
  return value;
}

// Whether a trial that waits has to wait for more than a free worker; "" when not.
std::string WhatItWaitsFor(const StudySummary& study) {
  if (study.stopped()) return "; the study is stopped, `parzen study resume` lets it go on";
  const int64_t taken = study.complete() + study.pruned() + study.failed() + study.running();
  if (study.budget() > 0 && taken >= study.budget()) {
    return absl::StrCat("; the budget of ", study.budget(), " is used up, `parzen study extend` adds to it");
  }
  return "";
}

// `before`: the study as it was before the edit.
absl::Status SayItWaits(StudyEditor& editor, const StudySummary& before, int64_t number, const std::string& what) {
  ASSIGN_OR_RETURN(const StudySummary summary, GetStudy(editor, before.name()));
  const std::string raised =
      summary.budget() > before.budget()
          ? absl::StrCat("; the study's budget is ", summary.budget(), " for it, and was ", before.budget())
          : "";
  return PrintResult(absl::StrCat("trial ", number, " of study \"", Printable(before.name()), "\" ", what, raised,
                                  WhatItWaitsFor(summary), "\n"));
}

absl::Status EnqueueTrial(const EnqueueOptions& options, const Stop&) {
  EnqueueTrialRequest request;
  for (const std::string& text : options.set) {
    ASSIGN_OR_RETURN(*request.add_set(), ReadAssignment(text));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> editor, OpenStudyEditor(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*editor, options.study, /*outline=*/!options.skip_if_exists));
  request.set_study(study.name());
  request.set_skip_if_exists(options.skip_if_exists);
  request.set_request_id(RandomToken());
  const int64_t before = study.complete() + study.pruned() + study.failed() + study.running() + study.waiting();
  ASSIGN_OR_RETURN(const TrialRecord trial, editor->EnqueueTrial(request));
  if (options.skip_if_exists && trial.number() < before) {
    return PrintResult(absl::StrCat("trial ", trial.number(), " of study \"", Printable(study.name()),
                                    "\" has these values already and is ", std::string(TrialStateName(trial.state())),
                                    "; none was added\n"));
  }
  return SayItWaits(*editor, study, trial.number(), "waits");
}

absl::Status RetryTrial(const RetryOptions& options, const Stop&) {
  ASSIGN_OR_RETURN(const TrialArgument argument, ReadTrialArgument(options.trial));
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> editor, OpenStudyEditor(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*editor, argument.study, /*outline=*/true));
  RetryTrialRequest request;
  request.set_study(study.name());
  request.set_number(argument.number);
  request.set_request_id(RandomToken());
  ASSIGN_OR_RETURN(const TrialRecord trial, editor->RetryTrial(request));
  const std::string what = trial.number() == argument.number
                               ? std::string("waits again")
                               : absl::StrCat("waits with the values of trial ", argument.number);
  return SayItWaits(*editor, study, trial.number(), what);
}

absl::Status CancelTrial(const CancelOptions& options, const Stop&) {
  ASSIGN_OR_RETURN(const TrialArgument argument, ReadTrialArgument(options.trial));
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> editor, OpenStudyEditor(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*editor, argument.study, /*outline=*/true));
  CancelTrialRequest request;
  request.set_study(study.name());
  request.set_number(argument.number);
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(const TrialRecord trial, editor->CancelTrial(request));
  return PrintResult(absl::StrCat("trial ", trial.number(), " of study \"", Printable(study.name()),
                                  "\" is cancelled: it is FAIL, and counts towards the budget\n"));
}

// One line of JSON, as programs that run as trials get it.
std::string AskedLine(const StudySummary& study, const TrialRecord& trial) {
  std::string parameters;
  for (const NamedJson& parameter : trial.parameter()) {
    absl::StrAppend(&parameters, parameters.empty() ? "" : ", ", JsonString(parameter.name()), ": ", parameter.json());
  }
  const std::string seed =
      study.has_spec() ? absl::StrCat("\"seed\": ", study.spec().search().seed(), ", ") : std::string();
  return absl::StrCat("{\"study\": ", JsonString(study.name()), ", \"trial\": ", trial.number(), ", ", seed,
                      "\"parameters\": {", parameters, "}}\n");
}

absl::Status AskTrial(const AskOptions& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> editor, OpenStudyEditor(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*editor, options.study, /*outline=*/true));
  AskTrialRequest request;
  request.set_study(study.name());
  request.set_request_id(RandomToken());
  // What asks is the shell or program that started this command.
  request.set_host(HostName());
  request.set_pid(getppid());
  request.set_asker(absl::StrCat(request.host(), ":", getppid()));
  ASSIGN_OR_RETURN(const TrialRecord trial, editor->AskTrial(request));
  if (options.format == Format::kJson) return PrintResult(AskedLine(study, trial));
  const Table table = TrialTable(study, {trial}, /*everything=*/true);
  return PrintResult(table.RenderRecord(options.format));
}

void AddEnqueueCommand(CLI::App& trial, ChosenCommand& chosen) {
  auto options = std::make_shared<EnqueueOptions>();
  CLI::App& command =
      AddCommand(trial, "enqueue",
                 "Adds a trial with these values to the queue; the sampler fills in the parameters that "
                 "are left out when it starts.",
                 "  parzen trial enqueue digits-svm --set c=1 --set kernel=RBF\n"
                 "  parzen trial enqueue --db m.db --set trees=100 --skip-if-exists");
  AddStudyArgument(command, options->study);
  AddOption(command, "--set NAME=VALUE", options->set, "A parameter and its value, as in a study file; may be repeated")
      .Required();
  AddFlag(command, "--skip-if-exists", options->skip_if_exists, "Add none when a trial has these values already");
  AddSourceOptions(command, options->source);
  Choose(command, chosen, options, &EnqueueTrial);
}

}  // namespace

void AddTrialEditCommands(CLI::App& trial, ChosenCommand& chosen) {
  AddEnqueueCommand(trial, chosen);

  auto retry_options = std::make_shared<RetryOptions>();
  CLI::App& retry = AddCommand(trial, "retry",
                               "Does a failed trial again: adds one with the same values, on top of the budget. A "
                               "trial that runs without a worker, because whoever asked for it is gone, goes back to "
                               "the queue.",
                               "  parzen trial retry digits-forest 7");
  AddTrialArgument(retry, retry_options->trial);
  AddSourceOptions(retry, retry_options->source);
  Choose(retry, chosen, retry_options, &RetryTrial);

  auto cancel_options = std::make_shared<CancelOptions>();
  CLI::App& cancel = AddCommand(trial, "cancel",
                                "Ends a trial that waits or runs: it becomes FAIL, and a worker that has it drops it. "
                                "`parzen trial retry` does it again.",
                                "  parzen trial cancel digits-forest 7\n"
                                "  parzen trial cancel 7 --reason \"learns nothing\" --coordinator 127.0.0.1:7717");
  AddTrialArgument(cancel, cancel_options->trial);
  AddOption(cancel, "--reason TEXT", cancel_options->reason, "Why, for whoever asks `parzen trial why`");
  AddSourceOptions(cancel, cancel_options->source);
  Choose(cancel, chosen, cancel_options, &CancelTrial);

  auto ask_options = std::make_shared<AskOptions>();
  CLI::App& ask = AddCommand(trial, "ask",
                             "Takes a trial to do it oneself: the oldest that waits, or a new one. Prints one line of "
                             "JSON, as programs that run as trials get it. `parzen trial tell` says how it ended.",
                             "  parzen trial ask digits-svm --db m.db\n"
                             "  while t=$(parzen trial ask); do ./train \"$t\" | parzen trial tell -; done");
  AddStudyArgument(ask, ask_options->study);
  AddSourceOptions(ask, ask_options->source);
  AddFormatOption(ask, ask_options->format);
  Choose(ask, chosen, ask_options, &AskTrial);

  AddTrialTellCommand(trial, chosen);
}

}  // namespace parzen
