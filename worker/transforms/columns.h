// What transforms need to know of the columns of the training rows. Sums run over fixed blocks of rows and are added up
// in order, in 64-bit floats: the same for any number of threads. All of it uses the task arena it is called in.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>

#include "worker/archive.h"
#include "worker/dataset.h"

namespace parzen {

// Calls `use(block, first, count)` for blocks of 1024 rows (the last may be shorter), several at a time.
using UseRows = std::function<void(int64_t block, int64_t first, int64_t count)>;
void ForEachRowBlock(int64_t rows, const UseRows& use);
int64_t RowBlocks(int64_t rows);

// The smallest and the largest number of each column. Requires: at least one row.
struct ColumnRanges {
  Eigen::RowVectorXf low;
  Eigen::RowVectorXf high;
};
ColumnRanges RangesOfColumns(const FeatureRef& rows);

// Requires: at least one row.
Eigen::RowVectorXd MeansOfColumns(const FeatureRef& rows);

// Mean squared distance to `means`. Requires: at least one row.
Eigen::RowVectorXd VariancesOfColumns(const FeatureRef& rows, const Eigen::RowVectorXd& means);

// A number for each column, as a transform's state. Load fails the reader when there are not `columns` of them.
void SaveColumns(const Eigen::RowVectorXd& numbers, ArchiveWriter& state);
Eigen::RowVectorXd LoadColumns(ArchiveReader& state, int64_t columns);

}  // namespace parzen
