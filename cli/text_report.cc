#include "cli/text_report.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "cli/dot_plot.h"
#include "cli/importance_bars.h"
#include "cli/study_rows.h"
#include "cli/terminal.h"
#include "cli/trial_rows.h"
#include "studies/importance/study_table.h"
#include "studies/reports/history.h"

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
  const int64_t finished = FinishedTrials(study);
  return absl::StrCat(study.budget() > 0 ? absl::StrCat(finished, " of ", CountOf(study.budget(), "trial"))
                                         : CountOf(finished, "trial"),
                      parts.empty() ? "" : ": ", absl::StrJoin(parts, ", "));
}

// What counts as far off, as on the page (web/src/outliers.ts): more than twenty times as far from the best as the
// better half of the costs reaches, and not more than a quarter of them. Infinity where nothing is. One trial that went
// astray would leave all others on one line.
double OutlierCost(std::vector<double> costs) {
  constexpr size_t kFewest = 5;
  constexpr double kLargestShare = .25;
  constexpr double kFarthest = 20;
  if (costs.size() < kFewest) return std::numeric_limits<double>::infinity();
  std::sort(costs.begin(), costs.end());
  for (const double part : {0.5, 0.75, 0.9}) {  // half of them may be equal
    const double reach = costs[static_cast<size_t>(part * static_cast<double>(costs.size() - 1))] - costs.front();
    if (reach <= 0) continue;
    const double most = costs.front() + kFarthest * reach;
    const auto beyond = static_cast<double>(costs.end() - std::upper_bound(costs.begin(), costs.end(), most));
    return beyond > kLargestShare * static_cast<double>(costs.size()) ? std::numeric_limits<double>::infinity() : most;
  }
  return std::numeric_limits<double>::infinity();
}

// Values of complete trials, with the best so far of those that keep their constraints.
std::string HistoryPlot(const StudySummary& study, const std::vector<TrialRecord>& trials, int objective,
                        const TextReportStyle& style) {
  const double sign = study.direction(objective) == MAXIMIZE ? -1 : 1;
  DotSeries values{{}, false, ""}, best{{}, true, style.colour ? "\x1b[36m" : ""};
  for (const TrialRecord& trial : trials) {
    const std::optional<double> value = FiniteValue(trial, objective);
    if (trial.state() != COMPLETE || !value.has_value()) continue;
    const auto number = static_cast<double>(trial.number());
    values.points.emplace_back(number, *value);
    const bool is_better = best.points.empty() || sign * *value < sign * best.points.back().second;
    if (is_better && IsFeasible(trial)) best.points.emplace_back(number, *value);
  }
  if (values.points.empty()) return "";
  std::vector<double> costs;
  for (const auto& [number, value] : values.points) costs.push_back(sign * value);
  const double worst = *std::max_element(costs.begin(), costs.end());
  const auto is_beyond = [sign, most = OutlierCost(costs)](const auto& point) { return sign * point.second > most; };
  const double last = values.points.back().first;
  const size_t beyond = std::erase_if(values.points, is_beyond);
  std::erase_if(best.points, is_beyond);
  if (!best.points.empty()) best.points.emplace_back(last, best.points.back().second);  // whoever lies beyond there
  const std::string note = beyond == 0
                               ? ""
                               : absl::StrFormat("%d of %s beyond the plot; the worst is %.4g\n", beyond,
                                                 CountOf(static_cast<int64_t>(costs.size()), "trial"), sign * worst);
  const std::string heading =
      absl::StrCat(Printable(ObjectiveNames(study)[static_cast<size_t>(objective)]), ", trial by trial");
  return absl::StrCat(Bold(FitColumns(heading, style.columns), style),
                      best.points.empty() ? "" : "; the line is the best so far", "\n",
                      DotPlot({values, best}, {std::min(style.columns, kMostPlotColumns), kPlotRows}), note);
}

absl::StatusOr<std::string> ImportanceText(const StudySummary& study, const std::vector<TrialRecord>& trials,
                                           int objective, const TextReportStyle& style) {
  ASSIGN_OR_RETURN(const ImportanceData data, MakeImportanceData(study, trials, objective));
  const ImportanceSpec usual;
  absl::StatusOr<std::vector<Importance>> shares = EvaluateImportance(data, usual, 0);
  if (!shares.ok()) return std::string();  // one trial, or one value of each parameter: there is nothing to compare
  return ImportanceBars({ObjectiveNames(study)[static_cast<size_t>(objective)], data.target.size(),
                         EvaluatorName(usual), *std::move(shares)},
                        style.columns, style.colour);
}

std::string BestText(const StudySummary& study, const BestTrialsResponse& best, const TextReportStyle& style) {
  if (best.trial_size() == 0) return "";
  std::string heading = study.direction_size() > 1 ? "trials that no other beats" : "the best trials";
  if (best.candidates() > best.trial_size() && study.direction_size() > 1) {
    absl::StrAppend(&heading, " (", best.trial_size(), " of ", best.candidates(), ")");
  }
  const Table table = TrialTable(study, {best.trial().begin(), best.trial().end()}, /*everything=*/false);
  return absl::StrCat(Bold(heading, style), "\n", table.Render(Format::kTable, style.colour));
}

}  // namespace

absl::StatusOr<std::string> TextReport(const StudySummary& study, const std::vector<TrialRecord>& trials,
                                       const BestTrialsResponse& best, const TextReportStyle& style) {
  const std::string name = FitColumns(Printable(study.name()), style.columns);
  std::vector<std::string> parts = {
      absl::StrCat(Bold(name, style), "  ", Printable(DescribeObjectives(study)), "\n", DescribeCounts(study), "\n")};
  for (int i = 0; i < study.direction_size(); ++i) {
    parts.push_back(HistoryPlot(study, trials, i, style));
    ASSIGN_OR_RETURN(parts.emplace_back(), ImportanceText(study, trials, i, style));
  }
  parts.push_back(BestText(study, best, style));
  if (study.has_final() && study.has_best()) parts.push_back(RenderFields(BestFields(study)));
  std::erase(parts, "");
  return absl::StrJoin(parts, "\n");
}

}  // namespace parzen
