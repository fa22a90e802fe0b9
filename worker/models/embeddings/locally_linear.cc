#include "worker/models/embeddings/locally_linear.h"

#include <cmath>
#include <functional>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/models/embeddings/leading_eigenvectors.h"
#include "worker/models/embeddings/other_neighbors.h"
#include "worker/models/embeddings/reconstruction.h"
#include "worker/models/embeddings/sparse_cholesky.h"
#include "worker/models/stop_check.h"

namespace parzen {
namespace {

constexpr int kMostDimensions = 3;
constexpr int kMostNeighbors = 1000;
constexpr int64_t kMostRows = int64_t{1} << 31;
constexpr int64_t kMostWeights = int64_t{1} << 25;  // of all rows together
// The matrix is singular, for the constant vector: so much of its mean diagonal is added before it is factored, and
// more where rounding took that. It moves eigenvalues and leaves eigenvectors as they are.
constexpr double kFirstShift = 1e-12;
constexpr double kMostShift = 1e-6;
constexpr double kMoreShift = 100;
constexpr double kTolerance = 1e-10;
constexpr int64_t kBasis = 20;
constexpr int64_t kMostRestarts = 300;

double MeanDiagonal(const SparseRows& matrix) {
  double sum = 0;
  for (size_t row = 0; row + 1 < matrix.begins.size(); ++row) {
    for (size_t i = matrix.begins[row]; i < matrix.begins[row + 1]; ++i) {
      if (matrix.columns[i] == static_cast<int32_t>(row)) sum += matrix.values[i];
    }
  }
  return sum / static_cast<double>(matrix.rows());
}

absl::StatusOr<SparseCholesky> Factored(const SparseRows& matrix, const std::function<bool()>& stop) {
  ASSIGN_OR_RETURN(SparseCholesky factor, SparseCholesky::Plan(matrix, stop));
  const double diagonal = MeanDiagonal(matrix);
  for (double shift = kFirstShift;; shift *= kMoreShift) {
    const absl::Status factored = factor.Factor(shift * diagonal, stop);
    if (factored.ok()) return factor;
    if (!absl::IsFailedPrecondition(factored)) return factored;
    if (shift >= kMostShift) return absl::InternalError("locally_linear: the residuals have no factor");
  }
}

// Those of the smallest eigenvalues of residuals' * residuals, without the constant one.
absl::StatusOr<Eigen::MatrixXd> LastEigenvectors(const SparseRows& residuals, int64_t count,
                                                 const std::function<bool()>& stop) {
  ASSIGN_OR_RETURN(const SparseRows square, SquareOf(residuals, stop));
  ASSIGN_OR_RETURN(const SparseCholesky factor, Factored(square, stop));
  const SymmetricProduct inverse = [&factor](const Eigen::VectorXd& x, Eigen::VectorXd& y) {
    y = x;
    factor.Solve(y);
  };
  const double rows = static_cast<double>(square.rows());
  const Eigen::VectorXd constant = Eigen::VectorXd::Constant(square.rows(), 1 / std::sqrt(rows));
  ASSIGN_OR_RETURN(const std::optional<Eigen::MatrixXd> vectors,
                   LeadingEigenvectors(inverse, constant, {count, kBasis, kTolerance, kMostRestarts}, stop));
  if (vectors.has_value()) return *vectors;
  return absl::InternalError(
      absl::StrCat("locally_linear: eigenvectors are not found after ", kMostRestarts, " restarts"));
}

class LocallyLinearEmbedder : public Embedder {
 public:
  explicit LocallyLinearEmbedder(const LocallyLinear& options) : options_(options) {}

  absl::StatusOr<FeatureMatrix> Embed(const FeatureRef& rows, UnlabelledContext& context,
                                      TrainMetrics& metrics) const override {
    (void)metrics;
    RETURN_IF_ERROR(CheckSize(rows));
    StopCheck check(context.stop_requested);
    const std::function<bool()> stop = [&check] { return check.Stopped(); };
    ASSIGN_OR_RETURN(const NeighborLists neighbors, OtherNeighbors(rows, options_.neighbors(), stop));
    absl::StatusOr<SparseRows> residuals = Residuals(rows, neighbors, options_.regularization(), stop);
    if (absl::IsInvalidArgument(residuals.status())) {
      return absl::InvalidArgumentError(absl::StrCat("locally_linear: ", residuals.status().message()));
    }
    RETURN_IF_ERROR(residuals.status());
    RETURN_IF_ERROR(CheckGroups(*residuals));
    const absl::StatusOr<Eigen::MatrixXd> places = LastEigenvectors(*residuals, options_.dimensions(), stop);
    if (absl::IsResourceExhausted(places.status())) {
      return absl::InvalidArgumentError(absl::StrCat("locally_linear: ", places.status().message(), "; ", rows.rows(),
                                                     " rows of ", options_.neighbors(),
                                                     " neighbors are too many: take fewer of either"));
    }
    RETURN_IF_ERROR(places.status());
    return FeatureMatrix((*places * std::sqrt(static_cast<double>(rows.rows()))).cast<float>());
  }

 private:
  absl::Status CheckSize(const FeatureRef& rows) const {
    if (rows.cols() == 0 || rows.rows() >= kMostRows) {
      return absl::InvalidArgumentError(absl::StrCat("locally_linear needs at least one feature, and fewer than ",
                                                     kMostRows, " rows; got ", rows.rows(), " rows of ", rows.cols(),
                                                     " features"));
    }
    if (options_.neighbors() >= rows.rows()) {
      return absl::InvalidArgumentError(absl::StrCat("locally_linear.neighbors: ", options_.neighbors(),
                                                     " others must be fewer than the rows, which are ", rows.rows()));
    }
    if (options_.dimensions() >= rows.rows()) {
      return absl::InvalidArgumentError(absl::StrCat("locally_linear.dimensions: ", options_.dimensions(),
                                                     " must be fewer than the rows, which are ", rows.rows()));
    }
    if (rows.rows() * options_.neighbors() > kMostWeights) {
      return absl::InvalidArgumentError(absl::StrCat("locally_linear.neighbors: ", options_.neighbors(), " of each of ",
                                                     rows.rows(), " rows are together more than ", kMostWeights));
    }
    return absl::OkStatus();
  }

  absl::Status CheckGroups(const SparseRows& residuals) const {
    const int64_t groups = CountGroups(residuals);
    if (groups == 1) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "locally_linear: the neighbours form ", groups, " groups that do not hang together; more neighbors than ",
        options_.neighbors(), " may join them, or leave out rows that are far from all others"));
  }

  const LocallyLinear options_;
};

const bool registered = Registry<EmbedderFactory>::Global().Add("locally_linear", &MakeLocallyLinear);

}  // namespace

absl::StatusOr<std::unique_ptr<Embedder>> MakeLocallyLinear(const TrainSpec& spec) {
  const LocallyLinear& options = spec.locally_linear();
  if (options.dimensions() < 1 || options.dimensions() > kMostDimensions) {
    return absl::InvalidArgumentError(
        absl::StrCat("locally_linear.dimensions: ", options.dimensions(), " is not between 1 and ", kMostDimensions));
  }
  if (options.neighbors() < 1 || options.neighbors() > kMostNeighbors) {
    return absl::InvalidArgumentError(
        absl::StrCat("locally_linear.neighbors: ", options.neighbors(), " is not between 1 and ", kMostNeighbors));
  }
  if (!(options.regularization() > 0) || std::isinf(options.regularization())) {
    return absl::InvalidArgumentError(
        absl::StrCat("locally_linear.regularization: ", options.regularization(), " is not above 0"));
  }
  return std::make_unique<LocallyLinearEmbedder>(options);
}

}  // namespace parzen
