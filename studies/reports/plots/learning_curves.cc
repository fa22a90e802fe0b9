// How networks learned, epoch by epoch: loss, accuracy and whatever else was measured, on the rows to learn from and on
// validation rows; in the trial, and in the final training.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/artifact_json.h"

namespace parzen {
namespace {

// More than anyone sees in a curve.
constexpr size_t kMostEpochs = 1000;
constexpr size_t kMostQuantities = 20;

// Names of the numbers that any of the epochs has, some at most.
std::vector<std::string> QuantitiesOf(const nlohmann::json& epochs) {
  std::vector<std::string> names;
  for (const auto& epoch : epochs) {
    if (!epoch.is_object()) continue;
    for (const auto& [name, value] : epoch.items()) {
      if (names.size() == kMostQuantities) return names;
      if (value.is_number() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

void AddCurves(int64_t number, const char* training, const nlohmann::json& epochs, PlotTable& table, Plot& plot) {
  const std::vector<std::string> quantities = QuantitiesOf(epochs);
  const size_t shown = std::min(epochs.size(), kMostEpochs);
  if (table.rows.size() + shown * quantities.size() > kMostPlotRows) {
    plot.notes.push_back(absl::StrCat("the curves of trial ", number, " are left out: there are too many"));
    return;
  }
  if (shown < epochs.size()) plot.notes.push_back(absl::StrCat(shown, " of ", epochs.size(), " epochs are shown"));
  for (const std::string& quantity : quantities) {
    for (size_t i = 1; i <= shown; ++i) {
      const size_t epoch = epochs.size() * i / shown;
      table.rows.push_back({number, training, epoch, quantity, CellOf(NumberIn(epochs[epoch - 1], quantity.c_str()))});
    }
  }
}

Plot LearningCurves(const StudySnapshot& snapshot) {
  PlotTable table{"curves", {"number", "training", "epoch", "quantity", "value"}, {}};
  Plot plot;
  for (const TrialArtifact& artifact : snapshot.artifacts) {
    const bool is_final = artifact.name == "final_epochs.json";
    if (!is_final && artifact.name != "epochs.json") continue;
    const nlohmann::json epochs = ParseDocument(artifact.bytes);
    if (epochs.is_array() && !epochs.empty()) {
      AddCurves(artifact.number, is_final ? "final" : "trial", epochs, table, plot);
    }
  }
  if (table.rows.empty() && plot.notes.empty()) plot.notes.emplace_back("none of the best trials learned in epochs");
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("learning_curves", &LearningCurves);

}  // namespace
}  // namespace parzen
