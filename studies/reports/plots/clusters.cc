// Clusters of the best trials: which classes their rows have, and images: their centres, some of their rows, and rows
// that were drawn from a mixture.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/artifact_json.h"

namespace parzen {
namespace {

constexpr size_t kMostImages = 2000;  // of a training

void AddCounts(const ParsedArtifact& artifact, PlotTable& table, std::vector<std::string>& notes) {
  const auto& names = ListIn(artifact.json, "class_name");
  const auto& clusters = ListIn(artifact.json, "cluster");
  for (size_t c = 0; c < clusters.size(); ++c) {
    const auto& of_class = ListIn(clusters[c], "rows_of_class");
    if (table.rows.size() + std::max<size_t>(of_class.size(), 1) > kMostPlotRows) {
      notes.push_back(absl::StrCat(c, " of ", clusters.size(), " clusters of trial ", artifact.number, " are shown"));
      return;
    }
    if (of_class.empty()) {
      table.rows.push_back({artifact.number, artifact.part, c, PlotCell(), CellOf(NumberIn(clusters[c], "rows"))});
    }
    for (size_t label = 0; label < of_class.size(); ++label) {
      if (!of_class[label].is_number_integer()) continue;
      table.rows.push_back({artifact.number, artifact.part, c, ClassName(names, static_cast<double>(label)),
                            of_class[label].get<int64_t>()});
    }
  }
}

void AddImages(const ParsedArtifact& artifact, PlotTable& table, std::vector<std::string>& notes) {
  const std::optional<double> height = NumberIn(artifact.json, "height"), width = NumberIn(artifact.json, "width");
  const size_t room = std::min(kMostImages, kMostPlotRows - table.rows.size());
  size_t all = 0;
  const auto add = [&](const PlotCell& cluster, const char* kind, const std::string& image) {
    if (!IsImage(image, height, width) || ++all > room) return;
    table.rows.push_back({artifact.number, artifact.part, cluster, kind, CellOf(height), CellOf(width), image});
  };
  const auto& clusters = ListIn(artifact.json, "cluster");
  for (size_t c = 0; c < clusters.size(); ++c) {
    add(c, "center", TextIn(clusters[c], "center"));
    for (const auto& image : ListIn(clusters[c], "image")) {
      if (image.is_string()) add(c, "row", image.get<std::string>());
    }
  }
  for (const auto& image : ListIn(artifact.json, "drawn")) {
    if (image.is_string()) add(PlotCell(), "drawn", image.get<std::string>());
  }
  if (all > room) {
    notes.push_back(
        absl::StrCat(Grouped(room), " of ", Grouped(all), " images of trial ", artifact.number, " are shown"));
  }
}

Plot Clusters(const StudySnapshot& snapshot) {
  PlotTable counts{"counts", {"number", "part", "cluster", "label", "rows"}, {}};
  PlotTable images{"images", {"number", "part", "cluster", "kind", "height", "width", "image"}, {}};
  Plot plot;
  for (const ParsedArtifact& artifact : ArtifactsOfTraining(snapshot, "clusters.json")) {
    AddCounts(artifact, counts, plot.notes);
    AddImages(artifact, images, plot.notes);
  }
  if (counts.rows.empty() && plot.notes.empty()) plot.notes.emplace_back("no clusters are kept with the best trials");
  plot.tables.push_back(std::move(counts));
  plot.tables.push_back(std::move(images));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("clusters", &Clusters);

}  // namespace
}  // namespace parzen
