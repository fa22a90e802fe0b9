#include "worker/models/clusters/whitening.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "worker/linear/fixed_caches.h"

namespace parzen {
namespace {

// Rounding of a pivot, as a share of the variance that it is left of, for each feature before it.
constexpr double kPivotRounding = 0x1p-48;

}  // namespace

Whitening::Whitening(Eigen::MatrixXd factor) : factor_(std::move(factor)) {
  const int64_t size = factor_.rows();
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(size, size);
  factor_.triangularView<Eigen::Lower>().solveInPlace(inverse);
  for (int64_t panel = 0; panel < PanelCount(size); ++panel) {
    const int64_t first = panel * kPanelWidth, width = WidthOfPanel(panel, size);
    const int64_t columns = std::min(width, size - first), inputs = first + columns;
    std::vector<float> weights(static_cast<size_t>(inputs * width));
    for (int64_t input = 0; input < inputs; ++input) {
      for (int64_t lane = std::max<int64_t>(0, input - first); lane < columns; ++lane) {
        weights[static_cast<size_t>(input * width + lane)] = static_cast<float>(inverse(first + lane, input));
      }
    }
    panels_.push_back({first, width, inputs, GroupRuns({{0, inputs}}), std::move(weights)});
  }
}

double Whitening::LogDeterminant() const { return factor_.diagonal().array().log().sum(); }

double Whitening::Amplification(const Eigen::RowVectorXd& squares) const {
  double largest = 0;
  for (const Panel& panel : panels_) {
    for (int64_t lane = 0; lane < panel.width; ++lane) {
      double sum = 0;
      for (int64_t input = 0; input < panel.inputs; ++input) {
        const double weight = panel.weights[static_cast<size_t>(input * panel.width + lane)];
        sum += squares(input) * weight * weight;
      }
      if (!std::isfinite(sum)) return std::numeric_limits<double>::infinity();
      largest = std::max(largest, sum);
    }
  }
  return largest;
}

void Whitening::Apply(const PaddedRows<float>& rows, PaddedRows<float>& whitened) const {
  static constexpr float kZeros[kPanelWidth] = {};
  const RowGrid grid{rows.rows(), 1, rows.cols(), 0};
  for (const Panel& panel : panels_) {
    MultiplyRows(rows.data(), grid, panel.groups, panel.weights.data(), panel.width, kZeros,
                 whitened.data() + panel.first, whitened.cols());
  }
}

void Whitening::Apply(const PaddedRows<double>& rows, PaddedRows<double>& whitened) const {
  Eigen::MatrixXd columns = rows.leftCols(factor_.rows()).transpose();
  factor_.triangularView<Eigen::Lower>().solveInPlace(columns);
  whitened.leftCols(factor_.rows()) = columns.transpose();
  whitened.rightCols(whitened.cols() - factor_.rows()).setZero();
}

Eigen::RowVectorXd Whitening::Apply(const Eigen::RowVectorXd& row) const {
  return factor_.triangularView<Eigen::Lower>().solve(row.transpose()).transpose();
}

std::optional<Whitening> WhitenCovariance(const Eigen::MatrixXd& covariance) {
  const Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> solved(covariance);
  if (solved.info() != Eigen::Success) return std::nullopt;
  Eigen::MatrixXd factor = solved.matrixL();
  const double rounding = kPivotRounding * static_cast<double>(covariance.rows());
  const auto pivots = factor.diagonal().array().square();
  if (!(pivots > rounding * covariance.diagonal().array()).all()) return std::nullopt;
  return Whitening(std::move(factor));
}

}  // namespace parzen
