// The states of a trial and the moves between them. The states themselves are the proto's (Optuna's, with its numbers).
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/study.pb.h"

namespace parzen {

// COMPLETE, PRUNED and FAIL: nothing of the trial changes any more.
bool IsFinal(TrialState state);

// Whether a trial may go from one state to the other; the table stands in the .cc.
bool IsLegalMove(TrialState from, TrialState to);

// FailedPrecondition, naming trial and both states, when the move is not legal.
absl::Status CheckMove(int64_t trial_number, TrialState from, TrialState to);

// "COMPLETE" <-> COMPLETE, as stored. InvalidArgument for anything else.
absl::string_view TrialStateName(TrialState state);
absl::StatusOr<TrialState> ParseTrialState(absl::string_view name);

}  // namespace parzen
