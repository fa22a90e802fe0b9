// parzen report.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/report_file.h"
#include "cli/study_input.h"
#include "cli/study_source.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::string study;
  std::string out;
};

absl::Status WriteStudyReport(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, options.study));
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> trials, AllTrials(*source, study.name()));
  const std::string path = options.out.empty() ? DefaultReportPath("", study.name()) : options.out;
  RETURN_IF_ERROR(WriteReport(path, study, trials));
  return PrintResult(absl::StrCat(path, "\n"));
}

}  // namespace

void AddReportCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      AddCommand(app, "report",
                 "Writes a study's report, one self-contained HTML page that needs no network, and prints "
                 "its path.",
                 "  parzen report digits-forest -o digits.html\n  parzen report --db m.db");
  AddStudyArgument(command, options->study);
  AddOption(command, "-o,--output FILE", options->out, "File to write (default: STUDY.report.html)");
  AddSourceOptions(command, options->source);
  Choose(command, chosen, options, &WriteStudyReport);
}

}  // namespace parzen
