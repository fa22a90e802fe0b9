// All components share one covariance matrix.
//
// It is that of all rows, which stays, less that of the means; where little is left of it, it is added up from the
// components' rows instead.
#include <optional>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "worker/models/clusters/gaussians.h"

namespace parzen {
namespace {

// A mean square of whitened features, were features independent, from which on a difference of covariances shows the
// rounding of shares, which are 32-bit floats.
constexpr double kSquareForDifference = 10000;

class TiedGaussians : public Gaussians {
 public:
  TiedGaussians(const FeatureRef& rows, const GaussianMixture& options)
      : Gaussians(rows, options),
        whitening_(Eigen::MatrixXd::Identity(features(), features())),
        places_(static_cast<size_t>(components()),
                RoundPlace(Eigen::RowVectorXd::Ones(features()), Eigen::RowVectorXd::Zero(features()), false)) {}

  void Distances(CentredBlock& block, StopCheck& stop, double* distances) const override {
    WhitenedBlock whitened(block, whitening_);
    for (int k = 0; k < components() && !stop.Stopped(); ++k, distances += block.rows()) {
      if (weights()(k) > 0) places_[static_cast<size_t>(k)].Measure(whitened, distances);
    }
  }

  double LogDeterminant(int) const override { return whitening_.LogDeterminant(); }

  Eigen::MatrixXd Covariance(int) const override { return whitening_.factor() * whitening_.factor().transpose(); }

  int64_t CovarianceNumbers() const override { return features() * (features() + 1) / 2; }

  Eigen::RowVectorXd Spread(int, const Eigen::RowVectorXd& normals) const override {
    return normals * whitening_.factor().transpose();
  }

 protected:
  absl::Status Learn(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) override {
    if (total_.size() == 0) RETURN_IF_ERROR(LearnTotal(rows, stop));
    if (!exact_) {
      const Eigen::MatrixXd means_before = means_;
      RETURN_IF_ERROR(LearnMeans(rows, shares, stop));
      if (TakeCovariance(CovarianceLeft())) return absl::OkStatus();
      means_ = means_before;
      exact_ = true;
    }
    ASSIGN_OR_RETURN(const Eigen::MatrixXd covariance, LearnWithin(rows, shares, stop));
    return TakeCovariance(covariance) ? absl::OkStatus() : Singular(0, weights_.sum());
  }

 private:
  // Squares of all rows about the centre.
  absl::Status LearnTotal(const FeatureRef& rows, StopCheck& stop) {
    const std::vector<float> ones(static_cast<size_t>(rows.rows()), 1.f);
    total_ = SumComponent(rows, ones, centre().cast<double>(), {SecondMoments::kOfPairs, true}, stop).second;
    return stop.Stopped() ? absl::CancelledError("training was asked to stop") : absl::OkStatus();
  }

  absl::Status LearnMeans(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) {
    return ForEachComponent(stop, [&](int k) {
      const ComponentSums sums = Sum(rows, shares, k, SecondMoments::kNone, true, stop);
      weights_(k) = sums.share;
      if (sums.share > 0) means_.row(k) += sums.first / sums.share;
      return absl::OkStatus();
    });
  }

  // What is left of that of all rows.
  Eigen::MatrixXd CovarianceLeft() const {
    Eigen::MatrixXd squares = total_;
    for (int k = 0; k < components(); ++k) {
      if (weights_(k) > 0) squares -= weights_(k) * FromCentre(k).transpose() * FromCentre(k);
    }
    return squares / weights_.sum();
  }

  // The means, and the covariance from the rows of each component.
  absl::StatusOr<Eigen::MatrixXd> LearnWithin(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) {
    Eigen::MatrixXd squares = Eigen::MatrixXd::Zero(features(), features());
    for (int k = 0; k < components(); ++k) {
      const ComponentSums sums = Sum(rows, shares, k, SecondMoments::kOfPairs, true, stop);
      if (stop.Stopped()) return absl::CancelledError("training was asked to stop");
      weights_(k) = sums.share;
      if (sums.share == 0) continue;
      const Eigen::RowVectorXd moved = sums.first / sums.share;
      means_.row(k) += moved;
      squares += sums.second - sums.share * moved.transpose() * moved;
    }
    return squares / weights_.sum();
  }

  // False: it is singular, or it was not learned exactly enough.
  bool TakeCovariance(Eigen::MatrixXd covariance) {
    covariance.diagonal().array() += options_.regularization();
    for (int64_t column = 0; column < features(); ++column) {
      if (IsNone(covariance(column, column), means_.col(column).cwiseAbs().maxCoeff())) return false;
    }
    std::optional<Whitening> whitening = WhitenCovariance(covariance);
    if (!whitening.has_value()) return false;
    const Eigen::RowVectorXd all = total_.diagonal().transpose() / weights_.sum();
    if (!exact_ && whitening->Amplification(all) > kSquareForDifference) return false;
    whitening_ = *std::move(whitening);
    Place(covariance.diagonal().transpose());
    return true;
  }

  void Place(const Eigen::RowVectorXd& variances) {
    const Eigen::MatrixXd from_centre = means_.rowwise() - centre().cast<double>();
    const Eigen::RowVectorXd furthest = from_centre.cwiseAbs2().colwise().maxCoeff();
    const bool exact = whitening_.Amplification(variances + furthest) > kSquareForFloats;
    const Eigen::RowVectorXd ones = Eigen::RowVectorXd::Ones(features());
    for (int k = 0; k < components(); ++k) {
      places_[static_cast<size_t>(k)] = RoundPlace(ones, -whitening_.Apply(from_centre.row(k)), exact);
    }
  }

  bool exact_ = false;  // added up from the components' rows, as it needed to be once
  Eigen::MatrixXd total_;
  Whitening whitening_;
  std::vector<RoundPlace> places_;
};

}  // namespace

std::unique_ptr<Gaussians> MakeTiedGaussians(const FeatureRef& rows, const GaussianMixture& options) {
  return std::make_unique<TiedGaussians>(rows, options);
}

}  // namespace parzen
