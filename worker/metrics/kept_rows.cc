#include "worker/metrics/kept_rows.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace parzen {
namespace {

bool AreImages(const LabelledView& rows, int64_t height, int64_t width) {
  return height * width > 0 && height * width == rows.features.cols();
}

// Pictures of some rows, one byte a pixel: of all their values the smallest becomes 0 and the largest 255.
class Greys {
 public:
  Greys(const LabelledView& rows, absl::Span<const int64_t> picked) : rows_(rows) {
    for (const int64_t row : picked) {
      low_ = std::min(low_, rows.features.row(row).minCoeff());
      high_ = std::max(high_, rows.features.row(row).maxCoeff());
    }
  }

  // Requires: the row is one of them.
  std::string ImageOf(int64_t row) const {
    const Eigen::Index pixels = rows_.features.cols();
    return GreyImage({rows_.features.data() + row * pixels, static_cast<size_t>(pixels)}, low_, high_);
  }

 private:
  const LabelledView& rows_;
  float low_ = std::numeric_limits<float>::infinity();
  float high_ = -std::numeric_limits<float>::infinity();
};

// Places of the rows of each class.
std::vector<std::vector<int64_t>> RowsByClass(absl::Span<const int32_t> labels, size_t classes) {
  std::vector<std::vector<int64_t>> rows(classes);
  for (size_t row = 0; row < labels.size(); ++row) {
    rows[static_cast<size_t>(labels[row])].push_back(static_cast<int64_t>(row));
  }
  return rows;
}

}  // namespace

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
  const bool are_images = AreImages(rows, height, width);
  if (are_images) {
    kept.set_height(static_cast<int32_t>(height));
    kept.set_width(static_cast<int32_t>(width));
  }
  const Greys greys(rows, are_images ? absl::MakeConstSpan(picked) : absl::Span<const int64_t>());
  for (const int64_t row : picked) {
    PredictedRow& added = *kept.add_row();
    added.set_row(row);
    added.set_label(rows.labels[static_cast<size_t>(row)]);
    added.set_predicted(static_cast<int32_t>(predicted[static_cast<size_t>(row)]));
    added.set_probability(probability(row));
    if (are_images) added.set_image(greys.ImageOf(row));
  }
  return kept;
}

DatasetSheet MakeDatasetSheet(const LabelledView& learned, const LabelledView& measured,
                              absl::Span<const std::string> class_names, int64_t height, int64_t width, int64_t count) {
  DatasetSheet sheet;
  const std::vector<std::vector<int64_t>> learned_rows = RowsByClass(learned.labels, class_names.size());
  const std::vector<std::vector<int64_t>> measured_rows = RowsByClass(measured.labels, class_names.size());
  for (size_t label = 0; label < class_names.size(); ++label) {
    sheet.add_class_name(class_names[label]);
    sheet.add_learned(static_cast<int64_t>(learned_rows[label].size()));
    sheet.add_measured(static_cast<int64_t>(measured_rows[label].size()));
  }
  if (!AreImages(learned, height, width)) return sheet;
  sheet.set_height(static_cast<int32_t>(height));
  sheet.set_width(static_cast<int32_t>(width));
  std::vector<int64_t> picked;
  for (size_t label = 0; label < class_names.size(); ++label) {
    for (const int64_t place : EvenlyChosen(static_cast<int64_t>(learned_rows[label].size()), count)) {
      picked.push_back(learned_rows[label][static_cast<size_t>(place)]);
    }
  }
  const Greys greys(learned, picked);
  for (const int64_t row : picked) {
    SheetRow& added = *sheet.add_row();
    added.set_row(row);
    added.set_label(learned.labels[static_cast<size_t>(row)]);
    added.set_image(greys.ImageOf(row));
  }
  return sheet;
}

}  // namespace parzen
