// The options of the tree-structured Parzen estimator, resolved from a study file, and the rules of thumb that it is
// made of, as pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "proto/study.pb.h"

namespace parzen {

// How kernels are laid around observations.
struct KernelOptions {
  double prior_weight = 1;  // of the kernel that covers the whole range, in observations
  bool magic_clip = true;   // kernels are not narrower than a share of the range ...
  double narrowest = 0.01;  // ... which never falls below this
  double width_factor = 1;  // of every width, after that
  bool endpoints = false;   // the range's ends are neighbours of the outermost observations
  bool recency = true;      // old observations weigh less, unless weights are given
};

struct TpeOptions {
  int32_t startup_trials = 10;
  bool even_startup = false;  // these are points of a Sobol sequence
  int32_t candidates = 24;
  bool multivariate = true;
  bool group = false;
  bool constant_liar = true;
  double good_share = 0.1;  // of the observations
  size_t most_good = 25;
  bool improvement = false;  // good trials weigh as much as they are better than the best of the others
  double apart_share = 0;    // of trials: every parameter is suggested by itself, where others are by blocks
  size_t most_apart = 200;   // no longer with more observations
  KernelOptions above;       // of the trials that are not good
  KernelOptions below;       // of the good ones
};

// The preset's options, overridden by the fields that are set. InvalidArgument for fields that contradict each other.
absl::StatusOr<TpeOptions> ResolveTpeOptions(const TpeSampler& message, size_t objectives);

// How many of `observations` trials count as good: the share, rounded up, and at most `most_good`.
size_t BelowCount(size_t observations, const TpeOptions& options);

// Weight of the observation that is number `rank` of `count`, from the oldest: 1 for the newest 25; the older ones rise
// evenly from 1/count to 1. Requires: rank < count.
double RecencyWeight(size_t rank, size_t count);

// All weights of `count` observations summed.
double RecencyWeightSum(size_t count);

// The least width of a kernel among `count` observations over a range of this length.
double LeastBandwidth(size_t count, double range, const KernelOptions& options);

}  // namespace parzen
