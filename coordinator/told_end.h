// What a TellTrialRequest says, checked: nothing in it is too large or cannot be, and how it ends its trial. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/query.pb.h"
#include "studies/store/store.h"

namespace parzen {

// How a trial ends.
struct ToldEnd {
  TrialState state = FAIL;
  std::vector<double> values;
  std::string reason;  // why it failed; "" otherwise
};

// InvalidArgument says what cannot be.
absl::Status CheckTold(const TellTrialRequest& request, const StoredStudy& study);

// nullopt while the trial goes on. What is COMPLETE with a NaN has failed, as in Optuna; what is PRUNED takes the value
// of its last step, `last_step`, unless that is NaN. Requires: CheckTold passed.
std::optional<ToldEnd> EndOf(const TellTrialRequest& request, const std::optional<StepValue>& last_step);

// One a constraint of the study: how far the trial is from its bound. From request.constraint, else from the attribute
// that has the metric's name; InvalidArgument names a constraint that neither has. Others than the study's are taken as
// they are.
absl::StatusOr<std::vector<MetricValue>> ConstraintsOf(const TellTrialRequest& request, const StoredStudy& study);

}  // namespace parzen
