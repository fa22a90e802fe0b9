#include "worker/models/neighbors/byte_rows.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "tbb/blocked_range.h"
#include "tbb/parallel_for.h"
#include "tbb/parallel_reduce.h"

namespace parzen {
namespace {

constexpr int kMostCodes = 256;
// 255 * 255 * columns is below 2^31.
constexpr int64_t kMostColumns = 33000;
// Of a step: much more than dividing and rounding leave, much less than chance would.
constexpr double kMostError = 1e-3;

// The two smallest distinct values and the largest.
struct Ends {
  float smallest = std::numeric_limits<float>::infinity();
  float second = std::numeric_limits<float>::infinity();
  float largest = -std::numeric_limits<float>::infinity();

  void Add(float value) {
    if (value > largest) largest = value;
    if (value < smallest) {
      second = smallest;
      smallest = value;
    } else if (value > smallest && value < second) {
      second = value;
    }
  }
  static Ends Of(Ends a, const Ends& b) {
    for (const float value : {b.smallest, b.second}) {
      if (std::isfinite(value)) a.Add(value);
    }
    a.largest = std::max(a.largest, b.largest);
    return a;
  }
};

// Order does not matter to the ends, so TBB may split as it likes.
Ends FindEnds(const FeatureRef& rows) {
  return tbb::parallel_reduce(
      tbb::blocked_range<int64_t>(0, rows.rows()), Ends(),
      [&](const tbb::blocked_range<int64_t>& range, Ends ends) {
        for (int64_t row = range.begin(); row < range.end(); ++row) {
          const float* const values = rows.data() + row * rows.outerStride();
          for (int64_t column = 0; column < rows.cols(); ++column) ends.Add(values[column]);
        }
        return ends;
      },
      Ends::Of);
}

// Most rows of numbers that are no bytes show it in their first few.
bool MayBeBytes(const FeatureRef& rows) {
  std::vector<float> values;
  for (int64_t row = 0; row < std::min<int64_t>(rows.rows(), 64); ++row) {
    const float* const first = rows.data() + row * rows.outerStride();
    values.insert(values.end(), first, first + rows.cols());
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    if (values.size() > kMostCodes) return false;
  }
  return true;
}

// The largest distance of a row's values from the grid, in steps; writes their codes if `codes` is not null.
double EncodeRow(const float* values, int64_t columns, double offset, double step, uint8_t* codes) {
  const double per_step = 1 / step;
  double largest = 0;
  for (int64_t column = 0; column < columns; ++column) {
    const double place = (static_cast<double>(values[column]) - offset) * per_step;
    const double code = std::nearbyint(std::clamp(place, 0., 255.));
    // What is not quite 0 has no direction that a cosine could do without.
    const double error = code == 0 && place != 0 ? 1 : std::abs(place - code);
    largest = error <= largest ? largest : error;  // NaN is never on the grid
    if (codes != nullptr) codes[column] = static_cast<uint8_t>(code);
  }
  return largest;
}

}  // namespace

std::optional<ByteGrid> FindByteGrid(const FeatureRef& rows) {
  if (rows.cols() > kMostColumns || !MayBeBytes(rows)) return std::nullopt;
  const Ends ends = FindEnds(rows);
  const double range = static_cast<double>(ends.largest) - ends.smallest;
  if (range == 0) return ByteGrid{ends.smallest, 1, 0};
  const double levels = std::round(range / (static_cast<double>(ends.second) - ends.smallest));
  if (levels >= kMostCodes) return std::nullopt;
  ByteGrid grid{ends.smallest, range / levels, 0};
  const double error = tbb::parallel_reduce(
      tbb::blocked_range<int64_t>(0, rows.rows()), 0.,
      [&](const tbb::blocked_range<int64_t>& range_of_rows, double largest) {
        for (int64_t row = range_of_rows.begin(); row < range_of_rows.end(); ++row) {
          const float* const values = rows.data() + row * rows.outerStride();
          largest = std::max(largest, EncodeRow(values, rows.cols(), grid.offset, grid.step, nullptr));
        }
        return largest;
      },
      [](double a, double b) { return std::max(a, b); });
  if (error > kMostError) return std::nullopt;
  grid.error = error * grid.step;
  return grid;
}

std::optional<ByteRows> ByteRows::Encode(const FeatureRef& rows, const ByteGrid& grid) {
  ByteRows coded;
  coded.rows_ = rows.rows();
  coded.columns_ = rows.cols();
  coded.stride_ = (rows.cols() + 31) / 32 * 32;
  coded.codes_.resize(static_cast<size_t>(coded.rows_ * coded.stride_), 0);
  const double most = grid.error * (1 + 1e-9) / grid.step;
  std::atomic<bool> on_grid = true;
  tbb::parallel_for(int64_t{0}, coded.rows_, [&](int64_t row) {
    const float* const values = rows.data() + row * rows.outerStride();
    uint8_t* const codes = coded.codes_.data() + row * coded.stride_;
    if (!(EncodeRow(values, coded.columns_, grid.offset, grid.step, codes) <= most)) on_grid = false;
  });
  if (!on_grid) return std::nullopt;
  return coded;
}

double ByteRows::square(int64_t i) const {
  int64_t sum = 0;
  for (int64_t column = 0; column < columns_; ++column) sum += int64_t{row(i)[column]} * row(i)[column];
  return static_cast<double>(sum);
}

BytePanels::BytePanels(const ByteRows& rows) : rows_(rows.rows()), pairs_((rows.columns() + 1) / 2) {
  const int64_t panels = (rows_ + kRows - 1) / kRows;
  codes_.resize(static_cast<size_t>(panels * pairs_ * 2 * kRows), 0);
  tbb::parallel_for(int64_t{0}, panels, [&](int64_t panel) {
    uint8_t* const to = codes_.data() + panel * pairs_ * 2 * kRows;
    for (int64_t i = 0; i < std::min(kRows, rows_ - panel * kRows); ++i) {
      const uint8_t* const codes = rows.row(panel * kRows + i);
      for (int64_t p = 0; p < pairs_; ++p) std::copy_n(codes + 2 * p, 2, to + (p * kRows + i) * 2);
    }
  });
}

}  // namespace parzen
