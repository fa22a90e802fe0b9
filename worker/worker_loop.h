// The worker's one thread of decisions: a state machine over events from the stream, the slots and signals. See
// worker.h for what it does when things fail.
//
// What it makes of a stream's end:
//   InvalidArgument, FailedPrecondition, PermissionDenied, Unauthenticated, Unimplemented   end, with that status
//   anything else, and a dial that fails                                                     reconnect, with back-off
// It gives up after a while (WorkerOptions), but not while it has what would be lost.
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
#include "base/log.h"
#include "base/stop.h"
#include "proto/coordinator.pb.h"
#include "worker/ahead/next_trial.h"
#include "worker/ahead/recent_trials.h"
#include "worker/coordinator_stream.h"
#include "worker/slots/slot.h"
#include "worker/spool/spool.h"
#include "worker/task_fetcher.h"
#include "worker/worker.h"

namespace parzen {

class WorkerLoop {
 public:
  // Requires: slots and threads are at least 1. Borrows the spool and the fetcher, if there are any.
  WorkerLoop(const WorkerOptions& options, const std::string& worker_id, Spool* spool, FileFetcher* fetcher);
  ~WorkerLoop();

  // See RunWorker.
  absl::Status Run(const Stop& stop, const Stop& drain);

 private:
  // What can happen. The generation tells a new stream's events from an old one's.
  struct StreamOpened {
    int64_t generation;
  };
  struct Received {
    int64_t generation;
    CoordinatorMessage message;
  };
  struct StreamEnded {
    int64_t generation;
    absl::Status reason;
  };
  struct FilesPlaced {
    size_t slot;
    absl::StatusOr<PlacedTask> placed;
  };
  struct SlotReady {
    size_t slot;
  };
  struct SlotReported {
    size_t slot;
  };
  struct SlotEnded {
    size_t slot;
    TrialEnd end;
    bool ready;
  };
  struct DrainRequested {};
  struct StopRequested {};
  using Event = std::variant<StreamOpened, Received, StreamEnded, FilesPlaced, SlotReady, SlotReported, SlotEnded,
                             DrainRequested, StopRequested>;

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

  // What the log calls a trial.
  struct TrialName {
    std::string study;
    int64_t number = 0;
  };

  // One slot and what it is at.
  struct Job {
    std::unique_ptr<Slot> slot;
    bool ready = false;                   // it can do trials
    std::string request_id;               // not empty: waits for a trial
    std::optional<Lease> lease;           // a trial runs ...
    std::string cluster_id;               // ... of this cluster ...
    TrialName name;                       // ... and of this name ...
    bool unwanted = false;                // ... but nobody waits for its end any more
    absl::Duration limit;                 // how long it may take in the slot
    std::vector<DiskCache::Entry> files;  // that it uses; none while they are on their way
    std::vector<StepReport> unanswered;   // reports of that trial, oldest first, at most Slot::kMaxReports
    NextTrial next;                       // what comes after it
  };

  struct UnacknowledgedEnd {
    TrialEnd end;
    std::string cluster_id;         // whom it is for
    std::optional<TrialName> name;  // nullopt where another worker has left it
    bool spooled = false;           // it outlives the worker
  };

  std::unique_ptr<Slot> MakeSlot(size_t index);
  void Dial();
  // Tries again after a pause, or gives up when it is time.
  void DialLater(const absl::Status& why);
  // Says who we are and what we hold.
  void SayHello();
  // Everything that has no answer yet.
  void SendAgain();

  void On(StreamOpened& opened);
  void On(Received& received);
  void On(StreamEnded& ended);
  void On(FilesPlaced& placed);
  void On(SlotReady& ready);
  void On(SlotReported& reported);
  void On(SlotEnded& ended);
  void On(DrainRequested&);
  void On(StopRequested&);

  void OnWelcome(const Welcome& welcome);
  void OnAssignment(Assignment& assignment);
  void OnVerdict(const Verdict& verdict);
  void OnEndAck(const EndAck& ack);
  void OnDrop(const Drop& drop);

  // The job whose trial has this token, or null.
  Job* JobOf(absl::string_view token);
  // The job whose next trial has it, or null.
  Job* JobBefore(absl::string_view token);
  // Stops a trial whose end nobody waits for, or the fetching of its files.
  void Abandon(Job& job, absl::string_view reason);
  // What jobs have to do now: gives trials back that wait too long, starts those that need not wait, asks for others.
  void TendJobs();
  // Starts the trial that waits, if there is one and the slot is free.
  void StartNext(Job& job);
  // Gives the trial to the job's slot, once its dataset files are here.
  void StartTrial(Job& job, NextTrial::Waiting next);
  // The task's files are here, or cannot be had.
  void OnPlaced(Job& job, absl::StatusOr<PlacedTask> placed);
  // When the job asks for a trial; InfiniteDuration: it has asked already, cannot take one, or the worker wants no
  // more.
  absl::Duration AskAt(const Job& job) const;
  void AskForTrial(Job& job);
  // Back to the queue of its cluster, untried.
  void GiveBack(const NextTrial::Waiting& trial, absl::string_view reason);
  // Sends an end, and keeps it until its cluster has acknowledged it.
  void Deliver(TrialEnd end, const std::string& cluster_id, const TrialName& name);
  // Says for people what has become of a trial.
  static void Tell(const Job& job, const TrialEnd& end);
  // Logs what became of a trial: "{study}" and "{trial}" in the text are its name, "{reason}" is the reason.
  static void LogTrial(spdlog::level::level_enum level, const TrialName& name, int32_t attempt, absl::string_view text,
                       absl::string_view reason = "");
  void SendEnd(const TrialEnd& end);
  void SendReport(const StepReport& report);
  void SendRequest(const std::string& request_id);
  void SendHeartbeat();
  // The leases of trials that run or wait here.
  std::vector<Lease> Held() const;
  // Without a stream, or on a broken one, nothing is sent: SendAgain repeats it.
  void Send(const WorkerMessage& message);

  absl::Duration UntilNextTimer() const;
  // No more trials are wanted.
  bool Leaving() const { return stopping_ || draining_; }
  // An end waits for the coordinator that we are connected to, or were.
  bool AwaitsAcknowledgement() const;
  // Some slot is at work, or about to be.
  bool Training() const;
  // Says for people that the worker ends, and why.
  void TellEnd(const absl::Status& status) const;
  // Nothing would be lost if the worker gave up now.
  bool MayGiveUp() const;
  // A trial may be on its way.
  bool AwaitsAnswer() const;
  // Stopped or drained, and nothing is left to give back (or nobody to give it to).
  bool Finished() const;

  const WorkerOptions options_;
  Spool* const spool_;  // may be null
  Hello hello_;
  EventQueue events_;
  std::vector<Job> jobs_;
  RecentTrials recent_;
  std::vector<UnacknowledgedEnd> unacknowledged_;  // about one a slot, and what the spool has adopted
  int64_t requests_made_ = 0;
  bool draining_ = false;
  bool stopping_ = false;

  std::unique_ptr<CoordinatorStream> stream_;  // null while disconnected
  int64_t generation_ = 0;                     // counts streams
  bool opened_ = false;                        // the stream has a connection
  bool welcomed_ = false;                      // the stream works
  std::string sent_away_;                      // why the last one did not get so far
  std::string cluster_id_;                     // of the coordinator that has welcomed us last
  absl::Status refused_;                       // why the worker ends, unless it was asked to
  absl::Duration next_dial_;                   // steady time, as all below
  absl::Duration pause_;
  absl::Duration give_up_at_;
  absl::Duration answers_until_;  // when leaving: until then a trial that was asked for may come, and is given back
  absl::Duration heartbeat_period_ = absl::Seconds(1);
  absl::Duration next_heartbeat_;

  std::unique_ptr<TaskFetcher> files_;  // absent where files are read where they are; last: its thread pushes events
};

}  // namespace parzen
