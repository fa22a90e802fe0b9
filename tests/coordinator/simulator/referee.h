// Holds the cluster to its promises: looks at the database after each commit, at every answer before it leaves, and at
// everything when all is quiet. What it knows it has seen itself; it asks the dispatcher for nothing but what it would
// hand out, and what it holds in memory.
//
// The rules, by the names under which they are reported:
//   an acknowledged result is in the database      counted: the trial is COMPLETE with exactly these values
//   a final trial never changes                    neither state nor value, and it is not counted a second time
//   the budget is exact                            never more trials final or held; in the end neither more nor fewer
//   a trial has one attempt at a time              RUNNING with one that is open, all others without
//   attempts are numbered and bounded              1, 2, ...; at most max_attempts lost ones, at most one result
//   trials are numbered without gaps
//   the same request gets the same trial
//   a repeated end gets the same answer
//   a stale end is refused and kept                as an event
//   a pruned trial is PRUNED
//   a slot that asks gets work while there is some
//   a worker that is drained gets no more trials   once that was committed, whatever it says in its next Hello
//   a worker that can be heard keeps its trials    also when the coordinator was frozen for long
//   studies do not disappear                       unless somebody deletes them
//   memory equals the disk                         as a dispatcher sees it that starts now
// Others see rules broken elsewhere: the store takes what the dispatcher writes, a worker that keeps to the protocol is
// not sent away for good, a worker gets the work of its study, everything comes to an end.
//
// Threads: externally synchronised. Borrows world and store.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "coordinator/dispatcher.h"
#include "proto/coordinator.pb.h"
#include "studies/store/store.h"
#include "tests/coordinator/simulator/world.h"

namespace parzen {

class Referee {
 public:
  Referee(World& world, Store& store) : world_(world), store_(store) {}
  // Whether the coordinator must have heard that a worker is at the attempt.
  void set_is_heard(std::function<bool(const std::string& token)> is_heard) { is_heard_ = std::move(is_heard); }

  // --- What happened.
  // A worker begins to report an end.
  void Reported(const TrialEnd& end);
  // The dispatcher took a message.
  void Handled(ConnectionId stream, const WorkerMessage& message);
  void Disconnected(ConnectionId stream);
  // The dispatcher has begun anew.
  void CoordinatorForgot() { open_requests_.clear(); }
  // Another program runs, or has ended, so many trials of the study.
  void Touched(const std::string& study, int64_t trials);
  // An edit of the transaction under way sets a budget: trials that run may be more than it allows.
  void BudgetWasSet() { budget_was_set_ = true; }
  // Somebody deletes the study, now or soon.
  void MayDisappear(const std::string& study) { deleted_.insert(study); }
  bool may_disappear(const std::string& study) const { return deleted_.contains(study); }
  // Whoever asked for the trial was told that this is its value.
  void Promised(const std::string& study, int64_t number, double value);

  // --- Checks.
  // After a commit; `outbox` is about to leave.
  void Committed(const Dispatcher& dispatcher, const std::vector<OutgoingMessage>& outbox);
  // When all is quiet. `dispatcher` has seen all that is in the file.
  void CheckAll(const Dispatcher& dispatcher, Now now);

  int64_t trials() const;                       // in the database
  int64_t results() const { return results_; }  // acknowledged

 private:
  struct Trial {
    int64_t trial_id = 0;
    std::string state;
    std::optional<double> value;  // of a final one
  };
  struct Study {
    std::string name;
    std::string created;
    int64_t budget = 0;
    int64_t most = 0;  // trials that may be final: more than the budget when that was lowered too late
    bool touched = false;
    int64_t elsewhere = 0;  // trials that others ran
    bool space_finished = false;
    bool stopped = false;
    bool crashed = false;  // a trial waits that killed a slot: not every worker gets it
    std::vector<Trial> trials;
  };

  void Drained(ConnectionId stream);
  absl::Status LookAtStudies();
  absl::Status LookAtTrials();
  absl::Status LookAtLosses();
  void CheckMayGet(const OutgoingMessage& assignment);
  absl::Status LookAtTrial(Study& study, int64_t number, Trial found, int64_t open_attempts);
  void CheckBudget(Study& study, int64_t budget, int64_t final, int64_t held);
  absl::Status CheckAnswer(const CoordinatorMessage& message);
  absl::Status CheckEndAck(const EndAck& ack);
  absl::Status CheckAssignment(const Assignment& assignment);
  absl::Status CheckAttempts();
  absl::Status CheckValues();
  absl::Status CompareMemory(const Dispatcher& dispatcher, Now now);
  void CompareStudy(const RunningStudy& memory, const RunningStudy& disk);
  absl::StatusOr<std::optional<double>> ValueOf(int64_t trial_id);
  // The study of which the dispatcher has a trial for such a worker.
  std::optional<std::string> WorkFor(const Dispatcher& dispatcher, const Hello& worker) const;
  std::string Name(const Study& study, int64_t number) const;

  World& world_;
  Store& store_;
  std::function<bool(const std::string& token)> is_heard_;
  std::set<std::string> lost_;     // tokens
  std::set<std::string> drained_;  // worker_ids
  std::map<int64_t, Study> studies_;
  std::map<int64_t, int64_t> budgets_;  // as of the last look
  bool budget_was_set_ = false;         // since the last look
  std::set<std::string> deleted_;
  absl::flat_hash_map<std::string, TrialEnd> reported_;  // by token
  absl::flat_hash_map<std::string, std::string> given_;  // token by request_id
  std::map<std::string, ConnectionId> open_requests_;    // by request_id
  std::map<ConnectionId, Hello> workers_;
  absl::flat_hash_map<std::string, bool> acknowledged_;  // whether it was counted, by token
  int64_t results_ = 0;
};

}  // namespace parzen
