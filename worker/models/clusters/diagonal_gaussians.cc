// Each component has a variance for each feature, or one for all of them, their mean.
#include <utility>
#include <vector>

#include "worker/models/clusters/gaussians.h"

namespace parzen {
namespace {

class DiagonalGaussians : public Gaussians {
 public:
  DiagonalGaussians(const FeatureRef& rows, const GaussianMixture& options)
      : Gaussians(rows, options), variances_(Eigen::MatrixXd::Ones(components(), features())) {
    for (int k = 0; k < components(); ++k) places_.push_back(Place(k));
  }

  void Distances(CentredBlock& block, StopCheck& stop, double* distances) const override {
    for (int k = 0; k < components() && !stop.Stopped(); ++k, distances += block.rows()) {
      if (weights()(k) > 0) places_[static_cast<size_t>(k)].Measure(block, distances);
    }
  }

  double LogDeterminant(int component) const override { return variances_.row(component).array().log().sum() / 2; }

  Eigen::MatrixXd Covariance(int component) const override { return variances_.row(component).asDiagonal(); }

  int64_t CovarianceNumbers() const override { return components() * (IsSpherical() ? 1 : features()); }

  Eigen::RowVectorXd Spread(int component, const Eigen::RowVectorXd& normals) const override {
    return normals.cwiseProduct(variances_.row(component).cwiseSqrt());
  }

 protected:
  absl::Status Learn(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) override {
    return ForEachComponent(stop, [&](int k) { return LearnComponent(k, rows, shares, stop); });
  }

 private:
  bool IsSpherical() const { return options_.covariance() == GaussianMixture::SPHERICAL; }

  absl::Status LearnComponent(int k, const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) {
    const ComponentSums sums = Sum(rows, shares, k, SecondMoments::kOfFeatures, true, stop);
    weights_(k) = sums.share;
    if (sums.share == 0 || stop.Stopped()) return absl::OkStatus();
    const Eigen::RowVectorXd moved = sums.first / sums.share;
    means_.row(k) += moved;
    Eigen::RowVectorXd variances = sums.second / sums.share - moved.cwiseAbs2();
    variances.array() += options_.regularization();
    if (IsSpherical()) variances.setConstant(variances.mean());
    for (int64_t column = 0; column < features(); ++column) {
      if (IsNone(variances(column), means_(k, column))) return Singular(k, sums.share);
    }
    variances_.row(k) = variances;
    places_[static_cast<size_t>(k)] = Place(k);
    return absl::OkStatus();
  }

  RoundPlace Place(int k) const {
    const Eigen::RowVectorXd scale = variances_.row(k).cwiseSqrt().cwiseInverse();
    const Eigen::RowVectorXd offset = FromCentre(k).cwiseProduct(scale);
    return RoundPlace(scale, -offset, !(offset.cwiseAbs2().maxCoeff() < kSquareForFloats));
  }

  Eigen::MatrixXd variances_;  // components x features
  std::vector<RoundPlace> places_;
};

}  // namespace

std::unique_ptr<Gaussians> MakeDiagonalGaussians(const FeatureRef& rows, const GaussianMixture& options) {
  return std::make_unique<DiagonalGaussians>(rows, options);
}

}  // namespace parzen
