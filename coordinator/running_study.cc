#include "coordinator/running_study.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "studies/pruners/learning_curve.h"
#include "studies/pruners/ordered_pruner.h"
#include "studies/samplers/fixed_points.h"
#include "studies/store/inferred_space.h"
#include "studies/store/stored_params.h"
#include "studies/trial_state.h"
#include "studies/trial_task.h"

namespace parzen {
namespace {

// Another program may have left a trial complete without what makes it so.
bool HasAllValues(const StoredTrial& trial, size_t objectives) {
  return trial.values.size() == objectives &&
         std::none_of(trial.values.begin(), trial.values.end(), [](double value) { return std::isnan(value); });
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunningStudy>> RunningStudy::Load(const StoredStudy& study, Store& store) {
  auto loaded = std::unique_ptr<RunningStudy>(new RunningStudy);
  loaded->study_ = study;
  if (!study.spec.has_value()) RETURN_IF_ERROR(loaded->InferSpec(store.database()));
  RETURN_IF_ERROR(loaded->MakeSearch());
  ASSIGN_OR_RETURN(std::vector<StoredTrial> trials, store.LoadTrials(study.study_id, *loaded->space_));
  for (StoredTrial& trial : trials) loaded->Load(std::move(trial));
  return loaded;
}

absl::Status RunningStudy::InferSpec(Database& database) {
  absl::StatusOr<SearchSpace> space = InferSpace(database, study_.study_id);
  if (!space.ok()) {
    return absl::Status(space.status().code(), absl::StrCat("study \"", study_.name,
                                                            "\", made by another program: ", space.status().message()));
  }
  space_ = std::make_unique<SearchSpace>(*std::move(space));
  StudySpec& spec = study_.spec.emplace();
  spec.set_name(study_.name);
  for (const Direction direction : study_.directions) spec.add_objective()->set_direction(direction);
  inferred_ = true;
  return absl::OkStatus();
}

absl::Status RunningStudy::MakeSearch() {
  if (space_ == nullptr) {
    ASSIGN_OR_RETURN(SearchSpace space, SearchSpace::Create(spec()));
    space_ = std::make_unique<SearchSpace>(std::move(space));
  }
  needs_ = NeedsOf(spec());
  const Direction direction = study_.directions.empty() ? MINIMIZE : study_.directions[0];
  const SearchSpec& search = spec().search();
  const PrunerInputs judging{search.pruner(), study_.name, direction, history_, nullptr, &study_.budget};
  ASSIGN_OR_RETURN(pruner_,
                   search.deterministic() ? MakeOrderedPruner(judging, search.look_ahead()) : MakePruner(judging));
  SamplerInputs inputs{*space_, search, study_.directions, history_};
  if (pruner_->Bracket(0).has_value()) {
    inputs.bracket_of = [this](int64_t number) { return pruner_->Bracket(number).value_or(0); };
  }
  ASSIGN_OR_RETURN(sampler_, MakeSampler(inputs));
  return absl::OkStatus();
}

HistoryTrial RunningStudy::ToHistory(StoredTrial trial) {
  const bool has_point = space_->Check(trial.point).ok();
  waiting_.erase(trial.number);
  enqueued_.erase(trial.number);
  RemovePaused(trial.number);
  judged_.erase(trial.number);
  if (trial.progress.has_value()) judged_[trial.number] = trial.progress->step;
  if (trial.state == WAITING && has_point && trial.progress.has_value() && !trial.progress->promoted) {
    paused_[trial.number].step = trial.progress->step;  // AddPaused, once the history has its values
  } else if (trial.state == WAITING && (has_point || trial.fixed_params.has_value())) {
    waiting_.insert(trial.number);
    if (!has_point) {
      GivenPoint given = FromFixedParams(*space_, *trial.fixed_params);
      for (size_t i = 0; i < trial.point.size(); ++i) {
        if (given.point[i].has_value()) trial.point[i] = given.point[i];
      }
      enqueued_[trial.number] = std::move(given.ignored);
    }
  }
  if (IsFinal(trial.state)) {
    cursor_.unfinished.erase(trial.number);
  } else {
    cursor_.unfinished[trial.number] = {trial.state, trial.held};
  }
  if (trial.state == COMPLETE && !HasAllValues(trial, study_.directions.size())) trial.state = FAIL;
  if (trial.state != COMPLETE) {
    trial.values.clear();  // a PRUNED trial's is for Optuna
    trial.violation = 0;
  }
  return {trial.number,    trial.state,           std::move(trial.point), std::move(trial.values),
          trial.violation, std::move(trial.steps)};
}

void RunningStudy::Load(StoredTrial trial) {
  const int64_t number = trial.number;
  trials_.push_back({trial.trial_id, trial.attempts, trial.lost_attempts, trial.failed_attempts});
  history_.Add(ToHistory(std::move(trial)));
  if (const auto paused = paused_.find(number); paused != paused_.end()) AddPaused(number, paused->second.step);
  cursor_.next_number = NextNumber();
  Count(number, 1);
}

void RunningStudy::Update(StoredTrial stored) {
  const int64_t number = stored.number;
  const size_t index = static_cast<size_t>(number);
  Count(number, -1);
  trials_[index] = {stored.trial_id, stored.attempts, stored.lost_attempts, stored.failed_attempts};
  HistoryTrial trial = ToHistory(std::move(stored));
  if (history_[index].point != trial.point) history_.SetPoint(index, std::move(trial.point));
  for (const Step& step : trial.steps) {
    const std::vector<Step>& known = history_[index].steps;
    const auto at = std::lower_bound(known.begin(), known.end(), step.step,
                                     [](const Step& known_step, int64_t wanted) { return known_step.step < wanted; });
    if (at != known.end() && *at == step) continue;
    if (history_[index].state != RUNNING) history_.Move(index, RUNNING);  // as it was in between
    history_.Report(index, step.step, step.value);
  }
  if (history_[index].state != trial.state) {
    history_.Move(index, trial.state, std::move(trial.values), trial.violation);
  }
  if (const auto paused = paused_.find(number); paused != paused_.end()) AddPaused(number, paused->second.step);
  Count(number, 1);
}

absl::StatusOr<std::vector<int64_t>> RunningStudy::Refresh(Store& store) {
  TrialCursor cursor = cursor_;
  ASSIGN_OR_RETURN(const std::vector<int64_t> changed, FindTrialChanges(store.database(), study_id(), cursor));
  std::vector<int64_t> lost;
  if (changed.empty()) return lost;
  if (inferred_) {
    ASSIGN_OR_RETURN(const bool other, ShowsOtherSpace(store.database(), study_id(), changed, *space_));
    if (other) return absl::AbortedError("the study's trials have other parameters by now");
  }
  ASSIGN_OR_RETURN(std::vector<StoredTrial> trials, store.LoadTrials(study_id(), *space_, changed));
  for (StoredTrial& trial : trials) {
    const int64_t number = trial.number;
    if (number == NextNumber()) {
      Load(std::move(trial));
      continue;
    }
    const bool held = holds(number);
    Update(std::move(trial));
    if (held && !holds(number)) lost.push_back(number);
  }
  return lost;
}

absl::Status RunningStudy::RefreshTrial(Store& store, int64_t number) {
  if (number > NextNumber() || (number < NextNumber() && IsFinal(state(number)))) {
    return absl::AbortedError(absl::StrCat("more than trial ", number, " has changed"));
  }
  if (inferred_) {
    ASSIGN_OR_RETURN(const bool other, ShowsOtherSpace(store.database(), study_id(), {number}, *space_));
    if (other) return absl::AbortedError("the study's trials have other parameters by now");
  }
  ASSIGN_OR_RETURN(std::vector<StoredTrial> trials, store.LoadTrials(study_id(), *space_, {number}));
  if (trials.size() != 1) return absl::AbortedError(absl::StrCat("trial ", number, " is gone"));
  if (number == NextNumber()) {
    Load(std::move(trials[0]));
  } else {
    Update(std::move(trials[0]));
  }
  return absl::OkStatus();
}

bool RunningStudy::holds(int64_t number) const {
  const auto unfinished = cursor_.unfinished.find(number);
  return unfinished != cursor_.unfinished.end() && unfinished->second.held;
}

void RunningStudy::Count(int64_t number, int by) {
  paused_are_judged_ = false;
  by_state_[history_[static_cast<size_t>(number)].state] += by;
  if (IsFinal(history_[static_cast<size_t>(number)].state)) {
    final_ += by;
  } else if (holds(number)) {
    held_ += by;
  } else if (!waiting_.contains(number) && !paused_.contains(number)) {
    elsewhere_ += by;
  }
  while (by > 0 && settled_ < NextNumber() && IsSettled(settled_)) ++settled_;
}

bool RunningStudy::IsSettled(int64_t number) const {
  return IsFinal(state(number)) || (!holds(number) && !waiting_.contains(number) && !paused_.contains(number));
}

bool RunningStudy::MayBegin(int64_t number) const {
  return !spec().search().deterministic() || number < settled_ + spec().search().look_ahead();
}

bool RunningStudy::IsBudgetTaken() const {
  return study_.budget > 0 && final_ + held_ + static_cast<int64_t>(paused_.size()) >= study_.budget;
}

std::optional<int64_t> RunningStudy::OldestWaiting(const std::function<bool(int64_t number)>& avoided) const {
  if (IsBudgetTaken()) return std::nullopt;
  for (const int64_t number : waiting_) {
    if (!MayBegin(number)) return std::nullopt;
    if (avoided == nullptr || !avoided(number)) return number;
  }
  return std::nullopt;
}

bool RunningStudy::WantsNewTrial() const {
  return !suspended_.has_value() && !study_.space_finished && MayBegin(NextNumber()) &&
         (study_.budget == 0 || NextNumber() - elsewhere_ < study_.budget);
}

std::optional<double> RunningStudy::ValueAt(int64_t number, int64_t step) const {
  const Step* const at = FirstFrom(history_[static_cast<size_t>(number)].steps, step);
  return at == nullptr || at->step != step ? std::nullopt : std::optional<double>(at->value);
}

void RunningStudy::AddPaused(int64_t number, int64_t step) {
  const double value = ValueAt(number, step).value_or(std::nan(""));
  // Without a value worse than all, for a set needs an order.
  const double loss = std::isnan(value) ? std::numeric_limits<double>::infinity() : Loss(study_.directions[0], value);
  const Pause& pause = paused_[number] = {step, loss};
  paused_at_[step].emplace(pause.loss, number);
}

void RunningStudy::RemovePaused(int64_t number) {
  const auto paused = paused_.find(number);
  if (paused == paused_.end()) return;
  const auto at = paused_at_.find(paused->second.step);
  if (at != paused_at_.end()) at->second.erase({paused->second.loss, number});
  if (at != paused_at_.end() && at->second.empty()) paused_at_.erase(at);
  paused_.erase(paused);
}

bool RunningStudy::IsExhausted() const {
  const bool no_more = study_.space_finished || (study_.budget > 0 && NextNumber() - elsewhere_ >= study_.budget);
  return no_more && held_ == 0 && (waiting_.empty() || IsBudgetTaken());
}

void RunningStudy::JudgePaused() {
  if (std::exchange(paused_are_judged_, true)) return;
  next_promoted_ = FindPromoted();
  next_hopeless_ = FindHopeless();
}

std::optional<int64_t> RunningStudy::FindPromoted() {
  if (paused_.empty() || (study_.budget > 0 && final_ + held_ >= study_.budget)) return std::nullopt;
  for (auto at = paused_at_.rbegin(); at != paused_at_.rend(); ++at) {
    const int64_t best = at->second.begin()->second;
    const PrunerDecision decision = Judge(best, at->first);
    if (!decision.stop && !decision.pause) return best;
  }
  if (!IsExhausted() || by_state_[COMPLETE] > 0) return std::nullopt;
  return paused_at_.rbegin()->second.begin()->second;
}

std::optional<RunningStudy::Hopeless> RunningStudy::FindHopeless() {
  for (const auto& [step, trials] : paused_at_) {
    const int64_t worst = trials.rbegin()->second;
    PrunerDecision decision = Judge(worst, step);
    if (decision.stop) return Hopeless{worst, step, std::move(decision.reason)};
  }
  if (!IsExhausted() || next_promoted_.has_value() || paused_.empty()) return std::nullopt;
  const auto& [number, pause] = *paused_.begin();
  return Hopeless{number, pause.step,
                  absl::StrCat("no trial is left that could make way for it; ", Judge(number, pause.step).reason)};
}

std::optional<int64_t> RunningStudy::AwaitedTrial() const {
  if (IsBudgetTaken()) return std::nullopt;
  const int64_t next = waiting_.empty() ? NextNumber() : *waiting_.begin();
  return MayBegin(next) ? std::nullopt : std::optional<int64_t>(settled_);
}

absl::StatusOr<std::optional<Point>> RunningStudy::SuggestNext() { return sampler_->Suggest(NextNumber(), 0); }

std::optional<std::string> RunningStudy::Enqueued(int64_t number) const {
  const auto found = enqueued_.find(number);
  return found == enqueued_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

Point RunningStudy::CompletedPoint(int64_t number) {
  // A sampler that fails, or has no point left, leaves what is missing to chance.
  const absl::StatusOr<std::optional<Point>> suggested = sampler_->Suggest(number, 0);
  const bool is_there = suggested.ok() && suggested->has_value();
  const RandomStream random(static_cast<uint64_t>(spec().search().seed()), number, "enqueued");
  return CompletePoint(*space_, point(number), is_there ? **suggested : Point(space_->size()), random);
}

PrunerDecision RunningStudy::Judge(int64_t number, int64_t step) {
  return pruner_->Judge(static_cast<size_t>(number), step);
}

void RunningStudy::Added(int64_t trial_id, Point point) {
  const int64_t number = NextNumber();
  trials_.push_back({trial_id, 0, 0, 0});
  history_.Add({number, RUNNING, std::move(point), {}, 0, {}});
  cursor_.unfinished[number] = {RUNNING, true};
  cursor_.next_number = NextNumber();
  Count(number, 1);
}

void RunningStudy::PointCompleted(int64_t number, Point point) {
  enqueued_.erase(number);
  history_.SetPoint(static_cast<size_t>(number), std::move(point));
}

void RunningStudy::Started(int64_t number) { ++trials_[number].attempts; }

void RunningStudy::Moved(int64_t number, TrialState to, std::vector<double> values, double violation) {
  Count(number, -1);
  history_.Move(number, to, std::move(values), violation);
  waiting_.erase(number);
  RemovePaused(number);
  if (IsFinal(to)) {
    cursor_.unfinished.erase(number);
    judged_.erase(number);
  } else {
    cursor_.unfinished[number] = {to, to == RUNNING};
  }
  if (to == WAITING) {
    waiting_.insert(number);
    // Another program that ran it may not have got as far as a whole point.
    if (!space_->Check(point(number)).ok()) enqueued_.emplace(number, "");
  }
  Count(number, 1);
}

void RunningStudy::Paused(int64_t number, int64_t step) {
  Count(number, -1);
  history_.Move(number, WAITING);
  cursor_.unfinished[number] = {WAITING, false};
  judged_[number] = step;
  AddPaused(number, step);
  Count(number, 1);
}

void RunningStudy::Promoted(int64_t number) {
  Count(number, -1);
  RemovePaused(number);
  waiting_.insert(number);
  Count(number, 1);
}

absl::StatusOr<TrialTask> RunningStudy::MakeTask(int64_t number) const {
  return MakeTrialTask(spec(), *space_, point(number), number, study_.files);
}

}  // namespace parzen
