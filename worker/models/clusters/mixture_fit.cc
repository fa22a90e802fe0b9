#include "worker/models/clusters/mixture_fit.h"

#include <cmath>
#include <utility>

#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/models/clusters/expectation.h"
#include "worker/transforms/columns.h"

namespace parzen {

FeatureMatrix SharesOfLabels(absl::Span<const int32_t> labels, int components) {
  FeatureMatrix shares = FeatureMatrix::Zero(components, static_cast<int64_t>(labels.size()));
  for (size_t row = 0; row < labels.size(); ++row) shares(labels[row], static_cast<int64_t>(row)) = 1;
  return shares;
}

FeatureMatrix RandomShares(int64_t rows, int components, const RandomStream& stream) {
  FeatureMatrix shares(components, rows);
  ForEachRowBlock(rows, [&](int64_t block, int64_t first, int64_t count) {
    RandomStream of_block = stream.Fork(static_cast<uint64_t>(block));
    Eigen::VectorXd numbers(components);
    for (int64_t row = first; row < first + count; ++row) {
      double sum = 0;
      // 0, which no row may have of all components, is as rare as 1 would be.
      for (double& number : numbers) sum += number = 1 - of_block.Uniform();
      shares.col(row) = (numbers / sum).cast<float>();
    }
  });
  return shares;
}

absl::StatusOr<MixtureFit> FitMixture(const FeatureRef& rows, FeatureMatrix shares, const GaussianMixture& options,
                                      const std::function<bool()>& stop_requested, const ReportLogLikelihood& report) {
  StopCheck stop(stop_requested);
  MixtureFit fit{MakeGaussians(rows, options)};
  RETURN_IF_ERROR(fit.gaussians->Start(rows, shares, stop));
  while (!fit.converged && fit.iterations < options.max_iterations()) {
    const double before = fit.log_likelihood;
    fit.log_likelihood = Expect(*fit.gaussians, rows, &shares, stop);
    RETURN_IF_ERROR(fit.gaussians->Maximize(rows, shares, stop));
    ++fit.iterations;
    fit.converged = std::abs(fit.log_likelihood - before) < options.tolerance();
    if (report && !report(fit.iterations, fit.log_likelihood))
      return absl::CancelledError("training was asked to stop");
  }
  return fit;
}

}  // namespace parzen
