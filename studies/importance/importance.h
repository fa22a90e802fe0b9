// How much each parameter matters to one objective: evaluators over a table of finished trials. Numeric functions of
// columns; they see no database and no study.
//
// Contract, held by tests/conformance for every registered evaluator:
// - One number a parameter, none negative, NaN or infinite; a parameter with one value, or in fewer than two trials,
//   has 0.
// - The result depends only on (trials, options, seed), not on the order of the parameters (but for ties of random
//   splits), and never on threads.
// Threads: pure functions. A new evaluator is one file here that registers itself under its name in the
// ImportanceSpec.evaluator oneof of proto/importance.proto.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/registry.h"
#include "proto/importance.pb.h"
#include "studies/axis.h"

namespace parzen {

// One parameter over all trials. A parameter's range may change within a study (another program may do that): each
// range it had is a domain.
struct ImportanceColumn {
  std::string name;
  std::vector<Axis> domains;
  std::vector<int32_t> domain;  // by trial: index in `domains`; -1 where the trial does not have the parameter
  std::vector<double> value;    // by trial: internal form; anything where absent
};

// COMPLETE trials with a finite value of the objective, by number.
struct ImportanceData {
  std::vector<ImportanceColumn> columns;
  std::vector<double> target;  // by trial; lower is better (a maximised objective is negated)
};

// Called from time to time with the share of the work that is done, ascending; may be empty.
using ImportanceProgress = std::function<void(double share)>;

// One number a column, not normalised. Requires: every domain index fits its column. InvalidArgument when the trials do
// not suffice (fewer than two), or for options that contradict each other.
using ImportanceEvaluator = std::function<absl::StatusOr<std::vector<double>>(
    const ImportanceData& data, const ImportanceSpec& options, uint64_t seed, const ImportanceProgress& progress)>;

// The evaluator that `options` names; ped_anova when none.
std::string EvaluatorName(const ImportanceSpec& options);

// A parameter's name and its share; shares sum to 1.
using Importance = std::pair<std::string, double>;

// Runs the evaluator of that name, and normalises: most important first, ties by name;
// equal shares when no parameter matters at all. FailedPrecondition says why there is nothing to evaluate.
absl::StatusOr<std::vector<Importance>> EvaluateImportance(const ImportanceData& data, const ImportanceSpec& options,
                                                           uint64_t seed, const ImportanceProgress& progress = {});

}  // namespace parzen
