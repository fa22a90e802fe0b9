#include "worker/models/embeddings/principal_start.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/status_macros.h"
#include "worker/transforms/columns.h"
#include "worker/transforms/leading_directions.h"

namespace parzen {
namespace {

// Rows whose largest distance from the means is less have nothing to say.
constexpr double kNothing = 1e-300;

Eigen::MatrixXd Project(const FeatureRef& rows, const Eigen::RowVectorXd& means, double scale,
                        const Eigen::MatrixXd& directions) {
  Eigen::MatrixXd projected(rows.rows(), directions.cols());
  ForEachRowBlock(rows.rows(), [&](int64_t, int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      const Eigen::RowVectorXd centred = (rows.row(row).cast<double>() - means) * scale;
      for (int64_t d = 0; d < directions.cols(); ++d) projected(row, d) = centred.dot(directions.col(d));
    }
  });
  return projected;
}

}  // namespace

FeatureMatrix RandomStart(int64_t rows, int dimensions, double deviation, RandomStream& stream) {
  FeatureMatrix places(rows, dimensions);
  for (int64_t row = 0; row < rows; ++row) {
    for (int d = 0; d < dimensions; ++d) places(row, d) = static_cast<float>(deviation * stream.Normal());
  }
  return places;
}

absl::StatusOr<FeatureMatrix> PrincipalStart(const FeatureRef& rows, int dimensions, double deviation,
                                             RandomStream& stream) {
  const ColumnRanges ranges = RangesOfColumns(rows);
  const Eigen::RowVectorXd means = MeansOfColumns(rows);
  const double largest =
      std::max((ranges.high.cast<double>() - means).maxCoeff(), (means - ranges.low.cast<double>()).maxCoeff());
  if (!(largest > kNothing)) return FeatureMatrix(FeatureMatrix::Zero(rows.rows(), dimensions));
  // A power of two that brings them near 1, so that squares neither overflow nor vanish.
  const double scale = std::exp2(-std::ilogb(largest));
  const int64_t count = std::min<int64_t>({dimensions, rows.rows(), rows.cols()});
  ASSIGN_OR_RETURN(const LeadingDirections leading, FindLeadingDirections(rows, means, scale, count));
  const Eigen::MatrixXd projected = Project(rows, means, scale, leading.vectors);
  const double spread = std::sqrt(projected.col(0).squaredNorm() / static_cast<double>(rows.rows()));
  if (!(spread > 0)) return FeatureMatrix(FeatureMatrix::Zero(rows.rows(), dimensions));
  FeatureMatrix places = RandomStart(rows.rows(), dimensions, deviation, stream);
  places.leftCols(count) = (projected * (deviation / spread)).cast<float>();
  return places;
}

}  // namespace parzen
