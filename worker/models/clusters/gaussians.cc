#include "worker/models/clusters/gaussians.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/transforms/columns.h"

namespace parzen {

Gaussians::Gaussians(const FeatureRef& rows, const GaussianMixture& options)
    : options_(options),
      rows_(rows.rows()),
      centre_(MeansOfColumns(rows).cast<float>()),
      weights_(Eigen::VectorXd::Zero(options.components())),
      means_(centre_.cast<double>().replicate(options.components(), 1)) {}

absl::Status Gaussians::Start(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) {
  RETURN_IF_ERROR(ForEachComponent(stop, [&](int k) {
    const ComponentSums sums = Sum(rows, shares, k, SecondMoments::kNone, true, stop);
    if (sums.share > 0) means_.row(k) += sums.first / sums.share;
    return absl::OkStatus();
  }));
  return Maximize(rows, shares, stop);
}

absl::Status Gaussians::Maximize(const FeatureRef& rows, const FeatureMatrix& shares, StopCheck& stop) {
  RETURN_IF_ERROR(Learn(rows, shares, stop));
  weights_ /= weights_.sum();
  return absl::OkStatus();
}

absl::Status Gaussians::ForEachComponent(StopCheck& stop,
                                         const std::function<absl::Status(int component)>& learn) const {
  std::vector<absl::Status> learned(static_cast<size_t>(components()));
  tbb::parallel_for(0, components(), [&](int k) {
    if (!stop.Stopped()) learned[static_cast<size_t>(k)] = learn(k);
  });
  if (stop.Stopped()) return absl::CancelledError("training was asked to stop");
  const auto failure = std::find_if(learned.begin(), learned.end(), [](const absl::Status& s) { return !s.ok(); });
  return failure == learned.end() ? absl::OkStatus() : *failure;
}

ComponentSums Gaussians::Sum(const FeatureRef& rows, const FeatureMatrix& shares, int component, SecondMoments second,
                             bool exact, StopCheck& stop) const {
  const absl::Span<const float> of_rows(shares.row(component).data(), static_cast<size_t>(shares.cols()));
  return SumComponent(rows, of_rows, means_.row(component), {second, exact}, stop);
}

bool Gaussians::IsNone(double variance, double mean) const {
  constexpr double kRounding = 0x1p-50;
  const double least = options_.regularization() > 0 ? 0 : kRounding * std::abs(mean);
  return !(variance > least * least);
}

absl::Status Gaussians::Singular(int component, double share) const {
  const std::string whose = options_.covariance() == GaussianMixture::TIED
                                ? absl::StrCat("all ", components(), " components")
                                : absl::StrCat("component ", component, " of 0 to ", components() - 1);
  return absl::InvalidArgumentError(absl::StrCat(
      "gaussian_mixture: the covariance of ", whose, " is singular: ", share, " of ", rows_,
      " rows do not spread in all ", features(), " features. A larger regularization than ", options_.regularization(),
      " would help, fewer components, a covariance with fewer numbers, or transform { pca } to fewer features"));
}

std::unique_ptr<Gaussians> MakeGaussians(const FeatureRef& rows, const GaussianMixture& options) {
  switch (options.covariance()) {
    case GaussianMixture::FULL:
      return MakeFullGaussians(rows, options);
    case GaussianMixture::TIED:
      return MakeTiedGaussians(rows, options);
    case GaussianMixture::DIAGONAL:
    case GaussianMixture::SPHERICAL:
      break;
  }
  return MakeDiagonalGaussians(rows, options);
}

}  // namespace parzen
