// How much each parameter matters to each objective, by every evaluator.
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "studies/importance/study_table.h"
#include "studies/reports/plots/kept_trials.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

// Trials that evaluators look at: a forest of all of a long study's would take minutes.
constexpr size_t kMostTrials = 2000;

ImportanceSpec SpecOf(const std::string& evaluator) {
  ImportanceSpec spec;
  spec.GetReflection()->MutableMessage(&spec, spec.GetDescriptor()->FindFieldByName(evaluator));
  return spec;
}

Plot ParamImportances(const StudySnapshot& snapshot) {
  PlotTable table{"bars", {"objective", "evaluator", "parameter", "share"}, {}};
  Plot plot;
  const std::vector<std::string> names = ObjectiveNames(snapshot.study);
  for (int i = 0; i < snapshot.study.direction_size(); ++i) {
    absl::StatusOr<ImportanceData> data = MakeImportanceData(snapshot.study, snapshot.trials, i);
    if (!data.ok()) {
      plot.note = std::string(data.status().message());
      continue;
    }
    if (data->target.size() > kMostTrials) {
      plot.note = absl::StrCat("of ", data->target.size(), " trials, the importances are those of ", kMostTrials);
      KeepEvenly(*data, kMostTrials);
    }
    for (const std::string& evaluator : Registry<ImportanceEvaluator>::Global().Names()) {
      const auto shares = EvaluateImportance(*data, SpecOf(evaluator), 0);
      if (!shares.ok()) {
        plot.note = std::string(shares.status().message());
        continue;
      }
      for (const auto& [parameter, share] : *shares) {
        table.rows.push_back({names[static_cast<size_t>(i)], evaluator, parameter, CellOf(share)});
      }
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<PlotKind>::Global().Add("param_importances", {"What mattered", &ParamImportances});

}  // namespace
}  // namespace parzen
