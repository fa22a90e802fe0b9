// parzen study list, show.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/coordinated.h"
#include "cli/study_rows.h"
#include "cli/study_source.h"
#include "cli/wanted_worker.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::string study;
  Format format = Format::kTable;
};

absl::Status ListStudies(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const ListStudiesResponse studies, source->ListStudies(ListStudiesRequest()));
  const std::vector<StudySummary> rows(studies.study().begin(), studies.study().end());
  return PrintTable(options.format == Format::kTable ? ShortStudyTable(rows) : StudyTable(rows), options.format);
}

absl::Status ShowStudy(const Options& options, const Stop&) {
  const bool coordinated = IsCoordinated(options.source);
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, options.study));
  std::string text = StudyRecord(study).RenderRecord(options.format);
  if (options.format == Format::kTable && coordinated) {
    const std::string wanted = WantedWorkerLine(*source, study);
    if (!wanted.empty()) absl::StrAppend(&text, "\n", wanted);
  }
  if (options.format == Format::kTable && study.spec().parameter_size() > 0) {
    absl::StrAppend(&text, "\n", SpaceTable(study.spec()).Render(Format::kTable));
  }
  return PrintResult(text);
}

}  // namespace

void AddStudyCommands(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& study = AddCommand(app, "study", "Makes, lists, shows and watches studies.",
                               "  parzen study list\n  parzen study watch digits-forest");
  TakeCommand(study);
  AddStudyCreateCommand(study, chosen);
  AddStudyExportCommand(study, chosen);
  AddStudyImportCommand(study, chosen);

  auto options = std::make_shared<Options>();
  CLI::App& list = AddCommand(study, "list", "Lists the studies of a database or a coordinator, one a row.",
                              "  parzen study list --db m.db\n  parzen study list -f csv");
  AddSourceOptions(list, options->source);
  AddFormatOption(list, options->format);
  Choose(list, chosen, options, &ListStudies);

  CLI::App& show =
      AddCommand(study, "show", "Shows one study: how far it is, its best trial, its search space and its files.",
                 "  parzen study show digits-forest\n  parzen study show -f json");
  AddStudyArgument(show, options->study);
  AddSourceOptions(show, options->source);
  AddFormatOption(show, options->format);
  Choose(show, chosen, options, &ShowStudy);

  AddStudyWatchCommand(study, chosen);
  AddStudyEditCommands(study, chosen);
}

}  // namespace parzen
