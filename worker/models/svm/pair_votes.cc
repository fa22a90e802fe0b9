#include "worker/models/svm/pair_votes.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace parzen {
namespace {

// ln(1 + exp(x)) without overflow.
double LogOnePlusExp(double x) { return std::max(x, 0.) + std::log1p(std::exp(-std::abs(x))); }

// The negative log likelihood of a sigmoid with its derivatives.
struct SigmoidLoss {
  double loss = 0;
  double by_slope = 0, by_offset = 0;
  double by_slope_twice = 0, by_both = 0, by_offset_twice = 0;
};

SigmoidLoss Measure(const Sigmoid& sigmoid, absl::Span<const double> decisions, absl::Span<const bool> is_first,
                    double target_first, double target_second) {
  SigmoidLoss sum;
  for (size_t i = 0; i < decisions.size(); ++i) {
    const double target = is_first[i] ? target_first : target_second;
    const double exponent = sigmoid.slope * decisions[i] + sigmoid.offset;
    sum.loss += LogOnePlusExp(exponent) - (1 - target) * exponent;
    const double p = sigmoid(decisions[i]), curvature = p * (1 - p);
    sum.by_slope += (target - p) * decisions[i];
    sum.by_offset += target - p;
    sum.by_slope_twice += curvature * decisions[i] * decisions[i];
    sum.by_both += curvature * decisions[i];
    sum.by_offset_twice += curvature;
  }
  return sum;
}

}  // namespace

double Sigmoid::operator()(double decision) const {
  const double exponent = slope * decision + offset;
  const double small = std::exp(-std::abs(exponent));
  return (exponent >= 0 ? small : 1) / (1 + small);
}

Sigmoid FitSigmoid(absl::Span<const double> decisions, absl::Span<const bool> is_first) {
  constexpr int kMostSteps = 100;
  constexpr double kSmallGradient = 1e-5, kLeastStep = 1e-10, kRidge = 1e-12, kEnoughDescent = 1e-4;
  const double first = static_cast<double>(std::count(is_first.begin(), is_first.end(), true));
  const double second = static_cast<double>(is_first.size()) - first;
  const double target_first = (first + 1) / (first + 2), target_second = 1 / (second + 2);
  Sigmoid sigmoid{0, std::log((second + 1) / (first + 1))};
  const auto measure = [&](const Sigmoid& s) { return Measure(s, decisions, is_first, target_first, target_second); };
  SigmoidLoss at = measure(sigmoid);
  for (int step = 0; step < kMostSteps; ++step) {
    if (std::abs(at.by_slope) < kSmallGradient && std::abs(at.by_offset) < kSmallGradient) break;
    const double h11 = at.by_slope_twice + kRidge, h22 = at.by_offset_twice + kRidge;
    const double determinant = h11 * h22 - at.by_both * at.by_both;
    const double d_slope = -(h22 * at.by_slope - at.by_both * at.by_offset) / determinant;
    const double d_offset = -(h11 * at.by_offset - at.by_both * at.by_slope) / determinant;
    const double descent = at.by_slope * d_slope + at.by_offset * d_offset;
    double length = 1;
    SigmoidLoss next;
    Sigmoid candidate;
    for (; length >= kLeastStep; length /= 2) {
      candidate = {sigmoid.slope + length * d_slope, sigmoid.offset + length * d_offset};
      next = measure(candidate);
      if (next.loss < at.loss + kEnoughDescent * length * descent) break;
    }
    if (length < kLeastStep) break;
    sigmoid = candidate;
    at = next;
  }
  return sigmoid;
}

void ShareVotes(absl::Span<const double> decisions, absl::Span<double> shares) {
  std::vector<double> sums(shares.size(), 0);
  std::fill(shares.begin(), shares.end(), 1. / 3);
  size_t pair = 0;
  for (size_t a = 0; a < shares.size(); ++a) {
    for (size_t b = a + 1; b < shares.size(); ++b, ++pair) {
      shares[decisions[pair] > 0 ? a : b] += 1;
      if (!std::isfinite(decisions[pair])) continue;
      sums[a] += decisions[pair];
      sums[b] -= decisions[pair];
    }
  }
  for (size_t c = 0; c < shares.size(); ++c) shares[c] += sums[c] / (3 * (std::abs(sums[c]) + 1));
  const double total = std::accumulate(shares.begin(), shares.end(), 0.);
  for (double& share : shares) share = std::max(share / total, 0.);
}

void CouplePairs(absl::Span<const double> of_first, absl::Span<double> probabilities) {
  const int64_t classes = static_cast<int64_t>(probabilities.size());
  Eigen::MatrixXd q = Eigen::MatrixXd::Zero(classes, classes);
  size_t pair = 0;
  for (int64_t a = 0; a < classes; ++a) {
    for (int64_t b = a + 1; b < classes; ++b, ++pair) {
      const double of_a = of_first[pair], of_b = 1 - of_a;
      q(a, a) += of_b * of_b;
      q(b, b) += of_a * of_a;
      q(a, b) = q(b, a) = -of_a * of_b;
    }
  }
  Eigen::Map<Eigen::VectorXd> p(probabilities.data(), classes);
  p.setConstant(1. / static_cast<double>(classes));
  const double close_enough = .005 / static_cast<double>(classes);
  for (int64_t round = 0; round < std::max<int64_t>(100, classes); ++round) {
    Eigen::VectorXd qp = q * p;
    double pqp = p.dot(qp);
    if ((qp.array() - pqp).abs().maxCoeff() < close_enough) break;
    for (int64_t t = 0; t < classes; ++t) {
      const double change = (pqp - qp[t]) / q(t, t);
      const double scale = 1 / (1 + change);
      pqp = (pqp + change * (change * q(t, t) + 2 * qp[t])) * scale * scale;
      qp = (qp + change * q.col(t)) * scale;
      p[t] += change;
      p *= scale;
    }
  }
}

}  // namespace parzen
