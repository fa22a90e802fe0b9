// The worker's one thread of decisions: a state machine over events from the stream, the slots and Stop. See worker.h
// for what it does when things fail.
//
// What it makes of a stream's end:
//   InvalidArgument, FailedPrecondition, PermissionDenied, Unauthenticated, Unimplemented   end, with that status
//   anything else                                                                            reconnect, with back-off
//
// Threads: Run from one thread; the events come from any.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/stop.h"
#include "proto/coordinator.pb.h"
#include "worker/coordinator_stream.h"
#include "worker/prepared_data.h"
#include "worker/slot.h"
#include "worker/worker.h"

namespace parzen {

class WorkerLoop {
 public:
  // Requires: slots and threads are at least 1. Borrows the cache.
  WorkerLoop(const WorkerOptions& options, DataCache& cache);
  ~WorkerLoop();

  // See RunWorker.
  absl::Status Run(const Stop& stop);

 private:
  // What can happen. The generation tells a new stream's events from an old one's.
  struct Received {
    int64_t generation;
    CoordinatorMessage message;
  };
  struct StreamEnded {
    int64_t generation;
    absl::Status reason;
  };
  struct SlotReported {
    size_t slot;
  };
  struct SlotEnded {
    size_t slot;
    absl::StatusOr<TrialResult> result;
  };
  struct StopRequested {};
  using Event = std::variant<Received, StreamEnded, SlotReported, SlotEnded, StopRequested>;

  // Threads: internally synchronised.
  class EventQueue {
   public:
    void Push(Event event);
    // The next event, or nullopt after `timeout`.
    std::optional<Event> Pop(absl::Duration timeout);

   private:
    absl::Mutex mutex_;
    std::deque<Event> events_ ABSL_GUARDED_BY(mutex_);
  };

  // One slot and what it is at.
  struct Job {
    std::unique_ptr<Slot> slot;
    std::string request_id;              // not empty: waits for a trial
    std::optional<Lease> lease;          // a trial runs ...
    bool unwanted = false;               // ... but nobody waits for its end any more
    std::vector<StepReport> unanswered;  // reports of that trial, oldest first, at most Slot::kMaxReports
  };

  // An error only when it is time to give up.
  absl::Status Dial();
  // Says who we are and what we hold, then again everything that has no answer yet.
  void SayHello();

  void On(Received& received);
  void On(StreamEnded& ended);
  void On(SlotReported& reported);
  void On(SlotEnded& ended);
  void On(StopRequested&);

  void OnWelcome(const Welcome& welcome);
  void OnAssignment(Assignment& assignment);
  void OnVerdict(const Verdict& verdict);
  void OnEndAck(const EndAck& ack);
  void OnDrop(const Drop& drop);

  // The job whose trial has this token, or null.
  Job* JobOf(absl::string_view token);
  // Stops a trial whose end nobody waits for.
  void Abandon(Job& job);
  // Asks, unless the job is busy, has asked already, or the worker is stopping.
  void AskForTrial(Job& job);
  // Sends an end, and keeps it until it is acknowledged.
  void Deliver(TrialEnd end);
  void SendEnd(const TrialEnd& end);
  void SendReport(const StepReport& report);
  void SendRequest(const std::string& request_id);
  void SendHeartbeat();
  // Without a stream, or on a broken one, nothing is sent: SayHello repeats it.
  void Send(const WorkerMessage& message);

  absl::Duration UntilNextTimer() const;
  // Some slot is at work.
  bool Training() const;
  // A trial may be on its way.
  bool AwaitsAnswer() const;
  // Stopped, and nothing is left to give back (or nobody to give it to).
  bool Finished() const;

  const WorkerOptions options_;
  Hello hello_;
  EventQueue events_;
  std::vector<Job> jobs_;
  std::vector<TrialEnd> unacknowledged_;  // at most one a slot, plus what came while stopping
  int64_t requests_made_ = 0;
  bool stopping_ = false;

  std::unique_ptr<CoordinatorStream> stream_;  // null while disconnected
  int64_t generation_ = 0;                     // counts streams
  bool welcomed_ = false;                      // the stream works
  absl::Status refused_;
  absl::Duration next_dial_;  // steady time, as all below
  absl::Duration pause_;
  absl::Duration give_up_at_;
  absl::Duration answers_until_;  // when stopped: until then a trial that was asked for may come, and is given back
  absl::Duration heartbeat_period_ = absl::Seconds(1);
  absl::Duration next_heartbeat_;
};

}  // namespace parzen
