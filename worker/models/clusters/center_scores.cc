#include "worker/models/clusters/center_scores.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr double kHalfUlp = 1. / (1 << 24);
constexpr double kSmallestFloat = 1.5e-45;
// Sums whose terms together are below do not overflow.
constexpr double kLargestSum = 1e37;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Of 64-bit roundings to those of 32 bits, and more: distances are decided in 64 bits, which has an error, too.
constexpr double kDoubleShare = 1. / (1 << 28);
// Numbers of a block of rows.
constexpr int64_t kBlockNumbers = int64_t{1} << 17;
// Centres that the origin is found among.
constexpr int64_t kCentersForOrigin = 64;

double SumOfLanes(__m256d a) {
  alignas(32) double lanes[4];
  _mm256_store_pd(lanes, a);
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

float SumOfLanes(__m256 a) {
  alignas(32) float lanes[8];
  _mm256_store_ps(lanes, a);
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

// Writes row - origin; returns its square.
float Shift(const float* row, const float* origin, int64_t columns, float* shifted) {
  __m256 sums[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
  int64_t c = 0;
  for (; c + 16 <= columns; c += 16) {
    for (int half = 0; half < 2; ++half) {
      const int64_t at = c + 8 * half;
      const __m256 value = _mm256_sub_ps(_mm256_loadu_ps(row + at), _mm256_loadu_ps(origin + at));
      _mm256_storeu_ps(shifted + at, value);
      sums[half] = _mm256_fmadd_ps(value, value, sums[half]);
    }
  }
  float rest = 0;
  for (; c < columns; ++c) {
    shifted[c] = row[c] - origin[c];
    rest += shifted[c] * shifted[c];
  }
  return SumOfLanes(_mm256_add_ps(sums[0], sums[1])) + rest;
}

// The medians of the columns of some centres: a few that are far away do not move it.
std::vector<float> OriginOf(const CenterMatrix& centers) {
  const int64_t count = std::min(centers.rows(), kCentersForOrigin);
  std::vector<float> origin(static_cast<size_t>(centers.cols()));
  std::vector<double> column(static_cast<size_t>(count));
  for (int64_t c = 0; c < centers.cols(); ++c) {
    for (int64_t i = 0; i < count; ++i) column[static_cast<size_t>(i)] = centers(i * centers.rows() / count, c);
    std::nth_element(column.begin(), column.begin() + count / 2, column.end());
    origin[static_cast<size_t>(c)] = static_cast<float>(column[static_cast<size_t>(count / 2)]);
  }
  return origin;
}

}  // namespace

double SquaredDistance(const float* row, const double* center, int64_t columns) {
  __m256d sums[2] = {_mm256_setzero_pd(), _mm256_setzero_pd()};
  int64_t c = 0;
  for (; c + 8 <= columns; c += 8) {
    for (int half = 0; half < 2; ++half) {
      const int64_t at = c + 4 * half;
      const __m256d value = _mm256_sub_pd(_mm256_cvtps_pd(_mm_loadu_ps(row + at)), _mm256_loadu_pd(center + at));
      sums[half] = _mm256_fmadd_pd(value, value, sums[half]);
    }
  }
  double rest = 0;
  for (; c < columns; ++c) rest += (row[c] - center[c]) * (row[c] - center[c]);
  return SumOfLanes(_mm256_add_pd(sums[0], sums[1])) + rest;
}

CenterScores::CenterScores(const CenterMatrix& centers)
    : centers_(centers.rows()), columns_(centers.cols()), origin_(OriginOf(centers)) {
  const Run run{0, columns_};
  groups_ = GroupRuns(absl::MakeConstSpan(&run, 1));
  // Roundings of a term on its way into the sum: of both factors, and at most one a column and for the start.
  const double roundings = static_cast<double>(columns_ + 8) * kHalfUlp;
  relative_ = roundings < .1 ? roundings / (1 - roundings) : kInfinity;
  least_ = static_cast<double>(columns_ + 8) * kSmallestFloat;
  const int64_t padded = PaddedToPanels(centers_);
  panels_.resize(static_cast<size_t>(padded * columns_));
  starts_.resize(static_cast<size_t>(padded), std::numeric_limits<float>::infinity());
  lengths_.resize(static_cast<size_t>(centers_));
  tbb::parallel_for(int64_t{0}, PanelCount(centers_), [&](int64_t panel) { PackPanel(centers, panel); });
  longest_ = *std::max_element(lengths_.begin(), lengths_.end());
}

void CenterScores::PackPanel(const CenterMatrix& centers, int64_t panel) {
  const int64_t width = WidthOfPanel(panel, centers_);
  float* const to = panels_.data() + panel * kPanelWidth * columns_;
  for (int64_t lane = 0; lane < std::min(width, centers_ - panel * kPanelWidth); ++lane) {
    const int64_t center = panel * kPanelWidth + lane;
    const double* const values = centers.data() + center * columns_;
    double square = 0;
    for (int64_t c = 0; c < columns_; ++c) {
      const double value = values[c] - static_cast<double>(origin_[static_cast<size_t>(c)]);
      to[c * width + lane] = static_cast<float>(-value);
      square += value * value;
    }
    starts_[static_cast<size_t>(center)] = static_cast<float>(square / 2);
    lengths_[static_cast<size_t>(center)] = std::sqrt(square) * (1 + 1e-9);
  }
}

int64_t CenterScores::RowsAtATime(int64_t columns) {
  return std::clamp(kBlockNumbers / columns / kPanelRows * kPanelRows, kPanelRows, kMostRowsAtATime);
}

void CenterScores::Take(const FeatureRef& rows, absl::Span<const int32_t> which, Block& block) const {
  const int64_t most = RowsAtATime(columns_);
  block.rows.resize(static_cast<size_t>(most * columns_));
  block.squares.resize(static_cast<size_t>(most));
  block.scores.resize(static_cast<size_t>(most * kCentersAtATime));
  block.count = static_cast<int64_t>(which.size());
  for (size_t i = 0; i < which.size(); ++i) {
    block.squares[i] = Shift(rows.data() + which[i] * rows.outerStride(), origin_.data(), columns_,
                             block.rows.data() + static_cast<int64_t>(i) * columns_);
  }
}

int64_t CenterScores::Score(int64_t first, Block& block) const {
  const int64_t count = std::min(kCentersAtATime, padded() - first);
  const RowGrid grid{block.count, 1, columns_, 0};
  for (int64_t done = 0; done < count; done += kPanelWidth) {
    const int64_t center = first + done;
    MultiplyRows(block.rows.data(), grid, groups_, panels_.data() + center * columns_,
                 WidthOfPanel(center / kPanelWidth, centers_), starts_.data() + center, block.scores.data() + done,
                 kCentersAtATime);
  }
  return count;
}

void CenterScores::ScoreRow(int64_t row, const Block& block, float* scores) const {
  const RowGrid grid{1, 1, 0, 0};
  for (int64_t center = 0; center < padded(); center += kPanelWidth) {
    MultiplyRows(block.rows.data() + row * columns_, grid, groups_, panels_.data() + center * columns_,
                 WidthOfPanel(center / kPanelWidth, centers_), starts_.data() + center, scores + center, 0);
  }
}

double CenterScores::LengthOf(float square) const {
  return std::sqrt(static_cast<double>(square) + least_) * (1 + relative_);
}

double CenterScores::Error(double length, double center_length) const {
  const double terms = length * center_length + center_length * center_length / 2;
  const double square = (length + center_length) * (length + center_length);
  return square < kLargestSum ? relative_ * (terms + kDoubleShare * square) + least_ * (1 + length) : kInfinity;
}

}  // namespace parzen
