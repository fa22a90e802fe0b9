#include "cli/text_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/dot_plot.h"
#include "cli/importance_bars.h"
#include "cli/study_rows.h"
#include "cli/terminal.h"
#include "cli/trial_rows.h"
#include "studies/importance/study_table.h"

namespace parzen {
namespace {

constexpr size_t kPlotRows = 10;
constexpr size_t kMostPlotColumns = 120;

std::string Bold(const std::string& text, const TextReportStyle& style) {
  return style.colour ? absl::StrCat("\x1b[1m", text, "\x1b[0m") : text;
}

std::string DescribeCounts(const StudySummary& study) {
  std::vector<std::string> parts;
  const auto add = [&](int64_t count, absl::string_view state) {
    if (count > 0) parts.push_back(absl::StrCat(count, " ", state));
  };
  add(study.complete(), "complete");
  add(study.pruned(), "pruned");
  add(study.failed(), "failed");
  add(study.running(), "running");
  add(study.waiting(), "waiting");
  const std::string budget = study.budget() > 0 ? absl::StrCat(" of ", study.budget()) : "";
  return absl::StrCat(FinishedTrials(study), budget, " trials", parts.empty() ? "" : ": ", absl::StrJoin(parts, ", "));
}

// Values of complete trials, with the best so far.
std::string HistoryPlot(const ObjectiveHistory& history, const TextReportStyle& style) {
  DotSeries values{{}, false, ""}, best{{}, true, style.colour ? "\x1b[36m" : ""};
  for (const HistoryPoint& point : history.points) {
    const auto number = static_cast<double>(point.number);
    if (point.value.has_value() && point.state == COMPLETE) values.points.emplace_back(number, *point.value);
    if (point.best_so_far.has_value()) best.points.emplace_back(number, *point.best_so_far);
  }
  if (values.points.empty()) return "";
  return absl::StrCat(Bold(Printable(history.metric), style), ", trial by trial; the line is the best so far\n",
                      DotPlot({values, best}, {std::min(style.columns, kMostPlotColumns), kPlotRows}));
}

std::string ImportanceText(const StudySummary& study, const std::vector<TrialRecord>& trials, int objective,
                           const TextReportStyle& style) {
  const absl::StatusOr<ImportanceData> data = MakeImportanceData(study, trials, objective);
  if (!data.ok()) return "";
  absl::StatusOr<std::vector<Importance>> shares = EvaluateImportance(*data, {}, 0);
  if (!shares.ok()) return "";  // one trial, or one parameter value: there is nothing to compare
  return ImportanceBars(
      {ObjectiveNames(study)[static_cast<size_t>(objective)], data->target.size(), *std::move(shares)}, style.columns,
      style.colour);
}

}  // namespace

std::string TextReport(const StudySummary& study, const std::vector<TrialRecord>& trials,
                       const std::vector<TrialRecord>& best, const TextReportStyle& style) {
  std::vector<std::string> parts = {absl::StrCat(Bold(Printable(study.name()), style), "  ",
                                                 Printable(DescribeObjectives(study)), "\n", DescribeCounts(study),
                                                 "\n")};
  const std::vector<ObjectiveHistory> histories = StudyHistory(study, trials);
  for (int i = 0; i < study.direction_size(); ++i) {
    parts.push_back(HistoryPlot(histories[static_cast<size_t>(i)], style));
    parts.push_back(ImportanceText(study, trials, i, style));
  }
  if (!best.empty()) {
    const absl::string_view what = study.direction_size() > 1 ? "trials that no other beats" : "the best trials";
    parts.push_back(absl::StrCat(Bold(std::string(what), style), "\n",
                                 TrialTable(study, best, /*everything=*/false).Render(Format::kTable, style.colour)));
  }
  if (study.has_final() && study.has_best()) parts.push_back(RenderFields(BestFields(study)));
  std::erase(parts, "");
  return absl::StrJoin(parts, "\n");
}

}  // namespace parzen
