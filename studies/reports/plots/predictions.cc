// Rows that were kept (`keep { predictions: 20 }`), with what they are, what was predicted, and their images: base64 of
// one byte a pixel, row by row.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/artifact_json.h"

namespace parzen {
namespace {

constexpr size_t kMostRowsOfTrial = 1000;

// Artifacts of validation rows are named without their part.
std::vector<ParsedArtifact> PredictedRowsOf(const StudySnapshot& snapshot) {
  std::vector<ParsedArtifact> found = ArtifactsNamed(snapshot, "_predictions.json");
  for (const TrialArtifact& artifact : snapshot.artifacts) {
    if (artifact.name != "predictions.json") continue;
    nlohmann::json json = ParseDocument(artifact.bytes);
    if (!json.is_discarded()) found.push_back({artifact.number, "validation", std::move(json)});
  }
  return found;
}

Plot Predictions(const StudySnapshot& snapshot) {
  PlotTable table{
      "rows", {"number", "part", "row", "label", "predicted", "probability", "height", "width", "image"}, {}};
  Plot plot;
  for (const ParsedArtifact& artifact : PredictedRowsOf(snapshot)) {
    const auto& names = ListIn(artifact.json, "class_name");
    const auto& rows = ListIn(artifact.json, "row");
    const size_t shown = std::min({rows.size(), kMostRowsOfTrial, kMostPlotRows - table.rows.size()});
    if (shown < rows.size()) {
      plot.notes.push_back(absl::StrCat(shown, " of ", rows.size(), " rows of trial ", artifact.number, " are shown"));
    }
    const std::optional<double> height = NumberIn(artifact.json, "height"), width = NumberIn(artifact.json, "width");
    for (size_t i = 0; i < shown; ++i) {
      const auto& row = rows[i];
      const std::optional<double> label = NumberIn(row, "label"), predicted = NumberIn(row, "predicted");
      if (!label.has_value() || !predicted.has_value()) continue;
      const bool is_image = IsImage(TextIn(row, "image"), height, width);
      table.rows.push_back({artifact.number, artifact.part, CellOf(NumberIn(row, "row")), ClassName(names, *label),
                            ClassName(names, *predicted), CellOf(NumberIn(row, "probability")),
                            is_image ? CellOf(height) : PlotCell(), is_image ? CellOf(width) : PlotCell(),
                            is_image ? PlotCell(TextIn(row, "image")) : PlotCell()});
    }
  }
  if (table.rows.empty() && plot.notes.empty()) {
    plot.notes.emplace_back("no rows are kept with the best trials; `keep { predictions: 20 }` in `train` keeps some");
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("predictions", &Predictions);

}  // namespace
}  // namespace parzen
