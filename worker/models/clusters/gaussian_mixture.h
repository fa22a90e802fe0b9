// A mixture of Gaussians as a clusterer: a row's cluster is its most probable component.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/clusters/mixture_fit.h"

namespace parzen {

// InvalidArgument names the option that no data could make right.
absl::Status CheckGaussianMixture(const GaussianMixture& options);

// The start that ends most likely, the first of equals; its random numbers are those of stream.Fork(its number). One
// start reports each of its rounds; several report, after each of them, the best so far. Uses the task arena it is
// called in; the same bits for any number of threads. InvalidArgument: wrong options, fewer rows than components, too
// many numbers to learn, numbers that are not finite, a covariance that became singular. Cancelled: stop was requested,
// or the report returned false.
absl::StatusOr<MixtureFit> RunGaussianMixture(const FeatureRef& rows, const GaussianMixture& options,
                                              const RandomStream& stream, const std::function<bool()>& stop_requested,
                                              const ReportLogLikelihood& report = {});

// How well a mixture describes rows for the numbers it has, lower is better (Akaike, 1974; Schwarz, 1978).
// `log_likelihood`: the mean of those rows.
struct InformationCriteria {
  double aic, bic;
};
InformationCriteria CriteriaOf(const Gaussians& gaussians, int64_t rows, double log_likelihood);

// `count` rows drawn from a mixture: count x features.
FeatureMatrix SampleMixture(const Gaussians& gaussians, int64_t count, RandomStream& stream);

}  // namespace parzen
