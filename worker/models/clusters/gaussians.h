// The components of a Gaussian mixture: their weights, their means, and one of four kinds of covariance.
//
// A kind knows how to learn components from rows that belong to each of them with a share (maximisation), and how far
// rows are from each (the work of expectation). Formulas: Bishop, Pattern Recognition and Machine Learning, 2006,
// equations 9.24 to 9.26; options.regularization is added to all variances. A component that no row has a share in has
// weight 0 and keeps its mean and covariance; one that never had any is at the mean of all rows.
//
// Rows are multiplied as 32-bit floats where rounding does not change what is learned, and in 64 bits otherwise, as the
// numbers of the component demand. Everything uses the task arena it is called in and gives the same bits for any
// number of threads. Threads: externally synchronised; const methods may be called from several.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/clusters/mixture_sums.h"
#include "worker/models/clusters/row_block.h"
#include "worker/models/stop_check.h"

namespace parzen {

class Gaussians {
 public:
  virtual ~Gaussians() = default;

  // From nothing: finds the means, then the rest. `shares`: components x rows; those of a row sum to 1. InvalidArgument
  // names a component whose covariance is singular, and what would help; Cancelled after a stop. The rows are those
  // that it was made for.
  absl::Status Start(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop);
  // The same from what there is.
  absl::Status Maximize(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop);

  // Squared distances of a block's rows from the components, in units of their covariances: distances[component *
  // block.rows() + row]. Those of components of weight 0 are left out; after a stop any may be.
  virtual void Distances(CentredBlock& block, StopCheck& stop, double* distances) const = 0;
  // Half the logarithm of the determinant of a component's covariance.
  virtual double LogDeterminant(int component) const = 0;
  // features x features, whatever the kind.
  virtual Eigen::MatrixXd Covariance(int component) const = 0;
  // How many numbers are learned for the covariances of all components.
  virtual int64_t CovarianceNumbers() const = 0;
  // Turns independent standard normal numbers into a row's difference from the component's mean.
  virtual Eigen::RowVectorXd Spread(int component, const Eigen::RowVectorXd& normals) const = 0;

  int components() const { return static_cast<int>(weights_.size()); }
  int64_t features() const { return centre_.size(); }
  // Sum to 1.
  const Eigen::VectorXd& weights() const { return weights_; }
  // components x features.
  const Eigen::MatrixXd& means() const { return means_; }
  // Of all rows; what blocks are taken less of.
  const Eigen::RowVectorXf& centre() const { return centre_; }

 protected:
  Gaussians(const FeatureRef& rows, const GaussianMixture& options);

  // Learns means, covariances, and as weights the sums of shares.
  virtual absl::Status Learn(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) = 0;

  // Calls `learn` for all components, several at a time. Cancelled, or the first failure in their order.
  absl::Status ForEachComponent(StopCheck& stop, const std::function<absl::Status(int component)>& learn) const;
  // Those of a component's rows about its mean.
  ComponentSums Sum(const FeatureRef& rows, const FeatureMatrix& shares, int component, SecondMoments second,
                    bool exact, StopCheck& stop) const;
  Eigen::RowVectorXd FromCentre(int component) const { return means_.row(component) - centre_.cast<double>(); }
  // Whether a variance is none, or no more than the rounding of a mean makes.
  bool IsNone(double variance, double mean) const;
  // Says which component's covariance is singular, and what would help. `share`: of the rows it has.
  absl::Status Singular(int component, double share) const;

  const GaussianMixture options_;
  const int64_t rows_;
  const Eigen::RowVectorXf centre_;
  Eigen::VectorXd weights_;
  Eigen::MatrixXd means_;
};

// One file a kind. Their components have unit covariance and no rows. Requires: a row, a feature and a component.
std::unique_ptr<Gaussians> MakeFullGaussians(const FeatureRef& rows, const GaussianMixture& options);
std::unique_ptr<Gaussians> MakeTiedGaussians(const FeatureRef& rows, const GaussianMixture& options);
// DIAGONAL and SPHERICAL.
std::unique_ptr<Gaussians> MakeDiagonalGaussians(const FeatureRef& rows, const GaussianMixture& options);

// Those of options.covariance().
std::unique_ptr<Gaussians> MakeGaussians(const FeatureRef& rows, const GaussianMixture& options);

}  // namespace parzen
