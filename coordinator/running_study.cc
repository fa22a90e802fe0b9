#include "coordinator/running_study.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/trial_state.h"

namespace parzen {

absl::StatusOr<std::unique_ptr<RunningStudy>> RunningStudy::Load(const StoredStudy& study, Store& store) {
  auto loaded = std::unique_ptr<RunningStudy>(new RunningStudy);
  loaded->study_ = study;
  ASSIGN_OR_RETURN(SearchSpace space, SearchSpace::Create(*study.spec));
  loaded->space_ = std::make_unique<SearchSpace>(std::move(space));
  ASSIGN_OR_RETURN(loaded->sampler_, MakeSampler({*loaded->space_, loaded->study_.spec->search(), study.directions}));
  ASSIGN_OR_RETURN(std::vector<StoredTrial> trials, store.LoadTrials(study.study_id, *loaded->space_));
  for (StoredTrial& trial : trials) {
    const bool runnable = trial.state == WAITING && loaded->space_->Check(trial.point).ok();
    if (runnable) {
      loaded->waiting_.insert(trial.number);
    } else if (IsFinal(trial.state)) {
      ++loaded->final_;
    } else if (trial.attempts > 0) {
      ++loaded->running_;
    } else {
      ++loaded->foreign_;
    }
    loaded->history_.push_back({trial.number, trial.state, std::move(trial.point), std::move(trial.values)});
    loaded->trials_.push_back({trial.trial_id, trial.attempts, trial.lost_attempts});
  }
  return loaded;
}

std::optional<int64_t> RunningStudy::OldestWaiting() const {
  if (waiting_.empty() || (study_.budget > 0 && final_ + running_ >= study_.budget)) return std::nullopt;
  return *waiting_.begin();
}

bool RunningStudy::WantsNewTrial() const {
  // Every trial of ours ends sooner or later, so what exists already counts against the budget.
  return !suspended_ && !study_.space_finished && (study_.budget == 0 || NextNumber() - foreign_ < study_.budget);
}

absl::StatusOr<std::optional<Point>> RunningStudy::SuggestNext() { return sampler_->Suggest(NextNumber(), history_); }

void RunningStudy::Added(int64_t trial_id, Point point) {
  history_.push_back({NextNumber(), RUNNING, std::move(point), {}});
  trials_.push_back({trial_id, 0, 0});
  ++running_;
}

void RunningStudy::Started(int64_t number) { ++trials_[number].attempts; }

void RunningStudy::Moved(int64_t number, TrialState to, std::vector<double> values) {
  HistoryTrial& trial = history_[number];
  running_ += (to == RUNNING) - (trial.state == RUNNING);
  final_ += IsFinal(to);
  trial.state = to;
  trial.values = std::move(values);
  if (to == WAITING) {
    waiting_.insert(number);
  } else {
    waiting_.erase(number);
  }
}

absl::StatusOr<TrainTask> RunningStudy::MakeTask(int64_t number) const {
  TrainTask task;
  ASSIGN_OR_RETURN(*task.mutable_spec(), space_->Apply(point(number)));
  task.set_study_seed(static_cast<uint64_t>(spec().search().seed()));
  task.set_trial_number(number);
  for (const DatasetFile& file : study_.files) *task.add_files() = file;
  return task;
}

}  // namespace parzen
