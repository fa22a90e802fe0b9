#include "worker/unlabelled_training.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/oneof.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "worker/metrics/clustering.h"
#include "worker/metrics/embedding.h"
#include "worker/metrics/kept_rows.h"
#include "worker/metrics/pictures.h"
#include "worker/models/clusters/clusterer.h"
#include "worker/models/embeddings/embedder.h"
#include "worker/transforms/fitted_transforms.h"

namespace parzen {
namespace {

// The images of a final training, of each cluster.
constexpr int64_t kFinalClusterRows = 20;
// Clusters beyond are told in numbers alone: nobody looks at more of them.
constexpr int64_t kMostClusterViews = 1000;
constexpr int64_t kMostPlaceNumbers = 300'000;

class Stopwatch {
 public:
  double Seconds() const { return absl::ToDoubleSeconds(ReadClock().steady - start_); }

 private:
  const absl::Duration start_ = ReadClock().steady;
};

UnlabelledContext ContextOf(const TrainTask& task, const TrainHooks& hooks) {
  UnlabelledContext context{RandomStream(task.study_seed(), task.trial_number(), "model"), hooks.stop_requested};
  if (task.final()) return context;
  context.report = [watched = task.watched_metric(), &hooks](absl::string_view metric, int64_t step, double value) {
    return watched != absl::StrCat("train_", metric) || hooks.report(step, value);
  };
  return context;
}

absl::Status MeasureClusterer(const Clusterer& model, const LabelledView& rows, const std::vector<int32_t>& assigned,
                              int classes, const TrainHooks& hooks, PartMetrics& metrics) {
  model.MeasureFit(rows.features, metrics);
  const absl::Span<const int32_t> labels = classes > 0 ? rows.labels : absl::Span<const int32_t>();
  return MeasureClusters(rows.features, assigned, labels, hooks.stop_requested, metrics);
}

// How many rows of each class each cluster has.
FoundClusters CountClusters(const PreparedData& data, const std::vector<int32_t>& assigned, int clusters) {
  FoundClusters found;
  for (const std::string& name : data.class_names) found.add_class_name(name);
  const int64_t shown = std::min<int64_t>(clusters, kMostClusterViews);
  std::vector<int64_t> rows(static_cast<size_t>(shown));
  for (int64_t c = 0; c < shown; ++c) {
    FoundCluster& cluster = *found.add_cluster();
    cluster.mutable_rows_of_class()->Resize(static_cast<int>(data.class_names.size()), 0);
  }
  for (size_t row = 0; row < assigned.size(); ++row) {
    if (assigned[row] >= shown) continue;
    ++rows[static_cast<size_t>(assigned[row])];
    if (data.class_names.empty()) continue;
    auto& of_class = *found.mutable_cluster(assigned[row])->mutable_rows_of_class();
    of_class.Set(data.learn.labels()[row], of_class.Get(data.learn.labels()[row]) + 1);
  }
  for (int64_t c = 0; c < shown; ++c)
    found.mutable_cluster(static_cast<int>(c))->set_rows(rows[static_cast<size_t>(c)]);
  return found;
}

// Numbers after the transforms, as images; none where the way back is not known.
std::vector<std::string> ImagesOf(FeatureMatrix rows, const FittedTransforms& transforms, const Pictures& pictures) {
  std::vector<std::string> images;
  if (!transforms.Invert(rows).ok()) return images;
  for (int64_t i = 0; i < rows.rows(); ++i) images.push_back(pictures.Of(rows.row(i)));
  return images;
}

absl::Status AddClusterImages(const TrainTask& task, const PreparedData& data, DataCache& cache, const Stop& stop,
                              const Clusterer& model, const std::vector<int32_t>& assigned, FoundClusters& found) {
  const int64_t asked = std::max<int64_t>(task.spec().keep().cluster_rows(), task.final() ? kFinalClusterRows : 0);
  if (asked == 0 || data.notes.image_height() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const PreparedData> raw, cache.GetUntransformed(task, stop));
  const Pictures pictures(data.notes, raw->learn.features());
  const int64_t room = pictures.Room((asked + 1) * found.cluster_size() + asked);
  if (room == 0) return absl::OkStatus();
  const int64_t each = std::max<int64_t>(0, (room - found.cluster_size()) / (found.cluster_size() + 1));
  found.set_height(pictures.height());
  found.set_width(pictures.width());
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(found.cluster_size()));
  for (size_t row = 0; row < assigned.size(); ++row) {
    const auto cluster = static_cast<size_t>(assigned[row]);
    if (cluster < rows.size()) rows[cluster].push_back(static_cast<int64_t>(row));
  }
  ASSIGN_OR_RETURN(const FittedTransforms transforms, FittedTransforms::Load(task.spec(), data.notes));
  const std::vector<std::string> centers =
      ImagesOf(model.Centers().topRows(found.cluster_size()), transforms, pictures);
  for (int c = 0; c < found.cluster_size(); ++c) {
    FoundCluster& cluster = *found.mutable_cluster(c);
    if (!centers.empty()) cluster.set_center(centers[static_cast<size_t>(c)]);
    const std::vector<int64_t>& all = rows[static_cast<size_t>(c)];
    for (const int64_t place : EvenlyChosen(static_cast<int64_t>(all.size()), each)) {
      cluster.add_image(pictures.OfRow(all[static_cast<size_t>(place)]));
    }
  }
  RandomStream stream(task.study_seed(), task.trial_number(), "drawn rows");
  std::optional<FeatureMatrix> drawn = model.Sample(each, stream);
  if (!drawn.has_value()) return absl::OkStatus();
  for (std::string& image : ImagesOf(*std::move(drawn), transforms, pictures)) found.add_drawn(std::move(image));
  return absl::OkStatus();
}

absl::StatusOr<TrainMetrics> FindClusters(const ClustererFactory& make, const TrainTask& task, const PreparedData& data,
                                          DataCache& cache, const Stop& stop, const TrainHooks& hooks) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Clusterer> model, make(task.spec()));
  UnlabelledContext context = ContextOf(task, hooks);
  TrainMetrics metrics;
  const Stopwatch fitting;
  RETURN_IF_ERROR(model->Fit(data.learn.features(), context));
  metrics.set_fit_seconds(fitting.Seconds());
  const int classes = data.learn.classes();
  if (data.measure.rows() > 0) {
    const Stopwatch assigning;
    const std::vector<int32_t> assigned = model->Assign(data.measure.features);
    metrics.set_predict_seconds(assigning.Seconds());
    PartMetrics& held_out = task.final() ? *metrics.mutable_test() : *metrics.mutable_validation();
    RETURN_IF_ERROR(MeasureClusterer(*model, data.measure, assigned, classes, hooks, held_out));
  }
  const std::vector<int32_t> assigned = model->Assign(data.learn.features());
  RETURN_IF_ERROR(MeasureClusterer(*model, data.learn.labelled(), assigned, classes, hooks, *metrics.mutable_train()));
  model->Describe(metrics);
  *metrics.mutable_clusters() = CountClusters(data, assigned, model->clusters());
  RETURN_IF_ERROR(AddClusterImages(task, data, cache, stop, *model, assigned, *metrics.mutable_clusters()));
  return metrics;
}

absl::StatusOr<PlacedRows> KeepPlaces(const TrainTask& task, const PreparedData& data, DataCache& cache,
                                      const Stop& stop, const FeatureMatrix& places) {
  PlacedRows kept;
  for (const std::string& name : data.class_names) kept.add_class_name(name);
  kept.set_dimensions(static_cast<int32_t>(places.cols()));
  const int64_t most = std::min<int64_t>(task.spec().keep().places(), kMostPlaceNumbers / places.cols());
  for (const int64_t row : EvenlyChosen(places.rows(), most)) {
    kept.add_row(row);
    kept.add_label(data.learn.labels()[static_cast<size_t>(row)]);
    for (int64_t d = 0; d < places.cols(); ++d) kept.add_value(places(row, d));
  }
  if (task.spec().keep().thumbnails() == 0 || data.notes.image_height() == 0) return kept;
  ASSIGN_OR_RETURN(const std::shared_ptr<const PreparedData> raw, cache.GetUntransformed(task, stop));
  const Pictures pictures(data.notes, raw->learn.features());
  kept.set_height(pictures.height());
  kept.set_width(pictures.width());
  for (const int64_t shown : EvenlyChosen(kept.row_size(), pictures.Room(task.spec().keep().thumbnails()))) {
    kept.add_shown(static_cast<int32_t>(shown));
    kept.add_image(pictures.OfRow(kept.row(static_cast<int>(shown))));
  }
  return kept;
}

absl::StatusOr<TrainMetrics> FindPlaces(const EmbedderFactory& make, const TrainTask& task, const PreparedData& data,
                                        DataCache& cache, const Stop& stop, const TrainHooks& hooks) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Embedder> model, make(task.spec()));
  UnlabelledContext context = ContextOf(task, hooks);
  TrainMetrics metrics;
  const Stopwatch fitting;
  ASSIGN_OR_RETURN(const FeatureMatrix places, model->Embed(data.learn.features(), context, metrics));
  metrics.set_fit_seconds(fitting.Seconds());
  const absl::Span<const int32_t> labels = data.class_names.empty() ? absl::Span<const int32_t>() : data.learn.labels();
  RETURN_IF_ERROR(
      MeasureEmbedding(data.learn.features(), places, labels, hooks.stop_requested, *metrics.mutable_train()));
  ASSIGN_OR_RETURN(*metrics.mutable_places(), KeepPlaces(task, data, cache, stop, places));
  return metrics;
}

}  // namespace

absl::StatusOr<TrainMetrics> TrainWithoutLabels(const TrainTask& task, const PreparedData& data, DataCache& cache,
                                                const Stop& stop, const TrainHooks& hooks) {
  const std::string chosen = ChosenMember(task.spec(), "model");
  if (hooks.keep) {
    return absl::InvalidArgumentError(
        absl::StrCat("a model of ", chosen, " cannot be kept in a file: it predicts nothing"));
  }
  absl::StatusOr<TrainMetrics> metrics;
  const absl::StatusOr<ClustererFactory> clusterer = Registry<ClustererFactory>::Global().Find(chosen);
  if (clusterer.ok()) {
    metrics = FindClusters(*clusterer, task, data, cache, stop, hooks);
  } else {
    ASSIGN_OR_RETURN(const EmbedderFactory embedder, Registry<EmbedderFactory>::Global().Find(chosen));
    metrics = FindPlaces(embedder, task, data, cache, stop, hooks);
  }
  if (metrics.ok()) metrics->set_features(static_cast<double>(data.learn.features().cols()));
  return metrics;
}

}  // namespace parzen
