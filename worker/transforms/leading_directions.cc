#include "worker/transforms/leading_directions.h"

#include <algorithm>
#include <vector>

#include "Eigen/QR"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/linear/fixed_caches.h"
#include "worker/linear/symmetric_eigen.h"

namespace parzen {
namespace {

// Rows multiplied at a time. Their sum is rounded to 32 bits, and adding it to the others is little work beside it.
constexpr int64_t kRowsPerBlock = 512;
// The more directions there are beside the wanted ones, the fewer rounds these take.
constexpr int64_t kFewestMore = 10;
constexpr int64_t kOneMoreOf = 4;
// Sums of squares that change by no more than this share of them stay as they are.
constexpr double kTolerance = 1e-7;
constexpr int kMostRounds = 50;

// The orthogonal matrix of the same directions.
Eigen::MatrixXd Orthonormal(const Eigen::MatrixXd& directions) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(directions);
  return qr.householderQ() * Eigen::MatrixXd::Identity(directions.rows(), directions.cols());
}

Eigen::MatrixXd RandomDirections(int64_t columns, int64_t count) {
  RandomStream stream(0, 0, "principal components");
  Eigen::MatrixXd directions(columns, count);
  for (double& number : directions.reshaped()) number = stream.Normal();
  return Orthonormal(directions);
}

// Adds the second moments of those rows times `directions` to `sum`.
void AddMoments(const FeatureRef& rows, const Eigen::RowVectorXd& centre, double scale,
                const Eigen::MatrixXf& directions, Eigen::MatrixXd& sum) {
  FeatureMatrix centred(std::min(kRowsPerBlock, rows.rows()), rows.cols());
  Eigen::MatrixXf along, moments;
  for (int64_t first = 0; first < rows.rows(); first += kRowsPerBlock) {
    const int64_t count = std::min(kRowsPerBlock, rows.rows() - first);
    for (int64_t row = 0; row < count; ++row) {
      centred.row(row) = ((rows.row(first + row).cast<double>() - centre) * scale).cast<float>();
    }
    along.noalias() = centred.topRows(count) * directions;
    moments.noalias() = centred.topRows(count).transpose() * along;
    sum += moments.cast<double>();
  }
}

// Parts of the rows that are summed up at the same time: by shape alone, and so that their sums fit into memory.
int64_t Parts(int64_t rows, int64_t numbers) {
  const int64_t blocks = (rows + kRowsPerBlock - 1) / kRowsPerBlock;
  return std::min(blocks, std::clamp<int64_t>((int64_t{1} << 23) / numbers, 2, 6));
}

Eigen::MatrixXd MomentsTimes(const FeatureRef& rows, const Eigen::RowVectorXd& centre, double scale,
                             const Eigen::MatrixXd& directions) {
  const int64_t parts = Parts(rows.rows(), directions.size());
  const Eigen::MatrixXf narrow = directions.cast<float>();
  std::vector<Eigen::MatrixXd> sums(static_cast<size_t>(parts));
  tbb::parallel_for(int64_t{0}, parts, [&](int64_t part) {
    const int64_t first = rows.rows() * part / parts;
    Eigen::MatrixXd& sum = sums[static_cast<size_t>(part)];
    sum.setZero(directions.rows(), directions.cols());
    AddMoments(rows.middleRows(first, rows.rows() * (part + 1) / parts - first), centre, scale, narrow, sum);
  });
  for (size_t part = 1; part < sums.size(); ++part) sums[0] += sums[part];
  return std::move(sums[0]);
}

}  // namespace

absl::StatusOr<LeadingDirections> FindLeadingDirections(const FeatureRef& rows, const Eigen::RowVectorXd& centre,
                                                        double scale, int64_t count) {
  const int64_t more = std::max(kFewestMore, count / kOneMoreOf);
  Eigen::MatrixXd directions = RandomDirections(rows.cols(), std::min({count + more, rows.rows(), rows.cols()}));
  LeadingDirections leading;
  for (int round = 1;; ++round) {
    Eigen::MatrixXd moments = MomentsTimes(rows, centre, scale, directions);
    const Eigen::MatrixXd seen = directions.transpose() * moments;
    ASSIGN_OR_RETURN(const SymmetricEigen solved, SolveSymmetric((seen + seen.transpose()) / 2));
    const Eigen::VectorXd squares = solved.values.head(count);
    // Where the rows vary in fewer directions than that, the rest is rounding, which never settles.
    const Eigen::ArrayXd nothing = kTolerance * squares.array().max(kTolerance * squares(0));
    const bool settled = round > 1 && ((squares - leading.squares).array().abs() <= nothing).all();
    leading.squares = squares;
    if (settled || round == kMostRounds) {
      leading.vectors = directions * solved.vectors.leftCols(count);
      return leading;
    }
    directions = Orthonormal(moments);
  }
}

}  // namespace parzen
