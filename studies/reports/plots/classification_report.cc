// How well each class is told from the others: precision, recall, their harmonic mean, and how many rows it has.
#include "absl/strings/str_cat.h"
#include "studies/reports/plots/artifact_json.h"

namespace parzen {
namespace {

Plot ClassificationReport(const StudySnapshot& snapshot) {
  PlotTable table{"classes", {"number", "part", "name", "precision", "recall", "f1", "support"}, {}};
  Plot plot;
  for (const ParsedArtifact& artifact : ArtifactsNamed(snapshot, "_classes.json")) {
    if (!artifact.json.is_array()) continue;
    if (table.rows.size() + artifact.json.size() > kMostPlotRows) {
      plot.notes.push_back(absl::StrCat("the ", artifact.json.size(), " classes of trial ", artifact.number, " (",
                                        artifact.part, " rows) are left out: there are too many"));
      continue;
    }
    for (const auto& one : artifact.json) {
      table.rows.push_back({artifact.number, artifact.part, TextIn(one, "name"), CellOf(NumberIn(one, "precision")),
                            CellOf(NumberIn(one, "recall")), CellOf(NumberIn(one, "f1")),
                            CellOf(NumberIn(one, "support"))});
    }
  }
  if (table.rows.empty() && plot.notes.empty())
    plot.notes.emplace_back("nothing of classes is kept with the best trials");
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("classification_report", &ClassificationReport);

}  // namespace
}  // namespace parzen
