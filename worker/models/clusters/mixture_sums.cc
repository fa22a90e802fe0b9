#include "worker/models/clusters/mixture_sums.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/linear/fixed_caches.h"

namespace parzen {
namespace {

// Numbers of 64 bits that are worked on at once; rows of them are filled up with zeros.
constexpr int64_t kLanes = 4;
// Rows multiplied at a time.
constexpr int64_t kRowsPerProduct = 512;
// Parts of the rows that are summed up at the same time; fewer rows are not worth one.
constexpr int64_t kMostParts = 8;
constexpr int64_t kRowsPerPart = 2048;
// Numbers of the second moments of all parts of a component together.
constexpr int64_t kNumbersOfParts = int64_t{1} << 23;

int64_t Padded(int64_t columns) { return (columns + kLanes - 1) / kLanes * kLanes; }

void Add(__m256d numbers, double* sums) { _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), numbers)); }

void Store(__m256d numbers, double* to) { _mm256_storeu_pd(to, numbers); }
void Store(__m256d numbers, float* to) { _mm_storeu_ps(to, _mm256_cvtpd_ps(numbers)); }

// Rows of 32-bit floats less `about`, a few columns at a time.
class Differences {
 public:
  explicit Differences(const Eigen::RowVectorXd& about)
      : columns_(about.size()), about_(Eigen::RowVectorXd::Zero(Padded(about.size()))) {
    about_.head(columns_) = about;
  }

  // Calls use(column, row - about from there on).
  template <typename Use>
  void ForEach(const float* row, const Use& use) const {
    int64_t column = 0;
    for (; column + kLanes <= columns_; column += kLanes) use(column, Lanes(row + column, column));
    if (column == columns_) return;
    float rest[kLanes] = {};
    std::copy(row + column, row + columns_, rest);
    use(column, Lanes(rest, column));
  }

 private:
  __m256d Lanes(const float* numbers, int64_t column) const {
    return _mm256_sub_pd(_mm256_cvtps_pd(_mm_loadu_ps(numbers)), _mm256_loadu_pd(about_.data() + column));
  }

  const int64_t columns_;
  Eigen::RowVectorXd about_;
};

// Adds the squares of rows, a few hundred at a time, to the lower half of a sum.
template <typename Number>
class SquareSum {
 public:
  SquareSum(int64_t columns, Eigen::MatrixXd& sum)
      : rows_(kRowsPerProduct, Padded(columns)), squares_(columns, columns), sum_(sum) {}

  // A padded row, which is then written.
  Number* NextRow() {
    if (count_ == kRowsPerProduct) Flush();
    return rows_.row(count_++).data();
  }

  void Flush() {
    if (count_ == 0) return;
    squares_.setZero();
    const auto rows = rows_.topLeftCorner(count_, squares_.cols());
    squares_.template selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose());
    for (int64_t column = 0; column < squares_.cols(); ++column) {
      const int64_t below = squares_.cols() - column;
      sum_.col(column).tail(below) += squares_.col(column).tail(below).template cast<double>();
    }
    count_ = 0;
  }

 private:
  Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows_;
  Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic> squares_;
  Eigen::MatrixXd& sum_;
  int64_t count_ = 0;
};

// The sums of the rows from `first` to `last`.
class Part {
 public:
  Part(const FeatureRef& rows, absl::Span<const float> shares, const Eigen::RowVectorXd& about, int64_t first,
       int64_t last)
      : rows_(rows),
        shares_(shares),
        differences_(about),
        first_(first),
        last_(last),
        moments_(Eigen::RowVectorXd::Zero(Padded(about.size()))) {}

  ComponentSums Sum(const SumOptions& options, StopCheck& stop) {
    if (options.second == SecondMoments::kOfPairs) {
      options.exact ? SumPairs<double>(stop) : SumPairs<float>(stop);
    } else if (options.second == SecondMoments::kOfFeatures) {
      SumFeatures(stop);
    } else {
      ForEachShare(stop, [&](const float* row, double share) {
        const __m256d shares = _mm256_set1_pd(share);
        differences_.ForEach(row, [&](int64_t column, __m256d difference) {
          Add(_mm256_mul_pd(shares, difference), moments_.data() + column);
        });
      });
    }
    sums_.first = moments_.head(rows_.cols());
    return std::move(sums_);
  }

 private:
  // Calls use(row, share) for rows that have a share.
  template <typename Use>
  void ForEachShare(StopCheck& stop, const Use& use) {
    int64_t used = 0;
    for (int64_t row = first_; row < last_; ++row) {
      const float share = shares_[static_cast<size_t>(row)];
      if (share == 0) continue;
      if (used++ % kRowsPerProduct == 0 && stop.Stopped()) return;
      sums_.share += static_cast<double>(share);
      use(rows_.data() + row * rows_.outerStride(), static_cast<double>(share));
    }
  }

  void SumFeatures(StopCheck& stop) {
    Eigen::RowVectorXd squares = Eigen::RowVectorXd::Zero(moments_.size());
    ForEachShare(stop, [&](const float* row, double share) {
      const __m256d shares = _mm256_set1_pd(share);
      differences_.ForEach(row, [&](int64_t column, __m256d difference) {
        const __m256d product = _mm256_mul_pd(shares, difference);
        Add(product, moments_.data() + column);
        Add(_mm256_mul_pd(product, difference), squares.data() + column);
      });
    });
    sums_.second = squares.head(rows_.cols());
  }

  template <typename Number>
  void SumPairs(StopCheck& stop) {
    sums_.second.setZero(rows_.cols(), rows_.cols());
    SquareSum<Number> squares(rows_.cols(), sums_.second);
    ForEachShare(stop, [&](const float* row, double share) {
      const __m256d shares = _mm256_set1_pd(share), roots = _mm256_set1_pd(std::sqrt(share));
      Number* const scaled = squares.NextRow();
      differences_.ForEach(row, [&](int64_t column, __m256d difference) {
        Add(_mm256_mul_pd(shares, difference), moments_.data() + column);
        Store(_mm256_mul_pd(roots, difference), scaled + column);
      });
    });
    squares.Flush();
  }

  const FeatureRef& rows_;
  const absl::Span<const float> shares_;
  const Differences differences_;
  const int64_t first_, last_;
  Eigen::RowVectorXd moments_;  // first ones, padded
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
