#include "worker/pictures.h"

#include <algorithm>

#include "absl/types/span.h"
#include "worker/metrics/kept_rows.h"

namespace parzen {
namespace {

constexpr int64_t kMostPixels = 4'000'000;  // a result has to fit into a message to the coordinator

}  // namespace

Pictures::Pictures(const PreparedNotes& notes, const FeatureRef& rows) : rows_(rows) {
  const int64_t pixels = int64_t{notes.image_height()} * notes.image_width();
  if (pixels == 0 || pixels != rows.cols() || rows.rows() == 0) return;
  height_ = notes.image_height();
  width_ = notes.image_width();
  low_ = rows.minCoeff();
  high_ = rows.maxCoeff();
}

int64_t Pictures::Room(int64_t count) const {
  const int64_t pixels = int64_t{height_} * width_;
  return pixels == 0 ? 0 : std::min(count, kMostPixels / pixels);
}

std::string Pictures::OfRow(int64_t row) const { return Of(rows_.row(row)); }

std::string Pictures::Of(const Eigen::Ref<const Eigen::RowVectorXf>& pixels) const {
  return GreyImage(absl::MakeConstSpan(pixels.data(), static_cast<size_t>(pixels.size())), low_, high_);
}

}  // namespace parzen
