// parzen best.
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_rows.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/trial_rows.h"

namespace parzen {
namespace {

constexpr int kMostBest = 1000;

struct Options {
  SourceOptions source;
  std::string study;
  std::optional<int64_t> top;  // none: the best one, or the whole front
  Format format = Format::kTable;
};

absl::Status NothingIsBest(const std::string& study, const BestTrialsResponse& best) {
  if (best.infeasible() > 0) {
    return absl::NotFoundError(absl::StrCat("none of the ", best.infeasible(), " complete trials of study \"",
                                            Printable(study), "\" keeps its constraints"));
  }
  return absl::NotFoundError(
      absl::StrCat("no trial of study \"", Printable(study), "\" is complete yet; see `parzen study show`"));
}

// What the table leaves out.
std::string Note(const StudySummary& study, const BestTrialsResponse& best) {
  std::string note;
  if (study.direction_size() > 1) {
    note = absl::StrCat("Pareto front of ", Printable(DescribeObjectives(study)), ": ", best.candidates(),
                        best.candidates() == 1 ? " trial that no other beats" : " trials that no other beats",
                        best.candidates() > best.trial_size() ? absl::StrCat(", ", best.trial_size(), " shown") : "",
                        "\n");
  }
  if (best.infeasible() > 0) {
    absl::StrAppend(&note, best.infeasible(), " complete ", best.infeasible() == 1 ? "trial breaks" : "trials break",
                    " a constraint and ", best.infeasible() == 1 ? "is" : "are", " left out\n");
  }
  return note;
}

absl::Status ShowBest(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary outline, ChooseStudy(*source, options.study, /*outline=*/true));
  BestTrialsRequest request;
  request.set_study(outline.name());
  if (options.top) request.set_limit(static_cast<int32_t>(*options.top));
  ASSIGN_OR_RETURN(const BestTrialsResponse best, source->BestTrials(request));
  if (best.trial_size() == 0) return NothingIsBest(outline.name(), best);
  const bool is_table = options.format == Format::kTable;
  if (!options.top && outline.direction_size() == 1) {
    ASSIGN_OR_RETURN(const StudySummary study, GetStudy(*source, outline.name()));
    if (!study.has_best()) return NothingIsBest(outline.name(), best);  // deleted meanwhile
    if (is_table) return PrintResult(absl::StrCat(RenderFields(BestFields(study)), Note(outline, best)));
    return PrintTable(BestRecord(study), options.format);
  }
  RETURN_IF_ERROR(PrintTable(TrialTable(outline, {best.trial().begin(), best.trial().end()}, /*everything=*/!is_table),
                             options.format));
  return is_table ? PrintResult(Note(outline, best)) : absl::OkStatus();
}

}  // namespace

void AddBestCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      AddCommand(app, "best",
                 "Shows a study's best trial: its value, parameters and metrics, and what it reached on "
                 "the test rows once it was trained again. With several objectives: the trials that no other beats in "
                 "all of them. Trials that break a constraint are left out.",
                 "  parzen best digits-forest\n  parzen best --top 10\n  parzen best --db m.db -f json");
  AddStudyArgument(command, options->study);
  AddOption(command, "--top N", options->top, "The so many best trials, one a row").Range(1, kMostBest);
  AddSourceOptions(command, options->source);
  AddFormatOption(command, options->format);
  Choose(command, chosen, options, &ShowBest);
}

}  // namespace parzen
