// Fits a Gaussian mixture by expectation and maximisation (Dempster, Laird and Rubin, 1977) from given shares of rows
// in components.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/clusters/gaussians.h"

namespace parzen {

struct MixtureFit {
  std::unique_ptr<Gaussians> gaussians;
  // Mean log-likelihood of a row before the last maximisation.
  double log_likelihood = -std::numeric_limits<double>::infinity();
  int iterations = 0;
  // Whether the last round changed it by less than the tolerance.
  bool converged = false;
};

// Told of the mean log-likelihood of a row in rounds 1, 2, ..., before their maximisation. False: ends, with Cancelled.
using ReportLogLikelihood = std::function<bool(int64_t round, double log_likelihood)>;

// components x rows: each row belongs to its label's component alone. Requires: labels in [0, components).
FeatureMatrix SharesOfLabels(absl::Span<const int32_t> labels, int components);
// components x rows: random numbers of [0, 1), divided by their sum for each row.
FeatureMatrix RandomShares(int64_t rows, int components, const RandomStream& stream);

// Maximises from `shares`, components x rows, where those of a row sum to 1; then each round is an expectation and a
// maximisation, until the mean log-likelihood changes by less than options.tolerance or there were
// options.max_iterations. Uses the task arena it is called in; the same bits for any number of threads.
// `stop_requested` is asked from any thread, one at a time. InvalidArgument: a covariance became singular; the message
// says which, and what would help. Cancelled: stop was requested, or the report returned false. Requires: a row, a
// feature; numbers that are finite.
absl::StatusOr<MixtureFit> FitMixture(const FeatureRef& rows, FeatureMatrix shares, const GaussianMixture& options,
                                      const std::function<bool()>& stop_requested,
                                      const ReportLogLikelihood& report = {});

}  // namespace parzen
