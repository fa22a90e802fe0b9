// Learns a kernel support vector machine: one problem for each pair of classes, many at a time.
#pragma once

#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/models/stop_check.h"
#include "worker/models/svm/pair_votes.h"
#include "worker/models/svm/support_vectors.h"
#include "worker/models/svm/svm_data.h"

namespace parzen {

// Pairs grow with the square of the classes.
inline constexpr int kMostSvmClasses = 1000;

struct SvmFit {
  SupportVectors vectors;
  std::vector<Sigmoid> sigmoids;  // of each pair, when probabilities are wanted
  int64_t steps = 0;              // of all pairs
  bool converged = true;          // all pairs
};

// Requires: finite features and two or more classes. InvalidArgument: kernel values beyond 32-bit floats, or more
// classes than pairs can be made of. Cancelled when stopped. `weights`: of the classes of `by_class`. `stream` draws
// the folds that probabilities are learned on. Uses TBB.
//
// Memory: the features once more, options.cache_mib of kernel values, for each thread at most that much again (a
// working set of 512 rows), and what SupportVectors takes.
absl::StatusOr<SvmFit> FitSvm(const FeatureRef& features, RowsByClass by_class, const std::vector<double>& weights,
                              const Svm& options, const RandomStream& stream, StopCheck& stop);

}  // namespace parzen
