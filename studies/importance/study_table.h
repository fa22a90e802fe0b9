// From a study's trials, as Store or a coordinator tells them, to the table that evaluators look at. Works for studies
// that other programs made. Pure functions.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/study.pb.h"
#include "studies/importance/importance.h"

namespace parzen {

// The trials that are COMPLETE with a finite value of objective number `objective`; columns in the order in which
// parameters first appear in those. Requires: `trials` by number, with TrialRecord.distribution. InvalidArgument when
// the study has no such objective; DataLoss names a trial whose distributions or values cannot be read.
absl::StatusOr<ImportanceData> MakeImportanceData(const StudySummary& study, absl::Span<const TrialRecord> trials,
                                                  int objective);

}  // namespace parzen
