#include "worker/models/embeddings/leading_eigenvectors.h"

#include <algorithm>
#include <utility>

#include "Spectra/SymEigsSolver.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "worker/linear/fixed_caches.h"
#include "worker/linear/symmetric_eigen.h"

namespace parzen {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// Up to which all eigenvectors are found.
constexpr int64_t kFewRows = 128;

// Spectra has no other way to end early.
struct StopAsked {};

// P A P, where P takes out what lies along the known vector; as Spectra asks for it.
class Operator {
 public:
  using Scalar = double;

  Operator(const SymmetricProduct& product, const VectorXd& known, const std::function<bool()>& stop)
      : product_(product), known_(known), stop_(stop), y_(known.size()) {}

  Eigen::Index rows() const { return known_.size(); }
  Eigen::Index cols() const { return known_.size(); }

  void perform_op(const double* x, double* y) const {
    if (stop_()) throw StopAsked();
    x_ = WithoutKnown(Eigen::Map<const VectorXd>(x, rows()));
    product_(x_, y_);
    Eigen::Map<VectorXd>(y, rows()) = WithoutKnown(y_);
  }

  const VectorXd& known() const { return known_; }
  VectorXd WithoutKnown(const VectorXd& x) const { return x - known_.dot(x) * known_; }

 private:
  const SymmetricProduct& product_;
  const VectorXd& known_;
  const std::function<bool()>& stop_;
  mutable VectorXd x_, y_;
};

absl::StatusOr<MatrixXd> FirstOfAll(const Operator& projected, int64_t count) {
  MatrixXd matrix(projected.rows(), projected.rows());
  for (int64_t i = 0; i < matrix.cols(); ++i) {
    const VectorXd unit = VectorXd::Unit(matrix.rows(), i);
    projected.perform_op(unit.data(), matrix.col(i).data());
  }
  // The known one has 0, as others may have: below that it is the last.
  const MatrixXd symmetric =
      (matrix + matrix.transpose()) / 2 - (1 + matrix.norm()) * projected.known() * projected.known().transpose();
  ASSIGN_OR_RETURN(const SymmetricEigen solved, SolveSymmetric(symmetric));
  return MatrixXd(solved.vectors.leftCols(count));
}

std::optional<MatrixXd> ByLanczos(Operator& projected, const EigenSearch& search) {
  Spectra::SymEigsSolver<Operator> solver(projected, search.count, std::min<int64_t>(search.basis, projected.rows()));
  RandomStream stream(0, 0, "start of the search for eigenvectors");
  VectorXd start(projected.rows());
  for (double& number : start) number = stream.Normal();
  start = projected.WithoutKnown(start);
  solver.init(start.data());
  solver.compute(Spectra::SortRule::LargestAlge, search.most_restarts, search.tolerance);
  if (solver.info() != Spectra::CompInfo::Successful) return std::nullopt;
  return solver.eigenvectors();
}

}  // namespace

absl::StatusOr<std::optional<MatrixXd>> LeadingEigenvectors(const SymmetricProduct& product, const VectorXd& known,
                                                            const EigenSearch& search,
                                                            const std::function<bool()>& stop) {
  Operator projected(product, known, stop);
  std::optional<MatrixXd> vectors;
  try {
    if (known.size() > kFewRows) {
      vectors = ByLanczos(projected, search);
    } else {
      ASSIGN_OR_RETURN(vectors, FirstOfAll(projected, search.count));
    }
  } catch (const StopAsked&) {
    return absl::CancelledError("training was asked to stop");
  }
  if (!vectors.has_value()) return std::nullopt;
  for (auto vector : vectors->colwise()) {
    Eigen::Index largest = 0;
    vector.cwiseAbs().maxCoeff(&largest);
    if (vector(largest) < 0) vector = -vector;
  }
  return vectors;
}

}  // namespace parzen
