// What a parameter could have been, from what it was in the trials of a csv. Threads: externally synchronised.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "studies/distribution.h"

namespace parzen {

class InferredParameter {
 public:
  // InvalidArgument: it is no value of a parameter, or there are too many that are no numbers.
  absl::Status Observe(absl::string_view json);

  bool observed() const { return observed_; }
  // Requires: observed().
  Distribution Infer() const;
  // "float from 0.1 to 10".
  std::string Describe() const;

 private:
  bool observed_ = false;
  bool all_numbers_ = true;
  bool all_whole_ = true;
  double low_ = 0, high_ = 0;
  int64_t whole_low_ = 0, whole_high_ = 0;
  bool too_many_ = false;  // choices_ is not complete
  std::vector<Choice> choices_;
  std::unordered_set<std::string> seen_;  // as JSON
};

}  // namespace parzen
