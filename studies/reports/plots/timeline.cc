// What was done when: each attempt of a trial on its worker; of trials that other programs made, the trial itself.
#include "absl/strings/str_cat.h"
#include "proto/study.pb.h"
#include "studies/reports/plots/plot.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

Plot Timeline(const StudySnapshot& snapshot) {
  PlotTable table{"bars", {"number", "attempt", "state", "worker", "from_seconds", "to_seconds", "reason"}, {}};
  Plot plot;
  std::vector<const TrialRecord*> all;
  size_t most_attempts = 1;
  for (const TrialRecord& trial : snapshot.trials) {
    if (trial.started().empty()) continue;
    all.push_back(&trial);
    most_attempts = std::max(most_attempts, static_cast<size_t>(trial.attempt_size()));
  }
  if (all.empty()) plot.note = "no trial has begun";
  const auto since = [&](const std::string& time) { return OrNull(SecondsBetween(snapshot.study.started(), time)); };
  for (const TrialRecord* trial : ChooseTrials(snapshot, all, kMostPlotRows / most_attempts, plot.note)) {
    if (trial->attempt_size() == 0) {
      table.rows.push_back({trial->number(), nullptr, std::string(TrialStateName(trial->state())), nullptr,
                            since(trial->started()), since(trial->completed()), nullptr});
    }
    for (const AttemptRecord& attempt : trial->attempt()) {
      const bool ended = attempt.state() == ENDED;
      table.rows.push_back({trial->number(), attempt.attempt(),
                            ended ? std::string(TrialStateName(trial->state())) : AttemptState_Name(attempt.state()),
                            attempt.worker(), since(attempt.started()), since(attempt.ended()), attempt.reason()});
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<PlotKind>::Global().Add("timeline", {"What was done when", &Timeline});

}  // namespace
}  // namespace parzen
