// parzen report.
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/plot_files.h"
#include "cli/report_file.h"
#include "cli/study_input.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/text_report.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::string study;
  std::string out;
  std::string csv;
  bool text = false;
};

constexpr int kBestTrialsShown = 5;

absl::Status PrintTextReport(StudySource& source, const StudySummary& study, const std::vector<TrialRecord>& trials) {
  BestTrialsRequest request;
  request.set_study(study.name());
  request.set_limit(kBestTrialsShown);
  ASSIGN_OR_RETURN(const BestTrialsResponse best, source.BestTrials(request));
  const TextReportStyle style{TerminalColumns(STDOUT_FILENO) - 1, UseColour(STDOUT_FILENO)};
  ASSIGN_OR_RETURN(const std::string text, TextReport(study, trials, best, style));
  return PrintResult(text);
}

absl::Status WriteCsv(const std::string& folder, const StudySummary& study, const std::vector<TrialRecord>& trials) {
  std::vector<std::string> notes;
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, WritePlotFiles(folder, {study, trials}, notes));
  for (const std::string& note : notes) std::fprintf(stderr, "%s\n", Printable(note).c_str());
  return PrintResult(absl::StrCat(absl::StrJoin(paths, "\n"), "\n"));
}

absl::Status WriteStudyReport(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, options.study));
  const ListedParts parts{.distributions = options.text || !options.csv.empty(), .steps = !options.csv.empty()};
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> trials, AllTrials(*source, study.name(), parts));
  if (options.text) RETURN_IF_ERROR(PrintTextReport(*source, study, trials));
  if (!options.csv.empty()) RETURN_IF_ERROR(WriteCsv(options.csv, study, trials));
  if (options.out.empty() && (options.text || !options.csv.empty())) return absl::OkStatus();
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
                 "its path; or prints it as text, or writes the numbers behind its plots.",
                 "  parzen report digits-forest -o digits.html\n  parzen report --db m.db\n"
                 "  parzen report digits-forest --text\n  parzen report digits-forest --csv plots");
  AddStudyArgument(command, options->study);
  AddOption(command, "-o,--output FILE", options->out, "File to write (default: STUDY.report.html)");
  AddOption(command, "--csv FOLDER", options->csv,
            "Write the numbers behind each plot to CSV files in this folder, and the page only with --output");
  AddFlag(command, "--text", options->text,
          "Print how the study got better, what mattered and the best trials; the page is written only with --output");
  AddSourceOptions(command, options->source);
  Choose(command, chosen, options, &WriteStudyReport);
}

}  // namespace parzen
