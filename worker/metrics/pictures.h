// Rows of a dataset as images for people: their pixels as the files have them, whatever transforms made of them.
// Threads: immutable.
#pragma once

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "proto/model.pb.h"
#include "worker/dataset.h"

namespace parzen {

// An image as one byte a pixel: `low` becomes 0 and `high` 255, and what lies beyond them the same; NaN, 0.
std::string GreyImage(absl::Span<const float> pixels, float low, float high);

class Pictures {
 public:
  // Of a dataset with these notes, whose rows these are before the transforms. Borrows the rows.
  Pictures(const PreparedNotes& notes, const FeatureRef& rows);

  // Whether rows are images.
  bool any() const { return height_ > 0; }
  // Pixels of an image; 0 x 0: rows are none.
  int32_t height() const { return height_; }
  int32_t width() const { return width_; }
  // So many images are few enough to be kept (4,000,000 pixels), `count` at most; none where rows are no images.
  int64_t Room(int64_t count) const;

  // One byte a pixel, on one scale for all rows: the smallest of their values is 0, the largest 255. Require: rows are
  // images.
  std::string OfRow(int64_t row) const;
  // Of pixels that are not among the rows; beyond their range is 0 or 255.
  std::string Of(const Eigen::Ref<const Eigen::RowVectorXf>& pixels) const;

 private:
  const FeatureRef rows_;
  int32_t height_ = 0, width_ = 0;
  float low_ = 0, high_ = 0;
};

}  // namespace parzen
