// What the pruners' tests are written in: a study whose trials report values and are judged.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "studies/pruners/pruner.h"

namespace parzen {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

MATCHER(GoesOn, "") {
  *result_listener << arg.reason;
  return !arg.stop && !arg.pause && arg.reason.empty();
}
MATCHER_P(PausesBecause, text, "") {
  *result_listener << arg.pause << ", " << arg.reason;
  return arg.pause && !arg.stop && testing::Value(arg.reason, testing::HasSubstr(text));
}
MATCHER_P(StopsBecause, text, "") {
  *result_listener << arg.stop << ", " << arg.reason;
  return arg.stop && testing::Value(arg.reason, testing::HasSubstr(text));
}

// Trials are named by their index, which is their number.
class PrunedStudy {
 public:
  // `pruner` is the text of a PrunerSpec; `trials` as in PrunerInputs.
  explicit PrunedStudy(const std::string& pruner, Direction direction = MINIMIZE, const std::string& name = "s",
                       int64_t trials = 0);

  const History& history() const { return history_; }
  // A pruner of this study that has seen nothing yet.
  absl::StatusOr<std::unique_ptr<Pruner>> NewPruner() const;
  Pruner& pruner() { return *pruner_; }

  size_t Start();
  // A value, and the judgement on it.
  PrunerDecision Report(size_t trial, int64_t step, double value);
  // A value that is not judged yet.
  void Tell(size_t trial, int64_t step, double value) { history_.Report(trial, step, value); }
  void Finish(size_t trial, TrialState state, std::vector<double> values = {}, double violation = 0);
  // A COMPLETE trial with these values at steps 1, 2, ..., the last one its result.
  size_t Completed(const std::vector<double>& curve, double violation = 0);

 private:
  const PrunerSpec spec_;
  const std::string name_;
  const Direction direction_;
  History history_;
  int64_t trials_;
  std::unique_ptr<Pruner> pruner_;
};

// The spec that the text says.
PrunerSpec PrunerText(const std::string& text);

}  // namespace parzen
