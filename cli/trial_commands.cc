// parzen trial list, show.
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/trial_rows.h"

namespace parzen {
namespace {

struct ListOptions {
  SourceOptions source;
  std::string study;
  Format format = Format::kTable;
};

struct ShowOptions {
  SourceOptions source;
  std::vector<std::string> study_and_number;
  Format format = Format::kTable;
};

absl::Status ListTrials(const ListOptions& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, options.study));
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> trials, AllTrials(*source, study.name()));
  return PrintTable(TrialTable(study, trials, /*everything=*/options.format != Format::kTable), options.format);
}

absl::Status ShowTrial(const ShowOptions& options, const Stop&) {
  const std::string& text = options.study_and_number.back();
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(text), "\" is not the number of a trial; numbers count from 0"));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  const std::string name = options.study_and_number.size() > 1 ? options.study_and_number[0] : "";
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, name));
  ASSIGN_OR_RETURN(const TrialRecord trial, GetTrial(*source, study.name(), number));
  std::string result = TrialTable(study, {trial}, /*everything=*/true).RenderRecord(options.format);
  if (options.format == Format::kTable && trial.attempt_size() > 0) {
    absl::StrAppend(&result, "\n", AttemptTable(trial).Render(Format::kTable));
  }
  return PrintResult(result);
}

}  // namespace

void AddTrialCommands(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& trial = AddCommand(app, "trial", "Lists and shows the trials of a study.",
                               "  parzen trial list digits-forest\n  parzen trial show digits-forest 7");
  trial.require_subcommand(1);

  auto list_options = std::make_shared<ListOptions>();
  CLI::App& list = AddCommand(trial, "list",
                              "Lists a study's trials by number, one a row. csv and json have every metric and exact "
                              "numbers; state and value are those of the view parzen_trials in the study database.",
                              "  parzen trial list digits-forest\n  parzen trial list --db m.db -f csv > trials.csv");
  list.add_option("STUDY", list_options->study, "Name of the study; may be left out when there is only one")
      ->type_name("");
  AddSourceOptions(list, list_options->source);
  AddFormatOption(list, list_options->format);
  Choose(list, chosen, list_options, &ListTrials);

  auto show_options = std::make_shared<ShowOptions>();
  CLI::App& show = AddCommand(trial, "show", "Shows one trial: parameters, metrics and all its attempts.",
                              "  parzen trial show digits-forest 7\n  parzen trial show 7 -f json");
  show.add_option("TRIAL", show_options->study_and_number,
                  "Name of the study (may be left out when there is only one) and number of the trial")
      ->required()
      ->expected(1, 2)
      ->option_text("[STUDY] NUMBER");
  AddSourceOptions(show, show_options->source);
  AddFormatOption(show, show_options->format);
  Choose(show, chosen, show_options, &ShowTrial);
  AddTrialEditCommands(trial, chosen);
}

}  // namespace parzen
