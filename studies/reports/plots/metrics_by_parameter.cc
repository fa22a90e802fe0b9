// How good clusters and embeddings are by other measures than the one that is searched by, over each parameter that is
// a number: where the elbow is in inertia, the minimum in BIC, the peak in silhouette.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

constexpr const char* kMetrics[] = {"inertia",
                                    "log_likelihood",
                                    "silhouette",
                                    "davies_bouldin",
                                    "calinski_harabasz",
                                    "homogeneity",
                                    "completeness",
                                    "v_measure",
                                    "adjusted_rand",
                                    "adjusted_mutual_information",
                                    "aic",
                                    "bic",
                                    "trustworthiness",
                                    "continuity",
                                    "neighbor_accuracy",
                                    "kl_divergence",
                                    "stress"};
constexpr size_t kMostParameters = 20;

// Of the rows that were learned from. nullopt: the trial has none.
std::optional<double> MetricOf(const TrialRecord& trial, const std::string& name) {
  for (const NamedJson& attribute : trial.user_attribute()) {
    double value = 0;
    if ((attribute.name() == name || attribute.name() == absl::StrCat("train_", name)) &&
        absl::SimpleAtod(attribute.json(), &value)) {
      return value;
    }
  }
  return std::nullopt;
}

Plot MetricsByParameter(const StudySnapshot& snapshot) {
  PlotTable table{"points", {"metric", "parameter", "number", "x", "value"}, {}};
  Plot plot;
  const Trials valued = ValuedTrials(snapshot);
  std::vector<std::string> metrics;
  for (const char* const name : kMetrics) {
    if (std::any_of(valued.begin(), valued.end(),
                    [&](const auto* trial) { return MetricOf(*trial, name).has_value(); }))
      metrics.emplace_back(name);
  }
  std::vector<std::string> parameters = ParameterNames(valued);
  if (parameters.size() > kMostParameters) parameters.resize(kMostParameters);
  const size_t curves = std::max<size_t>(metrics.size() * parameters.size(), 1);
  const Trials shown = metrics.empty() ? Trials() : ChooseTrials(snapshot, valued, kMostPlotRows / curves, plot.notes);
  for (const std::string& metric : metrics) {
    for (const std::string& parameter : parameters) {
      for (const TrialRecord* trial : shown) {
        const std::optional<PlotCell> x = ParameterOf(*trial, parameter);
        const std::optional<double> value = MetricOf(*trial, metric);
        double number = 0;
        if (!x.has_value() || !value.has_value()) continue;
        const bool is_number = x->is_number() || (x->is_string() && absl::SimpleAtod(x->get<std::string>(), &number));
        if (!is_number) continue;
        table.rows.push_back({metric, parameter, trial->number(), x->is_number() ? *x : CellOf(number), CellOf(value)});
      }
    }
  }
  if (table.rows.empty()) {
    plot.notes.emplace_back(
        "no complete trial has measures of clusters or embeddings, and a parameter that is a number");
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("metrics_by_parameter", &MetricsByParameter);

}  // namespace
}  // namespace parzen
