#include "coordinator/running_study.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/trial_state.h"
#include "studies/trial_task.h"

namespace parzen {

absl::StatusOr<std::unique_ptr<RunningStudy>> RunningStudy::Load(const StoredStudy& study, Store& store) {
  auto loaded = std::unique_ptr<RunningStudy>(new RunningStudy);
  loaded->study_ = study;
  ASSIGN_OR_RETURN(SearchSpace space, SearchSpace::Create(*study.spec));
  loaded->space_ = std::make_unique<SearchSpace>(std::move(space));
  ASSIGN_OR_RETURN(loaded->sampler_, MakeSampler({*loaded->space_, loaded->study_.spec->search(), study.directions, loaded->history_}));
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
    loaded->history_.Add({trial.number, trial.state, std::move(trial.point), std::move(trial.values), 0, {}});
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

absl::StatusOr<std::optional<Point>> RunningStudy::SuggestNext() { return sampler_->Suggest(NextNumber(), 0); }

void RunningStudy::Added(int64_t trial_id, Point point) {
  history_.Add({NextNumber(), RUNNING, std::move(point), {}, 0, {}});
  trials_.push_back({trial_id, 0, 0});
  ++running_;
}

void RunningStudy::Started(int64_t number) { ++trials_[number].attempts; }

void RunningStudy::Moved(int64_t number, TrialState to, std::vector<double> values) {
  running_ += (to == RUNNING) - (history_[number].state == RUNNING);
  final_ += IsFinal(to);
  history_.Move(number, to, std::move(values));
  if (to == WAITING) {
    waiting_.insert(number);
  } else {
    waiting_.erase(number);
  }
}

absl::StatusOr<TrialTask> RunningStudy::MakeTask(int64_t number) const {
  return MakeTrialTask(spec(), *space_, point(number), number, study_.files);
}

}  // namespace parzen
