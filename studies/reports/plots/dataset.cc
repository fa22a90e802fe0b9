// What the final model learned from: how many rows each class has among those that it learned from and those that it
// was measured on, and some of the former as images, base64 of one byte a pixel, row by row.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/artifact_json.h"

namespace parzen {
namespace {

void AddClasses(int64_t number, const nlohmann::json& sheet, PlotTable& table, Plot& plot) {
  const auto& names = ListIn(sheet, "class_name");
  const size_t shown = std::min(names.size(), kMostPlotRows);
  if (shown < names.size()) plot.notes.push_back(absl::StrCat(shown, " of ", names.size(), " classes are shown"));
  for (size_t label = 0; label < shown; ++label) {
    table.rows.push_back({number, ClassName(names, static_cast<double>(label)),
                          CountAt(ListIn(sheet, "learned"), label), CountAt(ListIn(sheet, "measured"), label)});
  }
}

void AddRows(int64_t number, const nlohmann::json& sheet, PlotTable& table, Plot& plot) {
  const auto& rows = ListIn(sheet, "row");
  const size_t shown = std::min(rows.size(), kMostPlotRows);
  if (shown < rows.size()) plot.notes.push_back(absl::StrCat(shown, " of ", rows.size(), " rows are shown"));
  const std::optional<double> height = NumberIn(sheet, "height"), width = NumberIn(sheet, "width");
  for (size_t i = 0; i < shown; ++i) {
    const std::optional<double> label = NumberIn(rows[i], "label");
    if (!label.has_value() || !IsImage(TextIn(rows[i], "image"), height, width)) continue;
    table.rows.push_back({number, CellOf(NumberIn(rows[i], "row")), ClassName(ListIn(sheet, "class_name"), *label),
                          CellOf(height), CellOf(width), TextIn(rows[i], "image")});
  }
}

Plot DatasetPlot(const StudySnapshot& snapshot) {
  PlotTable classes{"classes", {"number", "name", "learned", "measured"}, {}};
  PlotTable rows{"rows", {"number", "row", "label", "height", "width", "image"}, {}};
  Plot plot;
  for (const TrialArtifact& artifact : snapshot.artifacts) {
    if (artifact.name != "final_dataset.json") continue;
    const nlohmann::json sheet = ParseDocument(artifact.bytes);
    if (sheet.is_discarded() || ListIn(sheet, "class_name").empty()) continue;
    AddClasses(artifact.number, sheet, classes, plot);
    AddRows(artifact.number, sheet, rows, plot);
    break;  // a study has one dataset
  }
  if (classes.rows.empty()) plot.notes.emplace_back("no final training of classes has kept what its dataset is like");
  plot.tables = {std::move(classes), std::move(rows)};
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("dataset", &DatasetPlot);

}  // namespace
}  // namespace parzen
