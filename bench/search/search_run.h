// A search in process: no coordinator, no worker, nothing but sampler and history.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/search/search_problem.h"
#include "proto/study.pb.h"

namespace parzen {

struct SearchOptions {
  SamplerSpec sampler;
  int64_t seed = 0;
  int trials = 200;
  // Trials that run side by side; they end in an order drawn at random, each being replaced at once.
  int pending = 1;
};

// The best value after 1, 2, ... complete trials. A space that is finished early keeps its best value to the end.
absl::StatusOr<std::vector<double>> BestSoFar(const SearchProblem& problem, const SearchOptions& options);

// Calls work(0), ..., work(count - 1) on so many threads, in any order; the first error.
absl::Status RunAll(int threads, size_t count, const std::function<absl::Status(size_t)>& work);

}  // namespace parzen
