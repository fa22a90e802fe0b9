#include "worker/models/clusters/mixture_sums.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/linear/fixed_caches.h"

namespace parzen {
namespace {

// Rows multiplied at a time.
constexpr int64_t kRowsPerProduct = 512;
// Parts of the rows that are summed up at the same time; fewer rows are not worth one.
constexpr int64_t kMostParts = 8;
constexpr int64_t kRowsPerPart = 2048;
// Numbers of the second moments of all parts of a component together.
constexpr int64_t kNumbersOfParts = int64_t{1} << 23;

template <typename Number>
using RowMajor = Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The compiler turns one number at a time into 64 bits.
void Subtract(const float* row, const double* about, int64_t columns, double* difference) {
  constexpr int64_t kLanes = 4;
  int64_t column = 0;
  for (; column + kLanes <= columns; column += kLanes) {
    const __m256d values = _mm256_cvtps_pd(_mm_loadu_ps(row + column));
    _mm256_storeu_pd(difference + column, _mm256_sub_pd(values, _mm256_loadu_pd(about + column)));
  }
  for (; column < columns; ++column) difference[column] = static_cast<double>(row[column]) - about[column];
}

// Calls use(share, row - about) for the rows from `first` to `last` that have a share.
template <typename Use>
void ForEachShare(const FeatureRef& rows, absl::Span<const float> shares, const Eigen::RowVectorXd& about,
                  int64_t first, int64_t last, StopCheck& stop, const Use& use) {
  Eigen::RowVectorXd difference(rows.cols());
  int64_t used = 0;
  for (int64_t row = first; row < last; ++row) {
    const float share = shares[static_cast<size_t>(row)];
    if (share == 0) continue;
    if (used++ % kRowsPerProduct == 0 && stop.Stopped()) return;
    Subtract(rows.data() + row * rows.outerStride(), about.data(), rows.cols(), difference.data());
    use(static_cast<double>(share), difference);
  }
}

// Adds rows, a few hundred at a time, to the lower half of a sum of their squares.
template <typename Number>
class SquareSum {
 public:
  SquareSum(int64_t columns, Eigen::MatrixXd& sum)
      : rows_(kRowsPerProduct, columns), squares_(columns, columns), sum_(sum) {}

  void Add(double share, const Eigen::RowVectorXd& row) {
    rows_.row(count_++) = (std::sqrt(share) * row).template cast<Number>();
    if (count_ == kRowsPerProduct) Flush();
  }

  void Flush() {
    if (count_ == 0) return;
    squares_.setZero();
    squares_.template selfadjointView<Eigen::Lower>().rankUpdate(rows_.topRows(count_).transpose());
    for (int64_t column = 0; column < squares_.cols(); ++column) {
      const int64_t below = squares_.cols() - column;
      sum_.col(column).tail(below) += squares_.col(column).tail(below).template cast<double>();
    }
    count_ = 0;
  }

 private:
  RowMajor<Number> rows_;
  Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic> squares_;
  Eigen::MatrixXd& sum_;
  int64_t count_ = 0;
};

// The sums of the rows from `first` to `last`.
class Part {
 public:
  Part(const FeatureRef& rows, absl::Span<const float> shares, const Eigen::RowVectorXd& about, int64_t first,
       int64_t last)
      : rows_(rows), shares_(shares), about_(about), first_(first), last_(last) {}

  ComponentSums Sum(const SumOptions& options, StopCheck& stop) {
    sums_.first.setZero(rows_.cols());
    if (options.second == SecondMoments::kOfPairs) {
      options.exact ? SumPairs<double>(stop) : SumPairs<float>(stop);
    } else if (options.second == SecondMoments::kOfFeatures) {
      SumFeatures(stop);
    } else {
      ForEach(stop, [](double, const Eigen::RowVectorXd&) {});
    }
    return std::move(sums_);
  }

 private:
  template <typename Use>
  void ForEach(StopCheck& stop, const Use& use) {
    ForEachShare(rows_, shares_, about_, first_, last_, stop, [&](double share, const Eigen::RowVectorXd& difference) {
      sums_.share += share;
      sums_.first += share * difference;
      use(share, difference);
    });
  }

  void SumFeatures(StopCheck& stop) {
    Eigen::RowVectorXd squares = Eigen::RowVectorXd::Zero(rows_.cols());
    ForEach(stop, [&](double share, const Eigen::RowVectorXd& difference) {
      squares.array() += share * difference.array().square();
    });
    sums_.second = squares;
  }

  template <typename Number>
  void SumPairs(StopCheck& stop) {
    sums_.second.setZero(rows_.cols(), rows_.cols());
    SquareSum<Number> squares(rows_.cols(), sums_.second);
    ForEach(stop, [&](double share, const Eigen::RowVectorXd& difference) { squares.Add(share, difference); });
    squares.Flush();
  }

  const FeatureRef& rows_;
  const absl::Span<const float> shares_;
  const Eigen::RowVectorXd& about_;
  const int64_t first_, last_;
  ComponentSums sums_;
};

int64_t Parts(int64_t rows, int64_t columns, const SumOptions& options) {
  int64_t parts = std::min(kMostParts, rows / kRowsPerPart);
  if (options.second == SecondMoments::kOfPairs) parts = std::min(parts, kNumbersOfParts / (columns * columns));
  return std::max<int64_t>(parts, 1);
}

}  // namespace

ComponentSums SumComponent(const FeatureRef& rows, absl::Span<const float> shares, const Eigen::RowVectorXd& about,
                           const SumOptions& options, StopCheck& stop) {
  const int64_t parts = Parts(rows.rows(), rows.cols(), options);
  std::vector<ComponentSums> sums(static_cast<size_t>(parts));
  tbb::parallel_for(int64_t{0}, parts, [&](int64_t part) {
    Part summed(rows, shares, about, rows.rows() * part / parts, rows.rows() * (part + 1) / parts);
    sums[static_cast<size_t>(part)] = summed.Sum(options, stop);
  });
  for (size_t part = 1; part < sums.size(); ++part) {
    sums[0].share += sums[part].share;
    sums[0].first += sums[part].first;
    sums[0].second += sums[part].second;
    sums[part].second.resize(0, 0);
  }
  return std::move(sums[0]);
}

}  // namespace parzen
