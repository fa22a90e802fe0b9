// A study's report for a terminal: what it is, how it got better, what mattered, its best trials. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"

namespace parzen {

struct TextReportStyle {
  size_t columns = 80;
  bool colour = false;
};

//   digits-forest  MAXIMIZE validation_accuracy
//   40 of 40 trials: 32 complete, 8 pruned
//
//   validation_accuracy, trial by trial; the line is the best so far
//   0.973 ...
//
//   what makes validation_accuracy good (32 trials, ped_anova)
//   ...
//
//   the best trials
//   number  value  ...
//
// A trial that is far off does not set the scale: it is left out of the plot, and that is said below it.
// `trials` by number, with distributions. Lines are as wide as the style says, but for tables of many parameters.
// DataLoss: a trial's parameters cannot be read.
absl::StatusOr<std::string> TextReport(const StudySummary& study, const std::vector<TrialRecord>& trials,
                                       const BestTrialsResponse& best, const TextReportStyle& style);

}  // namespace parzen
