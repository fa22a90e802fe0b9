// The other side of the comparison: Optuna's TPE, measured now where Python has it, otherwise as it was recorded.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/search/quality_table.h"
#include "bench/search/search_problem.h"

namespace parzen {

// Answers optuna_quality.py on standard input and output: first one line of JSON a problem, then a blank line, then for
// every line "PROBLEM X1 X2 ..." (internal values, nan where absent) a line with the value there. Ends with the input.
absl::Status ServeProblems(const std::vector<SearchProblem>& problems);

struct OptunaRun {
  std::string python;     // interpreter that has Optuna
  std::string script;     // optuna_quality.py
  std::string evaluator;  // the program that runs ServeProblems when called with --serve
  std::vector<size_t> problems;
  std::vector<int> checkpoints;
  int seeds = 0;
  int trials = 0;
  int processes = 1;
};

// One cell a problem of `run.problems`. Unavailable when the script cannot be run to its end.
absl::StatusOr<std::vector<QualityCell>> RunOptuna(const OptunaRun& run);

// Medians of 30 seeds with Optuna 5's TPE, defaults, minimising, after 25, 50, 100 and 200 trials; recorded on another
// machine when Parzen's search was specified. A cell without values where nothing was recorded.
QualityCell RecordedOptuna(const std::string& problem, const std::vector<int>& checkpoints);

}  // namespace parzen
