// Problems with the search spaces that machine learning has: mixed kinds of parameters, conditions, few values. Their
// values are formulas in the shape of a validation error, quick to compute and with a known lowest value.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bench/search/search_problem.h"

namespace parzen {

// Compiles the parameters of `spec`; the problem's work is never done by a worker.
absl::StatusOr<SearchProblem> MakeProblem(std::string name, StudySpec spec, double lowest,
                                          std::function<double(absl::Span<const double>)> value);

// A network's training: rate and decay on log scales, whole numbers, steps, and two categories that decide where the
// best rate and depth lie.
absl::StatusOr<SearchProblem> MixedProblem();

// A support vector machine: the kernel chooses which parameters there are; the best kernel needs two of them to agree.
absl::StatusOr<SearchProblem> ConditionalProblem();

// 1,440 points in all, with interactions.
absl::StatusOr<SearchProblem> DiscreteProblem();

}  // namespace parzen
