// How many rows of each class were said to be of which: as counts, and as shares of the rows of the class.
#include "absl/strings/str_cat.h"
#include "studies/reports/plots/artifact_json.h"

namespace parzen {
namespace {

Plot ConfusionMatrixPlot(const StudySnapshot& snapshot) {
  PlotTable table{"counts", {"number", "part", "label", "predicted", "count", "share"}, {}};
  Plot plot;
  for (const ParsedArtifact& artifact : ArtifactsNamed(snapshot, "_confusion.json")) {
    const auto& names = ListIn(artifact.json, "class_name");
    const auto& counts = ListIn(artifact.json, "count");
    const size_t classes = names.size();
    if (counts.size() != classes * classes) continue;
    if (table.rows.size() + counts.size() > kMostPlotRows) {
      plot.notes.push_back(absl::StrCat("the matrix of ", classes, " classes of trial ", artifact.number, " (",
                                        artifact.part, " rows) is left out: there are too many"));
      continue;
    }
    for (size_t label = 0; label < classes; ++label) {
      const auto count = [&](size_t predicted) { return CountAt(counts, label * classes + predicted); };
      int64_t all = 0;
      for (size_t predicted = 0; predicted < classes; ++predicted) all += count(predicted);
      for (size_t predicted = 0; predicted < classes; ++predicted) {
        const PlotCell share =
            all > 0 ? PlotCell(static_cast<double>(count(predicted)) / static_cast<double>(all)) : PlotCell();
        table.rows.push_back({artifact.number, artifact.part, ClassName(names, static_cast<double>(label)),
                              ClassName(names, static_cast<double>(predicted)), count(predicted), share});
      }
    }
  }
  if (table.rows.empty() && plot.notes.empty())
    plot.notes.emplace_back("no confusion matrix is kept with the best trials");
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("confusion_matrix", &ConfusionMatrixPlot);

}  // namespace
}  // namespace parzen
