// How a study got better, trial by trial: the numbers behind the optimisation history. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "proto/study.pb.h"

namespace parzen {

// One trial of a history.
struct HistoryPoint {
  int64_t number = 0;
  TrialState state = RUNNING;
  std::optional<double> value;        // of a COMPLETE or PRUNED trial; nullopt where there is none that is finite
  std::optional<double> best_so_far;  // over COMPLETE trials up to this number; nullopt before the first
};

// One objective's history.
struct ObjectiveHistory {
  std::string metric;
  Direction direction = MINIMIZE;
  std::vector<HistoryPoint> points;  // by number
};

// The metric of each objective; "value_0" and so on where a study made by others names none.
std::vector<std::string> ObjectiveNames(const StudySummary& study);

// One history an objective. `trials` by number.
std::vector<ObjectiveHistory> StudyHistory(const StudySummary& study, absl::Span<const TrialRecord> trials);

// The value of objective `i` as far as it is finite: of a COMPLETE trial, or of a PRUNED one, whose last step it is.
std::optional<double> FiniteValue(const TrialRecord& trial, int i);

// Whether it keeps all constraints.
bool IsFeasible(const TrialRecord& trial);

// Seconds from a trial's start to its completion; nullopt when it is not both started and completed.
std::optional<double> TrialSeconds(const TrialRecord& trial);

// Seconds between two times as TrialRecord has them; nullopt when one is missing or no time.
std::optional<double> SecondsBetween(const std::string& from, const std::string& to);

}  // namespace parzen
