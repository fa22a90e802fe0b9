// Where embedders of the best trials place rows, with the images of some.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/artifact_json.h"

namespace parzen {
namespace {

constexpr size_t kMostDimensions = 3;
// Of one trial: that many can be told apart, and a dozen trials have room.
constexpr size_t kMostRowsOfTrial = 2000;

// Each row's image: "" where it has none.
std::vector<std::string> ImagesOf(const nlohmann::json& json, size_t rows) {
  std::vector<std::string> images(rows);
  const auto& shown = ListIn(json, "shown");
  const auto& bytes = ListIn(json, "image");
  for (size_t i = 0; i < std::min(shown.size(), bytes.size()); ++i) {
    if (!shown[i].is_number_unsigned() || !bytes[i].is_string()) continue;
    const auto row = shown[i].get<uint64_t>();
    if (row < rows) images[row] = bytes[i].get<std::string>();
  }
  return images;
}

void AddPlaces(const ParsedArtifact& artifact, PlotTable& table, std::vector<std::string>& notes) {
  const auto& names = ListIn(artifact.json, "class_name");
  const auto& rows = ListIn(artifact.json, "row");
  const auto& labels = ListIn(artifact.json, "label");
  const auto& values = ListIn(artifact.json, "value");
  const auto dimensions = static_cast<size_t>(std::clamp(NumberIn(artifact.json, "dimensions").value_or(0), 0., 4.));
  if (dimensions < 1 || dimensions > kMostDimensions || values.size() != rows.size() * dimensions) return;
  const std::optional<double> height = NumberIn(artifact.json, "height"), width = NumberIn(artifact.json, "width");
  const std::vector<std::string> images = ImagesOf(artifact.json, rows.size());
  const size_t most = std::min({rows.size(), kMostRowsOfTrial, kMostPlotRows - table.rows.size()});
  if (most < rows.size()) {
    notes.push_back(absl::StrCat(most, " of ", rows.size(), " rows of trial ", artifact.number, " are shown"));
  }
  for (size_t i = 0; i < most; ++i) {
    const size_t at = i * rows.size() / most;
    PlotCell place[kMostDimensions];
    bool is_place = true;
    for (size_t d = 0; d < dimensions; ++d) {
      const auto& value = values[at * dimensions + d];
      is_place = is_place && value.is_number() && std::isfinite(value.get<double>());
      if (is_place) place[d] = value.get<double>();
    }
    if (!is_place) continue;
    const bool has_label = at < labels.size() && labels[at].is_number() && !names.empty();
    const bool is_image = IsImage(images[at], height, width);
    table.rows.push_back({artifact.number,
                          rows[at].is_number_integer() ? PlotCell(rows[at].get<int64_t>()) : PlotCell(),
                          has_label ? PlotCell(ClassName(names, labels[at].get<double>())) : PlotCell(), place[0],
                          place[1], place[2], is_image ? CellOf(height) : PlotCell(),
                          is_image ? CellOf(width) : PlotCell(), is_image ? PlotCell(images[at]) : PlotCell()});
  }
}

Plot Places(const StudySnapshot& snapshot) {
  PlotTable table{"points", {"number", "row", "label", "x", "y", "z", "height", "width", "image"}, {}};
  Plot plot;
  for (const ParsedArtifact& artifact : ArtifactsOfTraining(snapshot, "places.json")) {
    AddPlaces(artifact, table, plot.notes);
  }
  if (table.rows.empty() && plot.notes.empty()) plot.notes.emplace_back("no places are kept with the best trials");
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("places", &Places);

}  // namespace
}  // namespace parzen
