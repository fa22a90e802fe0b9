#include "worker/transforms/covariance.h"

#include <algorithm>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/linear/fixed_caches.h"

namespace parzen {
namespace {

// Rows multiplied at a time. Their sum is rounded to 32 bits, and adding it to the others is little work beside it.
constexpr int64_t kRowsPerBlock = 1024;
// Products of 64-bit floats take a second then.
constexpr double kLargestWorkInDouble = 1e9;

template <typename Number>
using RowMajor = Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Adds the squares of those rows to the lower half of `sum`.
template <typename Number>
void AddSquares(const FeatureRef& rows, const Eigen::RowVectorXd& centre, double scale, Eigen::MatrixXd& sum) {
  const int64_t columns = rows.cols();
  RowMajor<Number> centred(std::min<int64_t>(kRowsPerBlock, rows.rows()), columns);
  Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic> squares(columns, columns);
  for (int64_t first = 0; first < rows.rows(); first += kRowsPerBlock) {
    const int64_t count = std::min(kRowsPerBlock, rows.rows() - first);
    for (int64_t row = 0; row < count; ++row) {
      centred.row(row) = ((rows.row(first + row).template cast<double>() - centre) * scale).template cast<Number>();
    }
    squares.setZero();
    squares.template selfadjointView<Eigen::Lower>().rankUpdate(centred.topRows(count).transpose());
    for (int64_t column = 0; column < columns; ++column) {
      const int64_t below = columns - column;
      sum.col(column).tail(below) += squares.col(column).tail(below).template cast<double>();
    }
  }
}

// Parts of the rows that are summed up at the same time: by shape alone, and so that their sums fit into memory.
int64_t Parts(int64_t rows, int64_t columns) {
  const int64_t blocks = (rows + kRowsPerBlock - 1) / kRowsPerBlock;
  const int64_t fit = (int64_t{1} << 23) / (columns * columns);
  return std::max<int64_t>(1, std::min(blocks, std::clamp<int64_t>(fit, 2, 8)));
}

}  // namespace

Eigen::MatrixXd SumOfSquares(const FeatureRef& rows, const Eigen::RowVectorXd& centre, double scale) {
  const int64_t parts = Parts(rows.rows(), rows.cols());
  const double work = static_cast<double>(rows.rows()) * static_cast<double>(rows.cols() * rows.cols());
  const auto add = work <= kLargestWorkInDouble ? &AddSquares<double> : &AddSquares<float>;
  std::vector<Eigen::MatrixXd> sums(static_cast<size_t>(parts));
  tbb::parallel_for(int64_t{0}, parts, [&](int64_t part) {
    const int64_t first = rows.rows() * part / parts;
    Eigen::MatrixXd& sum = sums[static_cast<size_t>(part)];
    sum.setZero(rows.cols(), rows.cols());
    add(rows.middleRows(first, rows.rows() * (part + 1) / parts - first), centre, scale, sum);
  });
  for (size_t part = 1; part < sums.size(); ++part) {
    sums[0] += sums[part];
    sums[part].resize(0, 0);
  }
  return sums[0].selfadjointView<Eigen::Lower>();
}

}  // namespace parzen
