// What was done when: each attempt of a trial on its worker; of trials that other programs made, the trial itself.
#include <algorithm>

#include "studies/reports/plots/plot.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

// How an attempt ended: the last one as its trial did; one before it that ended has failed, or there were no other.
std::string EndOf(const TrialRecord& trial, int i) {
  const AttemptRecord& attempt = trial.attempt(i);
  if (attempt.state() != ENDED) return AttemptState_Name(attempt.state());
  return std::string(TrialStateName(i + 1 == trial.attempt_size() ? trial.state() : FAIL));
}

Plot Timeline(const StudySnapshot& snapshot) {
  PlotTable table{"bars", {"number", "attempt", "state", "worker", "from_seconds", "to_seconds", "reason"}, {}};
  Plot plot;
  Trials all;
  int most_attempts = 1;
  for (const TrialRecord& trial : snapshot.trials) {
    if (trial.started().empty() && trial.attempt_size() == 0) continue;
    all.push_back(&trial);
    most_attempts = std::max(most_attempts, trial.attempt_size());
  }
  if (all.empty()) plot.notes.emplace_back("no trial has begun");
  const auto since = [&](const std::string& time) { return CellOf(SecondsBetween(snapshot.study.started(), time)); };
  const size_t room = std::max<size_t>(kMostPlotRows / static_cast<size_t>(most_attempts), 1);
  for (const TrialRecord* trial : ChooseTrials(snapshot, all, room, plot.notes)) {
    if (trial->attempt_size() == 0) {
      table.rows.push_back({trial->number(), PlotCell(), std::string(TrialStateName(trial->state())), PlotCell(),
                            since(trial->started()), since(trial->completed()), PlotCell()});
    }
    for (int i = 0; i < trial->attempt_size() && table.rows.size() < kMostPlotRows; ++i) {
      const AttemptRecord& attempt = trial->attempt(i);
      table.rows.push_back({trial->number(), attempt.attempt(), EndOf(*trial, i), attempt.worker(),
                            since(attempt.started()), since(attempt.ended()), attempt.reason()});
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("timeline", &Timeline);

}  // namespace
}  // namespace parzen
