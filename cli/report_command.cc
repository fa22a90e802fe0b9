// parzen report.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/picture_files.h"
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
  std::vector<std::string> studies;
  std::string out;
  std::string csv;
  std::string svg;
  std::string png;
  bool text = false;

  bool wants_files() const { return !csv.empty() || !svg.empty() || !png.empty(); }
  // The page is not asked for by asking for something else.
  bool wants_page() const { return !out.empty() || (!wants_files() && !text); }
};

constexpr int kBestTrialsShown = 5;
constexpr int kMostStudies = 50;

absl::Status PrintTextReport(StudySource& source, const ReportedStudy& reported) {
  BestTrialsRequest request;
  request.set_study(reported.study.name());
  request.set_limit(kBestTrialsShown);
  ASSIGN_OR_RETURN(const BestTrialsResponse best, source.BestTrials(request));
  const TextReportStyle style{TerminalColumns(STDOUT_FILENO) - 1, UseColour(STDOUT_FILENO)};
  ASSIGN_OR_RETURN(const std::string text, TextReport(reported.study, reported.trials, best, style));
  return PrintResult(text);
}

absl::Status WriteCsv(const std::string& folder, const std::vector<ReportedStudy>& studies) {
  const std::vector<std::string> folders = FoldersOf(folder, studies);
  for (size_t i = 0; i < studies.size(); ++i) {
    std::vector<std::string> notes;
    ASSIGN_OR_RETURN(const std::vector<std::string> paths, WritePlotFiles(folders[i], studies[i].snapshot(), notes));
    for (const std::string& note : notes) std::fprintf(stderr, "%s\n", Printable(note).c_str());
    if (!paths.empty()) RETURN_IF_ERROR(PrintResult(absl::StrCat(absl::StrJoin(paths, "\n"), "\n")));
  }
  return absl::OkStatus();
}

absl::Status WritePictures(const std::string& folder, PictureFormat format, const std::vector<ReportedStudy>& studies,
                           const Stop& stop) {
  if (folder.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, WritePictureFiles(folder, format, studies, stop));
  return PrintResult(absl::StrCat(absl::StrJoin(paths, "\n"), "\n"));
}

absl::StatusOr<std::vector<ReportedStudy>> ReadStudies(StudySource& source, std::vector<std::string> names,
                                                       ReportedParts parts) {
  if (names.empty()) names.emplace_back();  // the only one there is
  std::vector<ReportedStudy> studies;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(StudySummary study, ChooseStudy(source, name));
    ASSIGN_OR_RETURN(studies.emplace_back(), ReadReportedStudy(source, std::move(study), parts));
  }
  return studies;
}

absl::Status WriteStudyReport(const Options& options, const Stop& stop) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  const bool has_plots = options.wants_files() || options.wants_page();
  ASSIGN_OR_RETURN(
      const std::vector<ReportedStudy> studies,
      ReadStudies(*source, options.studies, has_plots ? ReportedParts::kForPlots : ReportedParts::kForText));
  if (options.text) {
    for (size_t i = 0; i < studies.size(); ++i) {
      if (i > 0) RETURN_IF_ERROR(PrintResult("\n"));
      RETURN_IF_ERROR(PrintTextReport(*source, studies[i]));
    }
  }
  if (!options.csv.empty()) RETURN_IF_ERROR(WriteCsv(options.csv, studies));
  RETURN_IF_ERROR(WritePictures(options.svg, PictureFormat::kSvg, studies, stop));
  RETURN_IF_ERROR(WritePictures(options.png, PictureFormat::kPng, studies, stop));
  if (!options.wants_page()) return absl::OkStatus();
  const std::string path = !options.out.empty()  ? options.out
                           : studies.size() == 1 ? DefaultReportPath("", studies[0].study.name())
                                                 : "studies.report.html";
  RETURN_IF_ERROR(WriteReport(path, studies, ReadClock().wall));
  return PrintResult(absl::StrCat(path, "\n"));
}

}  // namespace

void AddReportCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      AddCommand(app, "report",
                 "Writes the report of a study, one self-contained HTML page that needs no network, and prints "
                 "its path; or prints it as text, or writes the numbers behind its plots, or pictures of them. Several "
                 "studies of a database are compared on one page.",
                 "  parzen report digits-forest -o digits.html\n  parzen report --db m.db\n"
                 "  parzen report mnist-forest mnist-neighbors mnist-cnn -o digits.html\n"
                 "  parzen report digits-forest --text\n  parzen report digits-forest --csv plots --svg plots");
  AddArgument(command, "STUDY", options->studies, "Names of studies; may be left out when there is only one")
      .Takes(0, kMostStudies)
      .ShowAs("[STUDY]...");
  AddOption(command, "-o,--output FILE", options->out,
            "File to write (default: STUDY.report.html, of several studies studies.report.html)");
  AddOption(command, "--csv FOLDER", options->csv,
            "Write the numbers behind each plot that has some to CSV files in this folder, and the page only with "
            "--output");
  AddOption(command, "--svg FOLDER", options->svg, "Draw each plot into this folder, by a browser of this machine");
  AddOption(command, "--png FOLDER", options->png, "The same as pixels, 1800 across");
  AddFlag(command, "--text", options->text,
          "Print how the study got better, what mattered and the best trials; the page is written only with --output");
  AddSourceOptions(command, options->source);
  Choose(command, chosen, options, &WriteStudyReport, /*stops_cleanly=*/true);
}

}  // namespace parzen
