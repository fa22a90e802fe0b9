#include "worker/transforms/columns.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr int64_t kRowsPerBlock = 1024;

// The mean over all rows of what `of_row` adds to a block's sum.
Eigen::RowVectorXd MeanOverRows(const FeatureRef& rows,
                                const std::function<void(int64_t row, Eigen::RowVectorXd& sum)>& of_row) {
  std::vector<Eigen::RowVectorXd> sums(static_cast<size_t>(RowBlocks(rows.rows())));
  ForEachRowBlock(rows.rows(), [&](int64_t block, int64_t first, int64_t count) {
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(rows.cols());
    for (int64_t row = first; row < first + count; ++row) of_row(row, sum);
    sums[static_cast<size_t>(block)] = std::move(sum);
  });
  for (size_t block = 1; block < sums.size(); ++block) sums[0] += sums[block];
  return sums[0] / static_cast<double>(rows.rows());
}

}  // namespace

int64_t RowBlocks(int64_t rows) { return (rows + kRowsPerBlock - 1) / kRowsPerBlock; }

void ForEachRowBlock(int64_t rows, const UseRows& use) {
  tbb::parallel_for(int64_t{0}, RowBlocks(rows), [&](int64_t block) {
    const int64_t first = block * kRowsPerBlock;
    use(block, first, std::min(kRowsPerBlock, rows - first));
  });
}

ColumnRanges RangesOfColumns(const FeatureRef& rows) {
  ColumnRanges ranges{rows.row(0), rows.row(0)};
  std::mutex mutex;  // the order in which blocks come does not matter to the smallest and the largest
  ForEachRowBlock(rows.rows(), [&](int64_t, int64_t first, int64_t count) {
    Eigen::RowVectorXf low = rows.row(first), high = low;
    for (int64_t row = first; row < first + count; ++row) {
      low = low.cwiseMin(rows.row(row));
      high = high.cwiseMax(rows.row(row));
    }
    const std::lock_guard<std::mutex> lock(mutex);
    ranges.low = ranges.low.cwiseMin(low);
    ranges.high = ranges.high.cwiseMax(high);
  });
  return ranges;
}

Eigen::RowVectorXd MeansOfColumns(const FeatureRef& rows) {
  return MeanOverRows(rows, [&](int64_t row, Eigen::RowVectorXd& sum) { sum += rows.row(row).cast<double>(); });
}

Eigen::RowVectorXd VariancesOfColumns(const FeatureRef& rows, const Eigen::RowVectorXd& means) {
  return MeanOverRows(
      rows, [&](int64_t row, Eigen::RowVectorXd& sum) { sum += (rows.row(row).cast<double>() - means).cwiseAbs2(); });
}

void SaveColumns(const Eigen::RowVectorXd& numbers, ArchiveWriter& state) {
  state.Array(std::vector<double>(numbers.begin(), numbers.end()));
}

Eigen::RowVectorXd LoadColumns(ArchiveReader& state, int64_t columns) {
  std::vector<double> numbers;
  state.Array(numbers);
  if (static_cast<int64_t>(numbers.size()) != columns) state.Fail();
  return Eigen::Map<const Eigen::RowVectorXd>(numbers.data(), static_cast<int64_t>(numbers.size()));
}

}  // namespace parzen
