// What a kernel support vector machine keeps of its training rows, and the decisions it makes with them. Immutable once
// built.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "worker/archive.h"
#include "worker/dataset.h"
#include "worker/models/svm/kernel.h"
#include "worker/models/svm/packed_rows.h"

namespace parzen {

// Pairs of k classes, ordered (0, 1), (0, 2), ..., (k - 2, k - 1).
inline int64_t PairCount(int64_t classes) { return classes * (classes - 1) / 2; }
// Requires: a < b.
inline int64_t PairNumber(int64_t a, int64_t b, int64_t classes) { return a * (2 * classes - a - 1) / 2 + b - a - 1; }

// A row's decision value for the pair (a, b) is the sum over the support vectors of both classes of coefficient times
// kernel, plus the pair's bias; above 0 is class a. Memory: support vectors x (columns + classes) numbers.
struct SupportVectors {
  Kernel kernel;
  std::vector<float> centre;   // taken off the columns of every row
  PackedRows rows;             // panels; by class
  std::vector<int64_t> first;  // where each class begins, then their number
  // padded_rows x (other classes, rounded up to 8): in a row of class a, its coefficient against class b is in column
  // b, or b - 1 above a.
  FeatureMatrix coefficients;
  std::vector<double> bias;  // of each pair
  // Of a linear kernel: columns x pairs, so that a decision is one product in 64-bit floats, and not a sum of large
  // ones that nearly cancel where C is large. None where they would take more than 32 MiB. See FindWeights.
  Eigen::MatrixXd weights;

  int64_t classes() const { return static_cast<int64_t>(first.size()) - 1; }

  // Fills `weights`, once all else is there.
  void FindWeights();

  // Without the kernel's options. Fails the reader when the state is not one of so many features and classes.
  void Save(ArchiveWriter& state) const;
  void Load(ArchiveReader& state, int64_t features, int64_t classes);
};

// Columns of SupportVectors::coefficients.
int64_t CoefficientColumns(int64_t classes);

// Calls `use` once for each row with its decision values, one a pair, from many threads at once. Uses TBB. A row's
// values depend on it alone. Requires: as many columns as the support vectors have.
void ForEachDecision(const SupportVectors& vectors, const FeatureRef& rows,
                     const std::function<void(int64_t row, absl::Span<const double> decisions)>& use);

}  // namespace parzen
