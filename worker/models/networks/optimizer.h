// How gradients become steps. Weights are worked on in fixed blocks, number by number: the bits do not depend on the
// number of threads. Threads: one caller at a time; uses the task arena it is called in.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/archive.h"

namespace parzen {

class Optimizer {
 public:
  // The one that `training` names, for so many weights.
  Optimizer(const Training& training, size_t weights);

  // Takes a step of the length `rate` against the gradients, which may be changed: cut off first, where that is asked
  // for. Requires: as many of both as there are.
  void Step(double rate, absl::Span<float> weights, absl::Span<float> gradients);

  // What it remembers of its steps, for one of the same options and weights to go on from. A reader that fails leaves
  // it useless.
  void Save(ArchiveWriter& state) const;
  void Load(ArchiveReader& state);

 private:
  const Training options_;
  int64_t steps_ = 0;
  std::vector<std::vector<float>> memory_;  // one or two numbers a weight, or none
};

// The square root of the sum of squares, in 64-bit floats. Uses TBB.
double Norm(absl::Span<const float> numbers);

}  // namespace parzen
