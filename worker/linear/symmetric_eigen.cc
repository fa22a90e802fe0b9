#include "worker/linear/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "Eigen/Eigenvalues"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/linear/fixed_caches.h"

namespace parzen {
namespace {

// Rows of vectors that are rotated at a time; rotations that are collected before.
constexpr int kRowsPerStrip = 16;
constexpr size_t kRotationsAtATime = size_t{1} << 16;
constexpr int64_t kMostStepsPerValue = 60;

// Turns columns k and k + 1 into c * k - s * (k + 1) and s * k + c * (k + 1).
struct Rotation {
  int64_t column;
  double c;
  double s;
};

// The matrix that rotations multiply from the right, cut into strips of rows.
class RotatedRows {
 public:
  explicit RotatedRows(const Eigen::MatrixXd& matrix) : rows_(matrix.rows()), columns_(matrix.cols()) {
    for (int64_t first = 0; first < rows_; first += kRowsPerStrip) {
      const int64_t count = std::min<int64_t>(kRowsPerStrip, rows_ - first);
      strips_.push_back(Strip::Zero(kRowsPerStrip, columns_));
      strips_.back().topRows(count) = matrix.middleRows(first, count);
    }
  }

  void Rotate(const Rotation& rotation) {
    waiting_.push_back(rotation);
    if (waiting_.size() == kRotationsAtATime) ApplyWaiting();
  }

  // Its columns in that order.
  Eigen::MatrixXd Columns(const std::vector<int64_t>& order) {
    ApplyWaiting();
    Eigen::MatrixXd matrix(rows_, columns_);
    tbb::parallel_for(size_t{0}, strips_.size(), [&](size_t i) {
      const int64_t first = static_cast<int64_t>(i) * kRowsPerStrip,
                    count = std::min<int64_t>(kRowsPerStrip, rows_ - first);
      for (size_t k = 0; k < order.size(); ++k) {
        matrix.col(static_cast<int64_t>(k)).segment(first, count) = strips_[i].col(order[k]).head(count);
      }
    });
    return matrix;
  }

 private:
  using Strip = Eigen::Matrix<double, kRowsPerStrip, Eigen::Dynamic>;

  void ApplyWaiting() {
    tbb::parallel_for(size_t{0}, strips_.size(), [&](size_t i) {
      for (const Rotation& rotation : waiting_) {
        const Eigen::Array<double, kRowsPerStrip, 1> left = strips_[i].col(rotation.column);
        const Eigen::Array<double, kRowsPerStrip, 1> right = strips_[i].col(rotation.column + 1);
        strips_[i].col(rotation.column) = rotation.c * left - rotation.s * right;
        strips_[i].col(rotation.column + 1) = rotation.s * left + rotation.c * right;
      }
    });
    waiting_.clear();
  }

  const int64_t rows_;
  const int64_t columns_;
  std::vector<Strip> strips_;
  std::vector<Rotation> waiting_;
};

// The eigenvalue of the last two rows and columns that is nearer to the last number.
double WilkinsonShift(double before_last, double beside, double last) {
  const double half = (before_last - last) / 2;
  return last - beside * (beside / (half + std::copysign(std::hypot(half, beside), half)));
}

// One QR step on rows and columns [first, last] of the tridiagonal matrix, none of whose numbers beside the diagonal is
// 0 there.
void QrStep(int64_t first, int64_t last, Eigen::VectorXd& diagonal, Eigen::VectorXd& beside, RotatedRows& vectors) {
  double x = diagonal(first) - WilkinsonShift(diagonal(last - 1), beside(last - 1), diagonal(last));
  double bulge = beside(first);
  for (int64_t k = first; k < last && bulge != 0; ++k) {
    const double length = std::hypot(x, bulge), c = x / length, s = -bulge / length;
    if (k > first) beside(k - 1) = length;
    const double a = diagonal(k), b = beside(k), d = diagonal(k + 1);
    diagonal(k) = c * (c * a - s * b) - s * (c * b - s * d);
    diagonal(k + 1) = s * (s * a + c * b) + c * (s * b + c * d);
    beside(k) = c * (s * a + c * b) - s * (s * b + c * d);
    x = beside(k);
    if (k + 1 < last) {
      bulge = -s * beside(k + 1);
      beside(k + 1) *= c;
    }
    vectors.Rotate({k, c, s});
  }
}

// Makes the tridiagonal matrix diagonal.
absl::Status Diagonalize(Eigen::VectorXd& diagonal, Eigen::VectorXd& beside, RotatedRows& vectors) {
  const auto is_nothing = [&](int64_t i) {
    constexpr double kRounding = std::numeric_limits<double>::epsilon();
    return std::abs(beside(i)) <= kRounding * (std::abs(diagonal(i)) + std::abs(diagonal(i + 1)));
  };
  int64_t steps = 0;
  for (int64_t last = diagonal.size() - 1; last > 0;) {
    if (is_nothing(last - 1)) {
      beside(--last) = 0;
      continue;
    }
    if (++steps > kMostStepsPerValue * diagonal.size()) return absl::InternalError("eigenvalues are not found");
    int64_t first = last - 1;
    while (first > 0 && !is_nothing(first - 1)) --first;
    if (first > 0) beside(first - 1) = 0;
    QrStep(first, last, diagonal, beside, vectors);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SymmetricEigen> SolveSymmetric(const Eigen::MatrixXd& matrix) {
  if (matrix.rows() == 1) return SymmetricEigen{matrix.diagonal(), Eigen::MatrixXd::Ones(1, 1)};
  const Eigen::Tridiagonalization<Eigen::MatrixXd> tridiagonal(matrix);
  Eigen::VectorXd diagonal = tridiagonal.diagonal(), beside = tridiagonal.subDiagonal();
  RotatedRows vectors(tridiagonal.matrixQ());
  RETURN_IF_ERROR(Diagonalize(diagonal, beside, vectors));
  std::vector<int64_t> order(static_cast<size_t>(diagonal.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t i, int64_t j) { return diagonal(i) > diagonal(j); });
  SymmetricEigen solved{Eigen::VectorXd(diagonal.size()), vectors.Columns(order)};
  for (size_t i = 0; i < order.size(); ++i) solved.values(static_cast<int64_t>(i)) = diagonal(order[i]);
  return solved;
}

}  // namespace parzen
