// The study that the store and dispatch are measured with: ten parameters, one objective, five intermediate values a
// trial.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "proto/study.pb.h"
#include "studies/search_space.h"

namespace parzen {

inline constexpr int kBenchParameters = 10;
inline constexpr int kBenchSteps = 5;

// Eight floats, half of them logarithmic, a whole number, a category, and floats beyond these; random search, so that
// the sampler costs nothing.
StudySpec BenchSpec(const std::string& name, int parameters = kBenchParameters);

// Complete trials of it, with times, parameters, a value and steps: what an import is given.
class BenchTrials {
 public:
  static absl::StatusOr<BenchTrials> Create(const StudySpec& spec);
  TrialRecord Make(int64_t number) const;

 private:
  explicit BenchTrials(SearchSpace space);

  SearchSpace space_;
  std::vector<std::string> distributions_;
};

}  // namespace parzen
