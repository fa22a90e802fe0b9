// What a program says of a trial that it does, as a request: from options of the command line, or from JSON. Pure
// functions. Errors: InvalidArgument says what, where, and what would be right.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/query.pb.h"

namespace parzen {

// JSON texts may not be larger.
inline constexpr size_t kMaxToldBytes = 16 << 20;

// {"study": "s", "trial": 7, "state": "COMPLETE", "values": [0.5], "value": 0.5, "steps": {"1": 0.7},
//  "metrics": {"accuracy": 0.9, "notes": "any JSON"}, "reason": ""}. All but the trial may be left out; with values and
// no state it is COMPLETE, with a reason and no state FAIL. Numbers may be written as "inf", "-inf" and "nan" too; null
// is NaN.
absl::StatusOr<TellTrialRequest> ReadToldJson(absl::string_view json);

// The options of `parzen trial tell`, as texts.
struct ToldOptions {
  std::vector<std::string> values;
  std::string state;
  std::vector<std::string> steps;    // STEP=VALUE
  std::vector<std::string> metrics;  // NAME=VALUE
  std::string reason;
};

// As above; study and number are left to the caller.
absl::StatusOr<TellTrialRequest> ReadToldOptions(const ToldOptions& options);

}  // namespace parzen
