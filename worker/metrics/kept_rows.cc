#include "worker/metrics/kept_rows.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace parzen {
std::string GreyImage(absl::Span<const float> pixels, float low, float high) {
  std::string image;
  image.reserve(pixels.size());
  const float unit = high > low ? 255 / (high - low) : 0;
  for (const float pixel : pixels) {
    const float grey = (std::clamp(pixel, low, high) - low) * unit + .5F;
    image.push_back(static_cast<char>(static_cast<unsigned char>(grey)));
  }
  return image;
}

std::vector<int64_t> EvenlyChosen(int64_t things, int64_t count) {
  std::vector<int64_t> places;
  const int64_t chosen = std::min(things, count);
  for (int64_t i = 0; i < chosen; ++i) places.push_back(i * things / chosen);
  return places;
}

PredictedRows PickPredictedRows(const FeatureMatrix& predictions, const LabelledView& rows,
                                absl::Span<const std::string> class_names, int64_t height, int64_t width,
                                int64_t count) {
  std::vector<int64_t> wrong, right;
  std::vector<Eigen::Index> predicted(static_cast<size_t>(rows.rows()));
  for (int64_t row = 0; row < rows.rows(); ++row) {
    Eigen::Index& best = predicted[static_cast<size_t>(row)];
    predictions.row(row).maxCoeff(&best);
    (best == rows.labels[static_cast<size_t>(row)] ? right : wrong).push_back(row);
  }
  const auto probability = [&](int64_t row) { return predictions(row, predicted[static_cast<size_t>(row)]); };
  std::stable_sort(wrong.begin(), wrong.end(), [&](int64_t a, int64_t b) { return probability(a) > probability(b); });
  if (static_cast<int64_t>(wrong.size()) > count) wrong.resize(static_cast<size_t>(count));
  std::vector<int64_t> picked = wrong;
  for (const int64_t place : EvenlyChosen(static_cast<int64_t>(right.size()), count)) {
    picked.push_back(right[static_cast<size_t>(place)]);
  }

  PredictedRows kept;
  for (const std::string& name : class_names) kept.add_class_name(name);
  const bool are_images = height * width > 0 && height * width == rows.features.cols();
  float low = std::numeric_limits<float>::infinity(), high = -low;
  if (are_images) {
    kept.set_height(static_cast<int32_t>(height));
    kept.set_width(static_cast<int32_t>(width));
    for (const int64_t row : picked) {
      low = std::min(low, rows.features.row(row).minCoeff());
      high = std::max(high, rows.features.row(row).maxCoeff());
    }
  }
  for (const int64_t row : picked) {
    PredictedRow& added = *kept.add_row();
    added.set_row(row);
    added.set_label(rows.labels[static_cast<size_t>(row)]);
    added.set_predicted(static_cast<int32_t>(predicted[static_cast<size_t>(row)]));
    added.set_probability(probability(row));
    if (!are_images) continue;
    const absl::Span<const float> pixels(&rows.features(row, 0), static_cast<size_t>(rows.features.cols()));
    added.set_image(GreyImage(pixels, low, high));
  }
  return kept;
}

}  // namespace parzen
