// How much each parameter matters to each objective, by every evaluator.
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "studies/importance/study_table.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

// Forests of more trials take seconds each; ped_anova takes all.
constexpr size_t kMostTrialsOfForests = 10000;

ImportanceSpec SpecOf(const std::string& evaluator) {
  ImportanceSpec spec;
  spec.GetReflection()->MutableMessage(&spec, spec.GetDescriptor()->FindFieldByName(evaluator));
  return spec;
}

// At most `most` of the trials, evenly chosen.
void KeepEvenly(ImportanceData& data, size_t most) {
  const size_t all = data.target.size();
  if (all <= most) return;
  const auto keep = [&](auto& values) {
    for (size_t i = 0; i < most; ++i) values[i] = values[i * all / most];
    values.resize(most);
  };
  for (ImportanceColumn& column : data.columns) {
    keep(column.domain);
    keep(column.value);
  }
  keep(data.target);
}

Plot ParamImportances(const StudySnapshot& snapshot) {
  PlotTable table{"bars", {"objective", "evaluator", "parameter", "share"}, {}};
  Plot plot;
  const std::vector<std::string> names = ObjectiveNames(snapshot.study);
  const auto seed = static_cast<uint64_t>(snapshot.study.spec().search().seed());
  for (int i = 0; i < snapshot.objectives(); ++i) {
    const std::string& objective = names[static_cast<size_t>(i)];
    const absl::StatusOr<ImportanceData> data = MakeImportanceData(snapshot.study, snapshot.trials, i);
    if (!data.ok()) {
      plot.notes.push_back(absl::StrCat(objective, ": ", data.status().message()));
      continue;
    }
    NoteWhatCounts(snapshot, data->target.size(), plot.notes, snapshot.objectives() > 1 ? objective : "");
    ImportanceData fewer = *data;
    KeepEvenly(fewer, kMostTrialsOfForests);
    if (fewer.target.size() < data->target.size()) {
      plot.notes.push_back(absl::StrCat(objective, ": forests learn from ", fewer.target.size(), " of ",
                                        data->target.size(), " trials"));
    }
    for (const std::string& evaluator : Registry<ImportanceEvaluator>::Global().Names()) {
      const ImportanceSpec spec = SpecOf(evaluator);
      const auto shares = EvaluateImportance(spec.has_ped_anova() ? *data : fewer, spec, seed);
      if (!shares.ok()) {
        plot.notes.push_back(absl::StrCat(objective, ", ", evaluator, ": ", shares.status().message()));
        continue;
      }
      for (const auto& [parameter, share] : *shares) {
        table.rows.push_back({objective, evaluator, parameter, CellOf(share)});
      }
    }
  }
  if (table.rows.empty() && plot.notes.empty()) plot.notes.emplace_back("the study has no objective");
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("param_importances", &ParamImportances);

}  // namespace
}  // namespace parzen
