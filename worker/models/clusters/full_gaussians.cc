// Each component has a covariance matrix.
#include <optional>
#include <utility>
#include <vector>

#include "worker/models/clusters/gaussians.h"

namespace parzen {
namespace {

// A mean square of whitened features, were features independent, from which on products of 32-bit floats are not enough
// to learn a covariance: what of a feature is not known from others is a thousandth of its variance then.
constexpr double kSquareForFloatProducts = 1000;

class FullGaussians : public Gaussians {
 public:
  FullGaussians(const FeatureRef& rows, const GaussianMixture& options) : Gaussians(rows, options) {
    const Eigen::RowVectorXd ones = Eigen::RowVectorXd::Ones(features());
    const Shape unit{false, Whitening(ones.asDiagonal().toDenseMatrix()), RoundPlace(ones, 0 * ones, false)};
    shapes_.assign(static_cast<size_t>(components()), unit);
  }

  void Distances(CentredBlock& block, StopCheck& stop, double* distances) const override {
    for (int k = 0; k < components() && !stop.Stopped(); ++k, distances += block.rows()) {
      if (weights()(k) == 0) continue;
      WhitenedBlock whitened(block, shape(k).whitening);
      shape(k).place.Measure(whitened, distances);
    }
  }

  double LogDeterminant(int component) const override { return shape(component).whitening.LogDeterminant(); }

  Eigen::MatrixXd Covariance(int component) const override {
    const Eigen::MatrixXd& factor = shape(component).whitening.factor();
    return factor * factor.transpose();
  }

  int64_t CovarianceNumbers() const override { return components() * (features() * (features() + 1) / 2); }

  Eigen::RowVectorXd Spread(int component, const Eigen::RowVectorXd& normals) const override {
    return normals * shape(component).whitening.factor().transpose();
  }

 protected:
  absl::Status Learn(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) override {
    return ForEachComponent(stop, [&](int k) { return LearnComponent(k, rows, shares, stop); });
  }

 private:
  struct Shape {
    bool exact;  // learned from products of 64-bit floats, as it needed to be once
    Whitening whitening;
    RoundPlace place;
  };

  const Shape& shape(int component) const { return shapes_[static_cast<size_t>(component)]; }

  absl::Status LearnComponent(int k, const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) {
    Shape& before = shapes_[static_cast<size_t>(k)];
    const ComponentSums sums = Sum(rows, shares, k, SecondMoments::kOfPairs, before.exact, stop);
    weights_(k) = sums.share;
    if (sums.share == 0 || stop.Stopped()) return absl::OkStatus();
    const Eigen::RowVectorXd moved = sums.first / sums.share;
    const Eigen::RowVectorXd mean = means_.row(k) + moved;
    Eigen::MatrixXd covariance = sums.second / sums.share - moved.transpose() * moved;
    covariance.diagonal().array() += options_.regularization();
    std::optional<Shape> shape = MakeShape(covariance, mean, before.exact);
    if (shape.has_value()) {
      means_.row(k) = mean;
      before = *std::move(shape);
      return absl::OkStatus();
    }
    if (before.exact) return Singular(k, sums.share);
    before.exact = true;
    return LearnComponent(k, rows, shares, stop);
  }

  // nullopt: the covariance is singular, or it was not learned exactly enough.
  std::optional<Shape> MakeShape(const Eigen::MatrixXd& covariance, const Eigen::RowVectorXd& mean, bool exact) const {
    const Eigen::RowVectorXd variances = covariance.diagonal().transpose();
    for (int64_t column = 0; column < features(); ++column) {
      if (IsNone(variances(column), mean(column))) return std::nullopt;
    }
    std::optional<Whitening> whitening = WhitenCovariance(covariance);
    if (!whitening.has_value()) return std::nullopt;
    if (!exact && whitening->Amplification(variances) > kSquareForFloatProducts) return std::nullopt;
    const Eigen::RowVectorXd from_centre = mean - centre().cast<double>();
    const Eigen::RowVectorXd squares = variances.array() + from_centre.array().square();
    RoundPlace place(Eigen::RowVectorXd::Ones(features()), -whitening->Apply(from_centre),
                     whitening->Amplification(squares) > kSquareForFloats);
    return Shape{exact, *std::move(whitening), std::move(place)};
  }

  std::vector<Shape> shapes_;
};

}  // namespace

std::unique_ptr<Gaussians> MakeFullGaussians(const FeatureRef& rows, const GaussianMixture& options) {
  return std::make_unique<FullGaussians>(rows, options);
}

}  // namespace parzen
