#include "worker/metrics/pictures.h"

#include <algorithm>
#include <cmath>

#include "absl/types/span.h"

namespace parzen {
namespace {

constexpr int64_t kMostPixels = 4'000'000;  // a result has to fit into a message to the coordinator

}  // namespace

std::string GreyImage(absl::Span<const float> pixels, float low, float high) {
  std::string image;
  image.reserve(pixels.size());
  const float unit = high > low ? 255 / (high - low) : 0;
  for (const float pixel : pixels) {
    const float grey = (std::clamp(std::isnan(pixel) ? low : pixel, low, high) - low) * unit + .5F;
    image.push_back(static_cast<char>(static_cast<unsigned char>(grey)));
  }
  return image;
}

Pictures::Pictures(const PreparedNotes& notes, const FeatureRef& rows) : rows_(rows) {
  const int64_t pixels = int64_t{notes.image_height()} * notes.image_width();
  if (pixels == 0 || pixels != rows.cols() || rows.rows() == 0) return;
  height_ = notes.image_height();
  width_ = notes.image_width();
  low_ = rows.minCoeff<Eigen::PropagateNumbers>();
  high_ = rows.maxCoeff<Eigen::PropagateNumbers>();
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
