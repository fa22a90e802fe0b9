// The search space of a study that another program made: what its trials say about their parameters. Threads: functions
// use the Database they are given and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "studies/search_space.h"
#include "studies/store/sqlite.h"

namespace parzen {

// Every parameter of the study's trials, in the order in which they first occurred, with the distribution of the latest
// COMPLETE trial that has it (of the latest of any state where none has). FailedPrecondition for a distribution that
// cannot be read, and for more than kMaxParameters.
absl::StatusOr<std::vector<NamedDistribution>> StoredDistributions(Database& database, int64_t study_id);

// Of them, without conditions. FailedPrecondition also when no trial has a parameter yet.
absl::StatusOr<SearchSpace> InferSpace(Database& database, int64_t study_id);

// Whether these trials show that the study's space is another one by now: they have parameters that are unknown to
// `space`, or are COMPLETE with other distributions.
absl::StatusOr<bool> ShowsOtherSpace(Database& database, int64_t study_id, const std::vector<int64_t>& numbers,
                                     const SearchSpace& space);

// Whether trials of one study may have their parameters from both: Optuna's rule. A parameter keeps its class, its log
// and, of categories, its choices in their order; low, high and step may change, and parameters may come and go.
// InvalidArgument names what differs.
absl::Status CheckSpaceFits(const std::vector<NamedDistribution>& stored, const SearchSpace& space);

}  // namespace parzen
