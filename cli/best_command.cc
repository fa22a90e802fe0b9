// parzen best.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/trial_rows.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::string study;
  Format format = Format::kTable;
};

absl::Status ShowBest(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, options.study));
  if (study.direction_size() > 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("study \"", Printable(study.name()), "\" has ", study.direction_size(),
                     " objectives, so no single trial is the best; see `parzen trial list`"));
  }
  if (!study.has_best() && study.complete() > 0) {
    return absl::NotFoundError(absl::StrCat("none of the ", study.complete(), " complete trials of study \"",
                                            Printable(study.name()), "\" keeps its constraints"));
  }
  if (!study.has_best()) {
    return absl::NotFoundError(
        absl::StrCat("no trial of study \"", Printable(study.name()), "\" is complete yet; see `parzen study show`"));
  }
  if (options.format == Format::kTable) return PrintResult(RenderFields(BestFields(study)));
  return PrintTable(BestRecord(study), options.format);
}

}  // namespace

void AddBestCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      AddCommand(app, "best",
                 "Shows a study's best trial: its value, parameters and metrics, and what it reached on "
                 "the test rows once it was trained again.",
                 "  parzen best digits-forest\n  parzen best --db m.db -f json");
  command.add_option("STUDY", options->study, "Name of the study; may be left out when there is only one")
      ->type_name("");
  AddSourceOptions(command, options->source);
  AddFormatOption(command, options->format);
  Choose(command, chosen, options, &ShowBest);
}

}  // namespace parzen
