#include "worker/models/svm/packed_rows.h"

#include <algorithm>
#include <cmath>

namespace parzen {
namespace {

using Packet = Eigen::internal::packet_traits<float>::type;
constexpr int64_t kWidth = Eigen::internal::packet_traits<float>::size;
constexpr int64_t kPackets = kPanelRows / kWidth;
static_assert(kPackets * kWidth == kPanelRows);

// Columns multiplied at a time: so much of a panel stays in the first-level cache while all strips pass.
constexpr int64_t kDepth = 256;

// Adds the products of a strip's and a panel's next `depth` columns to `out`, or starts them with these columns. The
// sums stay in registers.
void MultiplyBlock(const float* strip, const float* panel, int64_t depth, bool start, float* const* out) {
  Packet sums[kStripRows][kPackets];
#pragma GCC unroll 6
  for (int64_t i = 0; i < kStripRows; ++i) {
#pragma GCC unroll 4
    for (int64_t p = 0; p < kPackets; ++p) {
      sums[i][p] = start ? Eigen::internal::pset1<Packet>(0) : Eigen::internal::ploadu<Packet>(out[i] + p * kWidth);
    }
  }
  for (int64_t k = 0; k < depth; ++k) {
    Packet right[kPackets];
#pragma GCC unroll 4
    for (int64_t p = 0; p < kPackets; ++p) {
      right[p] = Eigen::internal::ploadu<Packet>(panel + k * kPanelRows + p * kWidth);
    }
#pragma GCC unroll 6
    for (int64_t i = 0; i < kStripRows; ++i) {
      const Packet left = Eigen::internal::pset1<Packet>(strip[k * kStripRows + i]);
#pragma GCC unroll 4
      for (int64_t p = 0; p < kPackets; ++p) sums[i][p] = Eigen::internal::pmadd(left, right[p], sums[i][p]);
    }
  }
#pragma GCC unroll 6
  for (int64_t i = 0; i < kStripRows; ++i) {
#pragma GCC unroll 4
    for (int64_t p = 0; p < kPackets; ++p) Eigen::internal::pstoreu(out[i] + p * kWidth, sums[i][p]);
  }
}

}  // namespace

PackedRows::PackedRows(int64_t group, const FeatureRef& rows, absl::Span<const int64_t> order,
                       absl::Span<const float> centre)
    : group_(group), rows_(static_cast<int64_t>(order.size())), columns_(rows.cols()) {
  const int64_t padded = (rows_ + group - 1) / group * group;
  values_.resize(padded * columns_);
  norms_.setZero(padded);
  for (int64_t i = 0; i < padded; ++i) {
    float* const to = values_.data() + i / group * group * columns_ + i % group;
    if (i >= rows_) {
      for (int64_t k = 0; k < columns_; ++k) to[k * group] = 0;
      continue;
    }
    const float* const from = rows.data() + order[static_cast<size_t>(i)] * rows.outerStride();
    float norm = 0;
    for (int64_t k = 0; k < columns_; ++k) {
      const float value = from[k] - centre[static_cast<size_t>(k)];
      to[k * group] = value;
      norm = std::fma(value, value, norm);
    }
    norms_[i] = norm;
  }
}

FeatureMatrix PackedRows::Unpacked() const {
  FeatureMatrix rows(rows_, columns_);
  for (int64_t i = 0; i < rows_; ++i) {
    const float* const from = group(i / group_) + i % group_;
    for (int64_t k = 0; k < columns_; ++k) rows(i, k) = from[k * group_];
  }
  return rows;
}

void MultiplyRows(const PackedRows& strips, const PackedRows& panels, int64_t first, int64_t last,
                  absl::Span<float* const> out) {
  const int64_t columns = strips.columns();
  for (int64_t p = first; p < last; ++p) {
    float spare[kPanelRows] = {};  // where the products of padding go
    for (int64_t k = 0; k < columns; k += kDepth) {
      const int64_t depth = std::min(kDepth, columns - k);
      for (int64_t s = 0; s < strips.groups(); ++s) {
        float* to[kStripRows];
        for (int64_t i = 0; i < kStripRows; ++i) {
          const int64_t row = s * kStripRows + i;
          to[i] = row < strips.rows() ? out[static_cast<size_t>(row)] + (p - first) * kPanelRows : spare;
        }
        MultiplyBlock(strips.group(s) + k * kStripRows, panels.group(p) + k * kPanelRows, depth, k == 0, to);
      }
    }
  }
}

}  // namespace parzen
