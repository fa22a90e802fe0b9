// What a program's line means; CommandSpec in proto/work.proto describes them. Pure functions.
//
// Numbers may also be NaN, Infinity and -Infinity, as Python's json writes them. One of "values" is called "value",
// several "value_1", "value_2", ...
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/work.pb.h"

namespace parzen {

inline constexpr size_t kMaxProgramMetrics = 1000;
inline constexpr size_t kLongestMetricName = 512;

// {"step": 1, "value": 0.7}
struct StepAnswer {
  int64_t step = 0;
  double value = 0;
};

// {"error": "why"}
struct ErrorAnswer {
  std::string why;  // one line
};

// A TrialResult is {"value": ...}, {"values": [...]} or {"metrics": {...}}.
using Answer = std::variant<StepAnswer, TrialResult, ErrorAnswer>;

// InvalidArgument says what is wrong with the line, and quotes it: `wrote "...": is no JSON object`.
absl::StatusOr<Answer> ParseAnswer(absl::string_view line);

}  // namespace parzen
