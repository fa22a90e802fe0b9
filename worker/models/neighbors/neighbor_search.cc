#include "worker/models/neighbors/neighbor_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/linear/product_tiles.h"
#include "worker/models/neighbors/exact_distance.h"
#include "worker/models/neighbors/nearest_candidates.h"

namespace parzen {
namespace {

// Between these, numbers are multiplied as they are: neither do their products overflow, nor get lost.
constexpr int kMostExponent = 40;
// A row with larger numbers than this is compared in double with all others.
constexpr float kMostAsked = 0x1p60f;

const float* RowOf(const FeatureRef& rows, int64_t i) { return rows.data() + i * rows.outerStride(); }

std::vector<double> SquaresOf(const FeatureRef& rows) {
  std::vector<double> squares(static_cast<size_t>(rows.rows()));
  tbb::parallel_for(int64_t{0}, int64_t{rows.rows()}, [&](int64_t i) {
    squares[static_cast<size_t>(i)] = ExactProduct(RowOf(rows, i), RowOf(rows, i), rows.cols());
  });
  return squares;
}

std::vector<double> SquaresOf(const ByteRows& rows) {
  std::vector<double> squares(static_cast<size_t>(rows.rows()));
  tbb::parallel_for(int64_t{0}, rows.rows(), [&](int64_t i) { squares[static_cast<size_t>(i)] = rows.square(i); });
  return squares;
}

std::vector<double> Scaled(std::vector<double> squares, int exponent) {
  for (double& square : squares) square = std::ldexp(square, -2 * exponent);
  return squares;
}

FeatureMatrix Scaled(const FeatureRef& rows, int exponent) {
  return rows.unaryExpr([exponent](float value) { return std::ldexp(value, -exponent); });
}

// The exponent that all numbers are to be divided by.
int ExponentOf(const FeatureRef& rows) {
  const float largest = rows.cwiseAbs().maxCoeff();
  const int exponent = largest == 0 ? 0 : std::ilogb(largest);
  return std::abs(exponent) <= kMostExponent ? 0 : exponent;
}

// For each row whether all of its numbers are finite: then they are nothing, taken no times.
std::vector<bool> AreFinite(const FeatureRef& rows) {
  std::vector<bool> finite;
  for (int64_t i = 0; i < rows.rows(); ++i) finite.push_back((rows.row(i).array() * 0.f).sum() == 0);
  return finite;
}

// Orders candidates by their exact distance and keeps the nearest.
class ExactOrder {
 public:
  ExactOrder(NearestNeighbors::Metric metric, const FeatureRef& train, absl::Span<const double> squares)
      : metric_(metric), train_(train), squares_(squares) {}

  // Writes `length` rows and distances. Requires: as many candidates.
  void Write(const float* row, const std::vector<int32_t>& candidates, int64_t length, int32_t* rows,
             double* distances) {
    const double square = ExactProduct(row, row, train_.cols());
    measured_.clear();
    for (const int32_t candidate : candidates) {
      measured_.emplace_back(ExactMeasure(metric_, row, square, RowOf(train_, candidate),
                                          squares_[static_cast<size_t>(candidate)], train_.cols()),
                             candidate);
    }
    std::partial_sort(measured_.begin(), measured_.begin() + length, measured_.end());
    for (int64_t n = 0; n < length; ++n) {
      rows[n] = measured_[static_cast<size_t>(n)].second;
      distances[n] = DistanceOfMeasure(metric_, measured_[static_cast<size_t>(n)].first);
    }
  }

 private:
  const NearestNeighbors::Metric metric_;
  const FeatureRef& train_;
  const absl::Span<const double> squares_;
  std::vector<std::pair<double, int32_t>> measured_;
};

}  // namespace

NeighborSearch::NeighborSearch(NearestNeighbors::Metric metric, const FeatureRef& train)
    : metric_(metric), train_(train), squares_(SquaresOf(train)), exponent_(ExponentOf(train)) {
  if (exponent_ != 0) scaled_ = Scaled(train, exponent_);
  float_bounds_.emplace(metric, Scaled(squares_, exponent_),
                        ScoreRounding{train.cols(), true, exponent_ == 0 ? 0x1p-109 : 0x1p-80, 0});
  grid_ = FindByteGrid(train);
  // An angle is that of the codes only if they begin where the numbers do.
  if (grid_.has_value() && metric == NearestNeighbors::COSINE && grid_->offset != 0) grid_.reset();
  if (!grid_.has_value()) return;
  std::optional<ByteRows> codes = ByteRows::Encode(train, *grid_);
  byte_bounds_.emplace(metric, SquaresOf(*codes), ScoreRounding{train.cols(), false, 0, grid_->error / grid_->step});
  if (metric == NearestNeighbors::MANHATTAN) {
    byte_rows_ = std::move(codes);
  } else {
    byte_panels_.emplace(*codes);
  }
}

void NeighborSearch::ScoreByFloats(const FeatureRef& rows, const StopTiles& stop, const UseBounds& begin,
                                   const UseScores& use) const {
  const FeatureMatrix scaled = exponent_ == 0 ? FeatureMatrix() : Scaled(rows, exponent_);
  const FeatureRef& asked = exponent_ == 0 ? rows : FeatureRef(scaled);
  std::vector<ScoreBounds::OfRow> of_rows;
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const bool large = !(asked.row(i).cwiseAbs().maxCoeff() <= kMostAsked);
    const double square = ExactProduct(RowOf(asked, i), RowOf(asked, i), asked.cols());
    of_rows.push_back(float_bounds_->For(large ? std::numeric_limits<double>::infinity() : square));
    if (large) of_rows.back().factor = std::numeric_limits<float>::infinity();
  }
  begin(*float_bounds_, of_rows);
  const FeatureRef& train = exponent_ == 0 ? train_ : FeatureRef(scaled_);
  if (metric_ == NearestNeighbors::MANHATTAN) return ForEachDifferenceScore(asked, train, stop, use);
  ForEachProductScore(asked, train, stop, use);
}

void NeighborSearch::ScoreByBytes(const ByteRows& rows, const StopTiles& stop, const UseBounds& begin,
                                  const UseScores& use) const {
  std::vector<ScoreBounds::OfRow> of_rows;
  for (const double square : SquaresOf(rows)) of_rows.push_back(byte_bounds_->For(square));
  begin(*byte_bounds_, of_rows);
  if (metric_ == NearestNeighbors::MANHATTAN) return ForEachByteDifferenceScore(rows, *byte_rows_, stop, use);
  ForEachByteProductScore(rows, *byte_panels_, stop, use);
}

absl::StatusOr<NeighborLists> NeighborSearch::Find(const FeatureRef& rows, int64_t neighbors,
                                                   const std::function<bool()>& stop) const {
  struct Local {
    Local(NearestNeighbors::Metric metric, const FeatureRef& train, absl::Span<const double> squares)
        : order(metric, train, squares) {}
    std::vector<NearestCandidates> candidates = std::vector<NearestCandidates>(kTileRowsOfA);
    ExactOrder order;
  };
  NeighborLists lists;
  lists.length = std::min<int64_t>(neighbors, train_.rows());
  lists.rows.resize(static_cast<size_t>(rows.rows() * lists.length));
  lists.distances.resize(lists.rows.size());
  const std::vector<bool> finite = AreFinite(rows);
  const ScoreBounds* bounds = nullptr;
  std::vector<ScoreBounds::OfRow> of_rows;
  const UseBounds begin = [&](const ScoreBounds& used, const std::vector<ScoreBounds::OfRow>& of_asked) {
    bounds = &used;
    of_rows = of_asked;
  };
  tbb::enumerable_thread_specific<Local> locals(metric_, train_, squares_);
  const UseScores use = [&](int64_t first, int64_t first_train, const FeatureRef& scores) {
    Local& local = locals.local();
    for (int64_t i = 0; i < scores.rows(); ++i) {
      NearestCandidates& candidates = local.candidates[static_cast<size_t>(i)];
      int32_t* const found = lists.rows.data() + (first + i) * lists.length;
      double* const distances = lists.distances.data() + (first + i) * lists.length;
      if (!finite[static_cast<size_t>(first + i)]) {
        std::iota(found, found + lists.length, 0);
        std::fill_n(distances, lists.length, std::numeric_limits<double>::infinity());
        continue;
      }
      if (first_train == 0) candidates.Begin(lists.length, *bounds, of_rows[static_cast<size_t>(first + i)]);
      candidates.Add(first_train, scores.cols(), scores.data() + i * scores.outerStride());
      if (first_train + scores.cols() < train_.rows()) continue;
      local.order.Write(RowOf(rows, first + i), candidates.Rows(), lists.length, found, distances);
    }
  };
  const std::optional<ByteRows> codes = grid_.has_value() ? ByteRows::Encode(rows, *grid_) : std::nullopt;
  if (codes.has_value()) {
    ScoreByBytes(*codes, stop, begin, use);
  } else {
    ScoreByFloats(rows, stop, begin, use);
  }
  if (stop()) return absl::CancelledError("the search for neighbours was asked to stop");
  return lists;
}

}  // namespace parzen
