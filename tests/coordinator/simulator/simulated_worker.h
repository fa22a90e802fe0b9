// A worker's process as the coordinator sees it: says hello with the leases it holds, asks for trials, reports steps
// and waits for the verdicts, sends heartbeats and ends until they are acknowledged, reconnects with back-off. It
// follows worker/worker_loop.h; only the training is made up: it takes the time that the scenario says.
//
// It never reports twice differently for one lease, so whatever is wrong with a trial is the coordinator's fault.
// Threads: externally synchronised. Borrows everything it is given.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/random_stream.h"
#include "proto/coordinator.pb.h"
#include "tests/coordinator/simulator/network.h"
#include "tests/coordinator/simulator/referee.h"
#include "tests/coordinator/simulator/scenario.h"
#include "tests/coordinator/simulator/world.h"
#include "worker/ahead/next_trial.h"

namespace parzen {

class SimulatedWorker final : public WorkerEnd {
 public:
  SimulatedWorker(World& world, const Scenario& scenario, Network& network, Referee& referee, int index);

  // The process starts; does nothing while it runs.
  void Boot();
  // kill -9; with `silently` the machine is gone and its network with it. A new process comes later by itself.
  void Kill(bool silently);
  // Ctrl-C: gives its trials back and ends. A new process comes later by itself.
  void Stop();
  // SIGTERM: ends after the trials that it has. A new process comes later by itself.
  void Drain();
  // SIGSTOP, and SIGCONT after `time`.
  void Freeze(absl::Duration time);
  bool runs() const { return runs_; }
  // Whether it has said since then, again and again and without trouble, that it is at the attempt; its last word may
  // be how that ended.
  bool IsHeard(absl::string_view token, absl::Duration since) const;
  // Nothing is on its way to the coordinator that has to arrive.
  bool IsQuiet() const;

  void Dialled(int64_t dial, absl::StatusOr<ConnectionId> stream) override;
  void Received(ConnectionId stream, const CoordinatorMessage& message) override;
  void StreamEnded(ConnectionId stream, const absl::Status& reason) override;

 private:
  // A trial in a slot.
  struct Training {
    double value = 0;  // what it will measure
    int64_t steps = 0;
    int64_t done = 0;  // steps
    absl::Duration step_time;
    std::optional<int64_t> fails_at, crashes_at;  // after so many steps
    std::optional<int64_t> awaited;               // the step whose verdict it waits for
    bool cancelled = false;
  };
  // One slot and what it is at; as in the worker loop.
  struct Job {
    std::string request_id;
    std::optional<Lease> lease;
    bool unwanted = false;
    std::vector<StepReport> unanswered;
    Training training;
    int64_t trainings = 0;  // counts, to tell the events of one from another's
    NextTrial next;
  };

  // Runs `event` unless the process dies before; while it is frozen, it waits.
  void Later(absl::Duration delay, std::function<void()> event);
  void Thaw();
  void End(bool silently);
  void Dial();
  void SayHello();
  // What has no answer.
  void SendAgain();
  void Heartbeat(int64_t round);
  void Lost(const absl::Status& reason);

  void OnMessage(const CoordinatorMessage& message);
  void OnWelcome(const Welcome& welcome);
  void OnAssignment(const Assignment& assignment);
  void OnVerdict(const Verdict& verdict);
  void OnEndAck(const EndAck& ack);
  void OnDrop(const Drop& drop);

  // The job whose next trial has this token, or null.
  Job* JobBefore(absl::string_view token);
  // The leases of trials that run or wait here.
  std::vector<Lease> Held() const;
  // For the slot, but not for ever.
  void Wait(Job& job, const Assignment& assignment);
  // Starts the trial that waits, if there is one. Requires: the slot is free.
  void StartNext(Job& job);
  // Gives the trial that waits back, if there is one.
  void GiveBackNext(Job& job);
  void StartTraining(Job& job, const Assignment& assignment);
  void GoOn(size_t slot);
  void StepDone(size_t slot);
  void Answered(Job& job, const Verdict& verdict);
  void Cancel(Job& job);
  void SlotEnded(size_t slot, const std::function<void(TrialEnd& end)>& outcome);

  const Job* JobOf(absl::string_view token) const;
  Job* JobOf(absl::string_view token) {
    return const_cast<Job*>(static_cast<const SimulatedWorker*>(this)->JobOf(token));
  }
  // Unless the slot is at a trial.
  void AskForTrial(Job& job);
  void Ask(Job& job);
  void GiveBack(const Lease& lease);
  void Deliver(TrialEnd end);
  void Send(const WorkerMessage& message);
  void SendEnd(const TrialEnd& end);
  void SendReport(const StepReport& report);
  void EndIfFinished();

  World& world_;
  const Scenario& scenario_;
  const WorkerPlan& plan_;
  Network& network_;
  Referee& referee_;
  const int index_;
  RandomStream random_;

  bool runs_ = false;
  int64_t life_ = 0;  // counts processes
  absl::Duration frozen_until_;
  std::deque<std::function<void()>> backlog_;  // what happened while it was frozen
  std::string worker_id_;
  std::vector<Job> jobs_;
  std::vector<TrialEnd> unacknowledged_;
  std::vector<TrialEnd> spooled_;  // by processes that died
  int64_t requests_made_ = 0;
  bool stopping_ = false;  // gives back what it has
  bool draining_ = false;  // takes no more
  absl::Duration give_up_at_, answers_until_;

  std::optional<ConnectionId> stream_;
  int64_t dial_ = 0;  // counts
  bool welcomed_ = false;
  absl::Duration welcomed_at_;
  absl::Duration pause_;
  absl::Duration heartbeat_period_;
  int64_t heartbeat_round_ = 0;
};

}  // namespace parzen
