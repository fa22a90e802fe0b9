#include "worker/models/embeddings/umap.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/models/embeddings/fuzzy_graph.h"
#include "worker/models/embeddings/other_neighbors.h"
#include "worker/models/embeddings/umap_layout.h"
#include "worker/models/embeddings/umap_start.h"
#include "worker/models/stop_check.h"

namespace parzen {
namespace {

constexpr int64_t kMostRows = int64_t{1} << 31;
constexpr int64_t kMostConnections = int64_t{1} << 24;  // of all rows together
constexpr int64_t kFewRows = 10000;
constexpr int64_t kEpochsOfFewRows = 500;
constexpr int64_t kEpochsOfManyRows = 200;
constexpr int64_t kFewEpochs = 10;
enum Stream { kStart, kLayout };

// Without connections that are less than that share of the surest one.
SparseRows WithoutLeast(const SparseRows& graph, double least) {
  const double threshold = least * *std::max_element(graph.values.begin(), graph.values.end());
  SparseRows left;
  for (size_t row = 0; row < static_cast<size_t>(graph.rows()); ++row) {
    for (size_t i = graph.begins[row]; i < graph.begins[row + 1]; ++i) {
      if (graph.values[i] < threshold) continue;
      left.columns.push_back(graph.columns[i]);
      left.values.push_back(graph.values[i]);
    }
    left.begins.push_back(left.columns.size());
  }
  return left;
}

class UmapEmbedder : public Embedder {
 public:
  explicit UmapEmbedder(const Umap& options) : options_(options) {}

  absl::StatusOr<FeatureMatrix> Embed(const FeatureRef& rows, UnlabelledContext& context,
                                      TrainMetrics& metrics) const override {
    RETURN_IF_ERROR(CheckSize(rows));
    StopCheck check(context.stop_requested);
    const std::function<bool()> stop = [&check] { return check.Stopped(); };
    const int64_t usual = rows.rows() <= kFewRows ? kEpochsOfFewRows : kEpochsOfManyRows;
    const int64_t epochs = options_.epochs() > 0 ? options_.epochs() : usual;
    ASSIGN_OR_RETURN(const NeighborLists others, OtherNeighbors(rows, options_.neighbors() - 1, stop));
    ASSIGN_OR_RETURN(const SparseRows all, FuzzyGraph(others, stop));
    const SparseRows graph = WithoutLeast(all, 1 / static_cast<double>(epochs > kFewEpochs ? epochs : usual));
    ASSIGN_OR_RETURN(FeatureMatrix places, StartPlaces(options_.start(), rows, graph, options_.dimensions(),
                                                       context.stream.Fork(kStart), stop));
    const UmapLayout layout = {FitUmapCurve(options_.min_distance(), options_.spread()), epochs,
                               options_.learning_rate(), options_.negative_samples()};
    RETURN_IF_ERROR(MovePlaces(graph, layout, context.stream.Fork(kLayout), stop, places));
    metrics.set_iterations(static_cast<double>(epochs));
    return places;
  }

 private:
  absl::Status CheckSize(const FeatureRef& rows) const {
    if (rows.cols() == 0 || rows.rows() >= kMostRows) {
      return absl::InvalidArgumentError(absl::StrCat("umap needs at least one feature, and fewer than ", kMostRows,
                                                     " rows; got ", rows.rows(), " rows of ", rows.cols(),
                                                     " features"));
    }
    if (options_.neighbors() > rows.rows()) {
      return absl::InvalidArgumentError(absl::StrCat("umap.neighbors: ", options_.neighbors(),
                                                     ", each row itself among them, are more than the rows, which are ",
                                                     rows.rows()));
    }
    if (rows.rows() * options_.neighbors() > kMostConnections) {
      return absl::InvalidArgumentError(absl::StrCat("umap.neighbors: ", options_.neighbors(), " of each of ",
                                                     rows.rows(), " rows are together more than ", kMostConnections));
    }
    return absl::OkStatus();
  }

  const Umap options_;
};

// InvalidArgument unless low <= value <= high.
absl::Status CheckRange(absl::string_view option, double value, double low, double high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("umap.", option, ": ", value, " is not between ", low, " and ", high));
}

const bool registered = Registry<EmbedderFactory>::Global().Add("umap", &MakeUmap);

}  // namespace

absl::StatusOr<std::unique_ptr<Embedder>> MakeUmap(const TrainSpec& spec) {
  const Umap& options = spec.umap();
  RETURN_IF_ERROR(CheckRange("dimensions", options.dimensions(), 1, 3));
  RETURN_IF_ERROR(CheckRange("neighbors", options.neighbors(), 2, 10000));
  RETURN_IF_ERROR(CheckRange("spread", options.spread(), 1e-3, 10));
  RETURN_IF_ERROR(CheckRange("min_distance", options.min_distance(), 0, options.spread()));
  RETURN_IF_ERROR(CheckRange("epochs", options.epochs(), 0, 1e6));
  RETURN_IF_ERROR(CheckRange("learning_rate", options.learning_rate(), 1e-6, 1e3));
  RETURN_IF_ERROR(CheckRange("negative_samples", options.negative_samples(), 0, 1000));
  return std::make_unique<UmapEmbedder>(options);
}

}  // namespace parzen
