// A study in the coordinator's memory: what the next trial depends on. Made from the database, kept equal to it by the
// dispatcher's calls, thrown away and made again when a commit fails. Threads: externally synchronised.
//
// The budget is the number of trials that reach a final state, whoever makes, claims or ends them. A trial of the study
// is
//   final      COMPLETE, PRUNED or FAIL: counts, also when another program brought it there
//   held       RUNNING by an attempt of ours, a worker's or an asker's: counts, since it is sure to end
//   paused     waits at a rung for others to be worse (SuccessiveHalvingPruner.promote): counts. Goes on when it is
//   let,
//              and ends when that cannot come any more, or when nobody is left who could still be worse
//   waiting    in the queue, ours or enqueued by others: is done while final + held + paused < budget, the others wait
//              on
//   elsewhere  RUNNING by another program, or WAITING without any values: does not count, since it may never end
// A new trial is made while final + held + waiting + paused < budget. So the budget is met exactly, except that trials
// which run elsewhere may end after it is used up: as many more than the budget there may be, and no others.
//
// With search.deterministic, trial n does not begin before trials 0 to n - look_ahead are final (but for those that run
// elsewhere, which nothing waits for). It then learns from these and no others: its point (ordered_points.h) and the
// verdicts on it (ordered_pruner.h) are functions of its number, its own values and theirs, and so by induction of the
// spec alone, however many workers there are and whatever dies. Outside of that is what other programs and people put
// into the queue while the study runs, and a trial that fails because too many of its attempts were lost.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/fleet.h"
#include "proto/study.pb.h"
#include "proto/work.pb.h"
#include "studies/history.h"
#include "studies/pruners/pruner.h"
#include "studies/samplers/sampler.h"
#include "studies/search_space.h"
#include "studies/store/store.h"
#include "studies/store/trial_changes.h"

namespace parzen {

class RunningStudy {
 public:
  // Reads the study's trials from `store`. A study that another program made has no spec: it gets one without work and
  // budget, whose search space is what its trials say (InferSpace), searched by the default sampler.
  static absl::StatusOr<std::unique_ptr<RunningStudy>> Load(const StoredStudy& study, Store& store);

  int64_t study_id() const { return study_.study_id; }
  // With the spec that Load made, where `inferred`.
  const StoredStudy& stored() const { return study_; }
  bool inferred() const { return inferred_; }
  const StudySpec& spec() const { return *study_.spec; }
  const SearchSpace& space() const { return *space_; }

  const History& history() const { return history_; }
  // What its trials ask of a worker.
  const TrialNeeds& needs() const { return needs_; }

  // The number of the oldest trial that waits for a worker; nullopt when none does, or when the trials that are final
  // or running already use up the budget (it may have been lowered), or when it may not begin yet (AwaitedTrial).
  // With `avoided`, the oldest of which that is false.
  std::optional<int64_t> OldestWaiting(const std::function<bool(int64_t number)>& avoided = nullptr) const;
  // The paused trial that goes on next: of those that the pruner lets go on, one that is furthest, and of these the
  // best. Once no other trial is left to come and none is complete, the furthest and best of all.
  std::optional<int64_t> NextPromoted() {
    JudgePaused();
    return next_promoted_;
  }
  // A paused trial that will not go on, and why; nullopt when there is none.
  struct Hopeless {
    int64_t number = 0;
    int64_t step = 0;
    std::string reason;
  };
  std::optional<Hopeless> NextHopeless() {
    JudgePaused();
    return next_hopeless_;
  }
  bool has_paused() const { return !paused_.empty(); }
  // Whether the trial has paused, or has gone on since then; and the last step that needs no verdict any more: -1 where
  // it has not.
  bool HasProgress(int64_t number) const { return judged_.contains(number); }
  int64_t JudgedStep(int64_t number) const { return HasProgress(number) ? judged_.at(number) : -1; }
  // Whether one more trial may be made: the budget is not used up, the space is not finished, and it may begin.
  bool WantsNewTrial() const;
  // Whether any of these three has a trial for a worker.
  bool HasWork() { return OldestWaiting().has_value() || WantsNewTrial() || NextPromoted().has_value(); }
  // Why the sampler failed; nullopt when it did not.
  const std::optional<std::string>& suspended() const { return suspended_; }
  // The trial whose end the next one has to wait for; nullopt when that is not what keeps it from beginning.
  std::optional<int64_t> AwaitedTrial() const;
  // The next new trial's number: the trials are numbered without gaps.
  int64_t NextNumber() const { return static_cast<int64_t>(history_.size()); }
  // Asks the sampler; nullopt when the space is finished.
  absl::StatusOr<std::optional<Point>> SuggestNext();
  // Of a trial that waits and was enqueued: what was given but is ignored, "" when nothing is; nullopt when its point
  // is complete already.
  std::optional<std::string> Enqueued(int64_t number) const;
  // The point of such a trial: what was given of it, the rest from the sampler.
  Point CompletedPoint(int64_t number);
  // Asks the pruner about the value that was just Reported.
  PrunerDecision Judge(int64_t number, int64_t step);
  // How many trials are held.
  int64_t running() const { return held_; }
  bool holds(int64_t number) const;
  // How many trials are in each state, by TrialState.
  const std::array<int64_t, TrialState_ARRAYSIZE>& by_state() const { return by_state_; }
  int64_t trial_id(int64_t number) const { return trials_[number].trial_id; }
  int32_t attempts(int64_t number) const { return trials_[number].attempts; }
  // Those that were lost, or crashed.
  int32_t lost_attempts(int64_t number) const { return trials_[number].lost_attempts; }
  // Those in which the trial failed by itself, and was to be tried again.
  int32_t failed_attempts(int64_t number) const { return trials_[number].failed_attempts; }
  TrialState state(int64_t number) const { return history_[number].state; }
  // Its value at that very step, if it has one.
  std::optional<double> ValueAt(int64_t number, int64_t step) const;
  size_t steps(int64_t number) const { return history_[static_cast<size_t>(number)].steps.size(); }
  const Point& point(int64_t number) const { return history_[number].point; }

  // Takes over what others did to the study's trials, as the file (and the open transaction) has it: what they ended is
  // learnt from, what they enqueued waits here. Returns the numbers of trials that were held and are no more. Costs
  // what changed and is unfinished. Aborted when only loading the study anew can help.
  absl::StatusOr<std::vector<int64_t>> Refresh(Store& store);

  // The same of one trial that we made or changed in the file ourselves; costs nothing else. Aborted when Refresh is
  // needed.
  absl::Status RefreshTrial(Store& store, int64_t number);

  // --- What happened, after the store was told.
  void Added(int64_t trial_id, Point point);  // held, number = NextNumber()
  void PointCompleted(int64_t number, Point point);
  void Started(int64_t number);  // an attempt began
  void Reported(int64_t number, int64_t step, double value) {
    history_.Report(number, step, value);
    paused_are_judged_ = false;
  }
  void Lost(int64_t number) { ++trials_[number].lost_attempts; }
  void Failed(int64_t number) { ++trials_[number].failed_attempts; }
  // To RUNNING means held. `values` and `violation` of a trial that is COMPLETE.
  void Moved(int64_t number, TrialState to, std::vector<double> values = {}, double violation = 0);
  void SetBudget(int64_t budget) {
    study_.budget = budget;
    paused_are_judged_ = false;
  }
  void SetFiles(std::vector<DatasetFile> files) { study_.files = std::move(files); }
  void SetSpaceFinished(bool finished) {
    study_.space_finished = finished;
    paused_are_judged_ = false;
  }
  void SetStopped(bool stopped) { study_.stopped = stopped; }
  void SetDeadline(absl::Time deadline) { study_.deadline = deadline; }
  // It was held, and waits from now on for others to be worse than its value at `step`.
  void Paused(int64_t number, int64_t step);
  // It goes on; Moved to RUNNING comes next.
  void Promoted(int64_t number);
  // The sampler failed, and why: no new trial until the coordinator starts again.
  void Suspend(absl::string_view why) { suspended_ = std::string(why); }

  // What a worker is sent to do trial `number`.
  absl::StatusOr<TrialTask> MakeTask(int64_t number) const;

 private:
  struct Attempts {
    int64_t trial_id = 0;
    int32_t attempts = 0;
    int32_t lost_attempts = 0;
    int32_t failed_attempts = 0;
  };

  RunningStudy() = default;
  absl::Status InferSpec(Database& database);
  absl::Status MakeSearch();
  void Load(StoredTrial trial);
  void Update(StoredTrial trial);
  HistoryTrial ToHistory(StoredTrial trial);
  // Counts a trial, as it stands, in (1) or out (-1).
  void Count(int64_t number, int by);
  // Whether trials before it have got far enough for this one.
  bool MayBegin(int64_t number) const;
  // Final, or run by another program: nothing waits for it.
  bool IsSettled(int64_t number) const;
  // Trials that are sure to end use the budget up.
  bool IsBudgetTaken() const;
  // No trial runs, may begin or will be made: what is paused now stays so.
  bool IsExhausted() const;
  // Finds next_promoted_ and next_hopeless_, unless nothing has changed.
  void JudgePaused();
  std::optional<int64_t> FindPromoted();
  std::optional<Hopeless> FindHopeless();
  void AddPaused(int64_t number, int64_t step);
  void RemovePaused(int64_t number);

  StoredStudy study_;
  bool inferred_ = false;
  TrialNeeds needs_;
  std::unique_ptr<SearchSpace> space_;                  // at a fixed address: the sampler borrows it
  History history_;                                     // by number
  std::unique_ptr<Pruner> pruner_;                      // borrows the history
  std::unique_ptr<Sampler> sampler_;                    // borrows all of the above
  std::vector<Attempts> trials_;                        // by number
  std::set<int64_t> waiting_;                           // numbers
  absl::flat_hash_map<int64_t, std::string> enqueued_;  // of those, whose points are to be completed: what is ignored
  struct Pause {
    int64_t step = 0;
    double loss = 0;  // there
  };
  std::map<int64_t, Pause> paused_;  // by number
  // The same by step: (loss, number), from the best on.
  std::map<int64_t, std::set<std::pair<double, int64_t>>> paused_at_;
  bool paused_are_judged_ = false;
  std::optional<int64_t> next_promoted_;
  std::optional<Hopeless> next_hopeless_;
  absl::flat_hash_map<int64_t, int64_t> judged_;  // JudgedStep, by number, of unfinished trials
  TrialCursor cursor_;                            // what we know, unfinished trials above all
  std::array<int64_t, TrialState_ARRAYSIZE> by_state_ = {};
  int64_t final_ = 0;
  int64_t held_ = 0;
  int64_t elsewhere_ = 0;
  int64_t settled_ = 0;  // all trials below it are, or were when they were looked at
  std::optional<std::string> suspended_;
};

}  // namespace parzen
