// Principal components that the final model sees rows by: what share of the variance each explains, what they look
// like, and what is left of some rows with few of them.
#include <algorithm>

#include "studies/reports/plots/artifact_json.h"

namespace parzen {
namespace {

constexpr size_t kMostExplained = 5000;
constexpr size_t kMostImages = 500;

void AddExplained(const ParsedArtifact& artifact, PlotTable& table) {
  const auto& explained = ListIn(artifact.json, "explained");
  const size_t most = std::min({explained.size(), kMostExplained, kMostPlotRows - table.rows.size()});
  double together = 0;
  for (size_t i = 0; i < most; ++i) {
    if (!explained[i].is_number()) continue;
    const PlotCell share = CellOf(explained[i].get<double>());
    if (share.is_null()) continue;
    together += share.get<double>();
    table.rows.push_back({artifact.number, i + 1, share, CellOf(together)});
  }
}

void AddImages(const ParsedArtifact& artifact, PlotTable& table) {
  const std::optional<double> height = NumberIn(artifact.json, "height"), width = NumberIn(artifact.json, "width");
  size_t room = std::min(kMostImages, kMostPlotRows - table.rows.size());
  const auto add_all = [&](const nlohmann::json& images, const char* kind, const PlotCell& components) {
    for (size_t i = 0; i < images.size(); ++i) {
      if (room == 0 || !images[i].is_string()) continue;
      const auto image = images[i].get<std::string>();
      if (!IsImage(image, height, width)) continue;
      table.rows.push_back({artifact.number, kind, components, i, CellOf(height), CellOf(width), image});
      --room;
    }
  };
  add_all(ListIn(artifact.json, "component"), "component", PlotCell());
  add_all(ListIn(artifact.json, "original"), "original", PlotCell());
  for (const auto& reconstruction : ListIn(artifact.json, "reconstruction")) {
    add_all(ListIn(reconstruction, "image"), "reconstruction", CellOf(NumberIn(reconstruction, "components")));
  }
}

Plot Components(const StudySnapshot& snapshot) {
  PlotTable explained{"explained", {"number", "component", "share", "together"}, {}};
  PlotTable images{"images", {"number", "kind", "components", "item", "height", "width", "image"}, {}};
  Plot plot;
  for (const ParsedArtifact& artifact : ArtifactsOfTraining(snapshot, "components.json")) {
    AddExplained(artifact, explained);
    AddImages(artifact, images);
  }
  if (explained.rows.empty()) {
    plot.notes.emplace_back("no principal components are kept: the final training keeps those of a last `pca {}`");
  }
  plot.tables.push_back(std::move(explained));
  plot.tables.push_back(std::move(images));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("components", &Components);

}  // namespace
}  // namespace parzen
