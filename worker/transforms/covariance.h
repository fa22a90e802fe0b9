// The second moments that principal components come from.
#pragma once

#include <Eigen/Core>

#include "worker/dataset.h"

namespace parzen {

// The sum over all rows r of c c', where c = (r - centre) * scale: columns x columns. Fixed blocks of rows, whose sums
// are added in order: the same for any number of threads; uses the task arena it is called in. Products are of 64-bit
// floats where that takes no time, and of 32-bit floats otherwise, whose blocks are added up in 64 bits. Takes up to
// 8 columns x columns matrices of 64-bit floats for a while, 2 when these are large.
Eigen::MatrixXd SumOfSquares(const FeatureRef& rows, const Eigen::RowVectorXd& centre, double scale);

}  // namespace parzen
