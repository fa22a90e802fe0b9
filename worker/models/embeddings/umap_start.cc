#include "worker/models/embeddings/umap_start.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/models/embeddings/leading_eigenvectors.h"
#include "worker/transforms/columns.h"
#include "worker/transforms/leading_directions.h"

namespace parzen {
namespace {

constexpr double kExtent = 10;
constexpr double kNoise = 1e-4;
constexpr int64_t kMostRowsForDirections = 4096;
// Of the spectral start: it is a beginning, and need not be exact.
constexpr double kTolerance = 1e-4;
constexpr int64_t kBasis = 40;
constexpr int64_t kMostRestarts = 40;

// The square root of what each row has altogether.
Eigen::VectorXd RootsOfDegrees(const SparseRows& graph) {
  Eigen::VectorXd roots(graph.rows());
  for (size_t row = 0; row + 1 < graph.begins.size(); ++row) {
    double degree = 0;
    for (size_t i = graph.begins[row]; i < graph.begins[row + 1]; ++i) degree += graph.values[i];
    roots(static_cast<int64_t>(row)) = std::sqrt(degree);
  }
  return roots;
}

// nullopt: they are not found. Requires: one group.
absl::StatusOr<std::optional<Eigen::MatrixXd>> SpectralPlaces(const SparseRows& graph, int64_t dimensions,
                                                              const std::function<bool()>& stop) {
  const Eigen::VectorXd roots = RootsOfDegrees(graph);
  // 2 - the Laplacian, whose eigenvalues are in [0, 2].
  const SymmetricProduct product = [&](const Eigen::VectorXd& x, Eigen::VectorXd& y) {
    const Eigen::VectorXd scaled = x.cwiseQuotient(roots);
    tbb::parallel_for(int64_t{0}, graph.rows(), [&](int64_t row) {
      const size_t* const begins = graph.begins.data() + row;
      double sum = 0;
      for (size_t i = begins[0]; i < begins[1]; ++i) sum += graph.values[i] * scaled(graph.columns[i]);
      y(row) = x(row) + sum / roots(row);
    });
  };
  return LeadingEigenvectors(product, roots.normalized(), {dimensions, kBasis, kTolerance, kMostRestarts}, stop);
}

// At most so many rows, evenly chosen.
FeatureMatrix SomeRows(const FeatureRef& rows, int64_t most) {
  const int64_t count = std::min<int64_t>(most, rows.rows());
  FeatureMatrix some(count, rows.cols());
  for (int64_t i = 0; i < count; ++i) some.row(i) = rows.row(i * rows.rows() / count);
  return some;
}

// The power of two that brings the largest distance to the means near 1, so that squares neither overflow nor vanish.
double ScaleOf(const FeatureRef& rows, const Eigen::RowVectorXd& means) {
  const ColumnRanges ranges = RangesOfColumns(rows);
  const double largest =
      std::max((ranges.high.cast<double>() - means).maxCoeff(), (means - ranges.low.cast<double>()).maxCoeff());
  return largest > 0 ? std::exp2(-std::ilogb(largest)) : 1;
}

absl::StatusOr<Eigen::MatrixXd> PrincipalPlaces(const FeatureRef& rows, int64_t dimensions) {
  const FeatureMatrix some = SomeRows(rows, kMostRowsForDirections);
  const Eigen::RowVectorXd means = MeansOfColumns(rows);
  const double scale = ScaleOf(rows, means);
  ASSIGN_OR_RETURN(LeadingDirections leading,
                   FindLeadingDirections(some, means, scale, std::min({dimensions, some.rows(), some.cols()})));
  for (auto vector : leading.vectors.colwise()) {
    Eigen::Index largest = 0;
    vector.cwiseAbs().maxCoeff(&largest);
    if (vector(largest) < 0) vector = -vector;
  }
  Eigen::MatrixXd places(rows.rows(), leading.vectors.cols());
  tbb::parallel_for(int64_t{0}, int64_t{rows.rows()}, [&](int64_t row) {
    places.row(row) = ((rows.row(row).cast<double>() - means) * scale) * leading.vectors;
  });
  return places;
}

FeatureMatrix Extended(const Eigen::MatrixXd& places, int64_t dimensions, RandomStream stream) {
  Eigen::MatrixXd extended = Eigen::MatrixXd::Zero(places.rows(), dimensions);
  for (int64_t i = 0; i < std::min<int64_t>(places.cols(), dimensions); ++i) {
    const double low = places.col(i).minCoeff(), high = places.col(i).maxCoeff();
    if (high > low) extended.col(i) = (places.col(i).array() - (low + high) / 2) * (kExtent / (high - low));
  }
  for (int64_t row = 0; row < extended.rows(); ++row) {
    for (int64_t i = 0; i < dimensions; ++i) extended(row, i) += kNoise * stream.Normal();
  }
  return extended.cast<float>();
}

FeatureMatrix RandomPlaces(int64_t rows, int64_t dimensions, RandomStream stream) {
  FeatureMatrix places(rows, dimensions);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < dimensions; ++i) places(row, i) = static_cast<float>(stream.Uniform(-kExtent, kExtent));
  }
  return places;
}

}  // namespace

absl::StatusOr<FeatureMatrix> StartPlaces(Umap::Start start, const FeatureRef& rows, const SparseRows& graph,
                                          int64_t dimensions, RandomStream stream, const std::function<bool()>& stop) {
  if (start == Umap::RANDOM) return RandomPlaces(rows.rows(), dimensions, std::move(stream));
  if (start == Umap::SPECTRAL && CountGroups(graph) == 1) {
    ASSIGN_OR_RETURN(const std::optional<Eigen::MatrixXd> places,
                     SpectralPlaces(graph, std::min(dimensions, graph.rows() - 1), stop));
    if (places.has_value()) return Extended(*places, dimensions, std::move(stream));
  }
  ASSIGN_OR_RETURN(const Eigen::MatrixXd places, PrincipalPlaces(rows, dimensions));
  return Extended(places, dimensions, std::move(stream));
}

}  // namespace parzen
