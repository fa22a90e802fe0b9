// What samplers are tried on: a search space and a value to minimise, without noise. Threads: immutable.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/study.pb.h"
#include "studies/search_space.h"

namespace parzen {

struct SearchProblem {
  std::string name;
  StudySpec spec;  // parameters, without a search
  SearchSpace space;
  double lowest = 0;  // the best value there is, as far as known
  // One number a parameter, in its internal form; NaN where it is absent.
  std::function<double(absl::Span<const double>)> value;

  double At(const Point& point) const;
};

// Test functions of the literature as they are usually searched, but none with its optimum in the middle of the box,
// where a sampler's prior may look first; then a mixed, a conditional and a discrete space. Internal when one is not
// valid.
absl::StatusOr<std::vector<SearchProblem>> QualityProblems();

// Four Gaussian wells in [-5, 5]^2, the deepest a narrow one: about 0 at (3, -2), near 1 far from all.
absl::StatusOr<SearchProblem> MixtureProblem();

}  // namespace parzen
