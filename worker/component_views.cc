#include "worker/component_views.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "worker/metrics/kept_rows.h"
#include "worker/metrics/pictures.h"
#include "worker/transforms/fitted_transforms.h"

namespace parzen {
namespace {

constexpr int64_t kMostComponents = 20;  // as images
constexpr int64_t kMostOriginals = 10;
constexpr int64_t kMostImagePixels = 1 << 15;  // of each of a hundred
constexpr int64_t kSteps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};

// Of the columns, of the population.
Eigen::RowVectorXd Variances(const FeatureRef& rows) {
  Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(rows.cols()), squares = sum, first = rows.row(0).cast<double>();
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const Eigen::RowVectorXd apart = rows.row(i).cast<double>() - first;  // near numbers keep their digits
    sum += apart;
    squares += apart.cwiseAbs2();
  }
  const double count = static_cast<double>(rows.rows());
  return (squares / count - (sum / count).cwiseAbs2()).cwiseMax(0);
}

// One row of each class, or, where there are none, evenly chosen ones.
std::vector<int64_t> SomeRows(const PreparedData& data) {
  if (data.class_names.empty()) return EvenlyChosen(data.learn.rows(), kMostOriginals);
  std::vector<int64_t> rows;
  const size_t classes = std::min<size_t>(data.class_names.size(), kMostOriginals);
  for (size_t c = 0; c < classes; ++c) {
    const auto labels = data.learn.labels();
    const auto found = std::find(labels.begin(), labels.end(), static_cast<int32_t>(c));
    if (found != labels.end()) rows.push_back(found - labels.begin());
  }
  return rows;
}

std::string ImageOf(const Eigen::RowVectorXf& pixels, float low, float high) {
  return GreyImage(absl::MakeConstSpan(pixels.data(), static_cast<size_t>(pixels.size())), low, high);
}

// `directions`: what a component of 1 adds to a row, components x features.
void AddImages(const PreparedData& data, const FeatureRef& before, const FeatureMatrix& directions,
               const FittedTransforms& components, ComponentViews& views) {
  for (int64_t i = 0; i < std::min(kMostComponents, directions.rows()); ++i) {
    const Eigen::RowVectorXf direction = directions.row(i);
    views.add_component(ImageOf(direction, direction.minCoeff(), direction.maxCoeff()));
  }
  const std::vector<int64_t> rows = SomeRows(data);
  const float low = before.minCoeff(), high = before.maxCoeff();
  for (const int64_t row : rows) views.add_original(ImageOf(before.row(row), low, high));
  const int64_t all = data.learn.features().cols();
  std::vector<int64_t> counts;
  for (const int64_t step : kSteps) {
    if (step < all) counts.push_back(step);
  }
  counts.push_back(all);
  for (const int64_t count : counts) {
    FeatureMatrix some = FeatureMatrix::Zero(static_cast<int64_t>(rows.size()), all);
    for (size_t i = 0; i < rows.size(); ++i) {
      some.row(static_cast<int64_t>(i)).head(count) = data.learn.features().row(rows[i]).head(count);
    }
    if (!components.Invert(some).ok()) return;
    ComponentViews::Reconstruction& reconstruction = *views.add_reconstruction();
    reconstruction.set_components(static_cast<int32_t>(count));
    for (int64_t i = 0; i < some.rows(); ++i) reconstruction.add_image(ImageOf(some.row(i), low, high));
  }
}

}  // namespace

absl::StatusOr<ComponentViews> ViewComponents(const TrainTask& task, const PreparedData& data, DataCache& cache,
                                              const Stop& stop) {
  ComponentViews views;
  const int last = task.spec().transform_size() - 1;
  if (last < 0 || !task.spec().transform(last).has_pca() || data.learn.rows() == 0) return views;
  TrainTask earlier = task;
  earlier.mutable_spec()->mutable_transform()->RemoveLast();
  ASSIGN_OR_RETURN(const std::shared_ptr<const PreparedData> before, cache.Get(earlier, stop));
  TrainSpec alone;
  *alone.add_transform() = task.spec().transform(last);
  PreparedNotes notes;
  notes.set_input_features(before->learn.features().cols());
  notes.add_transform(data.notes.transform(last));
  ASSIGN_OR_RETURN(const FittedTransforms components, FittedTransforms::Load(alone, notes));

  const int64_t count = data.learn.features().cols();
  FeatureMatrix directions = FeatureMatrix::Zero(count + 1, count);  // the last one: the mean
  directions.topRows(count).setIdentity();
  RETURN_IF_ERROR(components.Invert(directions));
  directions.topRows(count).rowwise() -= directions.row(count).eval();
  directions.conservativeResize(count, Eigen::NoChange);

  // A component of length 1 that is `s` long in the rows before (which whitening makes it) varies s^2 times as much.
  const Eigen::RowVectorXd variances = Variances(data.learn.features());
  const double total = Variances(before->learn.features()).sum();
  for (int64_t i = 0; i < count; ++i) {
    const double variance = variances(i) * directions.row(i).cast<double>().squaredNorm();
    views.add_explained(total > 0 ? variance / total : 0);
  }
  const int64_t pixels = int64_t{data.notes.image_height()} * data.notes.image_width();
  const bool are_images = pixels > 0 && pixels <= kMostImagePixels && pixels == directions.cols() &&
                          std::none_of(earlier.spec().transform().begin(), earlier.spec().transform().end(),
                                       [](const TransformSpec& transform) { return transform.has_pca(); });
  if (!are_images) return views;
  views.set_height(data.notes.image_height());
  views.set_width(data.notes.image_width());
  AddImages(data, before->learn.features(), directions, components, views);
  return views;
}

}  // namespace parzen
