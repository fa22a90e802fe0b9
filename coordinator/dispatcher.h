// Decides: who trains what, what a report means, when a trial is lost. The coordinator's only writer.
//
// A deterministic state machine over the store: messages and the time come in as arguments, answers go to an outbox. It
// has no thread, no socket and no clock, so tests and the simulator run it as it is. The commit loop calls it inside a
// transaction and sends the outbox only after the commit; when the commit fails, it closes all streams and Reload makes
// memory equal to the disk again. Workers come back and repeat what was not answered, so nothing is lost by that.
//
// The rules (README, "When things fail"):
//   - a trial's number stays through its attempts; the token proves an attempt, the worker's name proves nothing
//   - the same request_id gets the same trial; the same end gets the same acknowledgement
//   - an end whose lease is no longer current is kept as an event and never counted
//   - a study makes exactly `budget` trials; each ends in a final state
//   - a trial that pauses gives its slot back, and goes on when the pruner lets it, on whichever worker asks then; what
//     it needs for that is on disk before its pause is acknowledged
//   - a trial that is lost or whose slot dies is tried again, max_attempts times; one that killed slots of two workers,
//     or that failed by itself more than `retries` times, is FAIL
//   - trials go only to workers that can do them; of several studies, to the one that has the least for its weight
//
// Threads: externally synchronised. Borrows the store.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "coordinator/dispatch_state.h"
#include "coordinator/fleet.h"
#include "coordinator/lease_table.h"
#include "coordinator/running_study.h"
#include "proto/coordinator.pb.h"
#include "studies/store/store.h"
#include "studies/store/trial_changes.h"

namespace parzen {

struct OutgoingMessage {
  ConnectionId connection;
  CoordinatorMessage message;
  bool close = false;  // there is no message: the stream is to be closed, Unavailable
};

// The process that owns the database.
struct CoordinatorProcess {
  std::string host;  // for people
  int64_t pid = 0;
  bool has_workers = false;  // workers that say so live in it (Hello.embedded): files' paths mean the same to them
};

class Dispatcher {
 public:
  // `make_token` gives lease tokens: unguessable, never the same. `only_study`, when not empty: the one study whose
  // trials are handed out.
  Dispatcher(Store& store, absl::Duration lease_period, std::function<std::string()> make_token,
             std::string only_study = "", CoordinatorProcess process = {});

  // Makes memory equal to the disk: studies, trials and leases (each with a fresh period), and begins an epoch. At
  // start, `now` is also the end of attempts whose workers lived in the process that held the file before. Requires: an
  // open transaction.
  absl::Status Start(Now now);
  // The same after a failed commit. Forgets all connections: their streams are to be closed.
  absl::Status Reload(Now now);

  // Takes over what others did in the file since the last time; does nothing when they did nothing. To be called first
  // in every transaction: what follows relies on it. Other programs may make, change and delete studies, and enqueue,
  // claim and end trials (README, "Living with Optuna"). Requires: an open transaction.
  absl::Status Refresh(Now now);
  // Whether Refresh would find something; true also when that cannot be told. Needs no transaction.
  bool FileHasChanged();

  // --- Inputs. Requires: an open transaction. An error means the store failed: roll back and Reload.
  // A message of a worker. InvalidArgument in `refusal` when the worker broke the protocol: close its stream.
  absl::Status Handle(ConnectionId connection, const WorkerMessage& message, Now now, absl::Status& refusal);
  absl::Status Disconnected(ConnectionId connection, Now now);
  // Ends leases whose deadline has passed, and stops studies whose time limit is up.
  absl::Status ExpireLeases(Now now);
  // The process did not run for a while (it was stopped, its machine slept): leases that were valid before stay so,
  // until their workers can have been heard.
  void ForgivePause(Now now) { leases_.ForgivePause(now.steady); }
  // Nothing of what workers said could be stored for a while: all leases get a fresh period.
  void RenewLeases(Now now) { leases_.RenewAll(now.steady); }
  // Gives trials to the requests that wait, those of free slots first, then oldest first, each from the study that has
  // the fewest trials in slots for its weight. Requests of workers that can do none of what there is do not hold up
  // others. Before that, a trial that waited in its worker and has got a slot begins now; of a stopped study, those
  // that wait go back.
  absl::Status Assign(Now now);
  // Asks the connected workers of that name, or worker_id, to take no more trials: their worker_ids. NotFound.
  absl::StatusOr<std::vector<std::string>> DrainWorkers(absl::string_view name);

  // Creates, resumes, extends, or takes over from Optuna. `refusal`: what is wrong with the request (bad spec, name
  // taken by another spec, or by a study of Optuna whose directions or parameters do not fit).
  absl::Status CreateStudy(const CreateStudyRequest& request, Now now, absl::Status& refusal);

  // The study in memory; nullptr when there is none of that name, or it is left alone.
  const RunningStudy* FindStudy(absl::string_view name) const;
  // The study of that name, to be asked for trials and told of them; it is loaded when it is not in memory yet, also
  // when another program made it. Valid until the next input. NotFound; FailedPrecondition when it cannot be searched:
  // the message says why. Requires: an open transaction.
  absl::StatusOr<RunningStudy*> LoadedStudy(absl::string_view name);
  // After an edit in the open transaction: makes the memory of the study equal to the disk, or forgets it when it was
  // deleted; reads what was edited, not the whole study. Trials that workers have are not to be edited.
  // FailedPrecondition when the study cannot be loaded any more; it is then left alone.
  absl::Status ReloadStudy(int64_t study_id);
  // The same where the edit was of one trial, made or changed, and of the study's settings: reads no other.
  absl::Status ReloadTrial(int64_t study_id, int64_t number);
  // The oldest trial that waits, or a new one, RUNNING, for someone who is no worker: its number. Aborted says why
  // there is none, and what to do; FailedPrecondition that the sampler failed. What was written with it (the space is
  // finished, an event) must be kept, as memory has it.
  absl::StatusOr<int64_t> TakeTrial(RunningStudy& study, Now now);
  // After an edit in the open transaction that ended attempts of workers: takes their leases away and tells them why.
  void DropEndedLeases(int64_t study_id, absl::string_view reason);
  // The study was deleted, in the open transaction or by others: its workers are told to drop its trials.
  void ForgetStudy(int64_t study_id);
  // What is to be sent after the commit, in order; empties the outbox.
  std::vector<OutgoingMessage> TakeOutbox();
  // What has become of attempts since the last time, by study; to be taken after the commit, as the outbox.
  std::vector<AttemptCounts> TakeCounts();
  DispatchState State() const;
  // When ExpireLeases has something to do next, in steady time; absl::InfiniteDuration() for never.
  absl::Duration NextDeadline(Now now) const;

  absl::Duration lease_period() const { return leases_.period(); }
  int64_t epoch() const { return epoch_; }
  const std::string& cluster_id() const { return cluster_id_; }
  const Fleet& fleet() const { return fleet_; }

 private:
  struct Crash {
    std::string worker_id;  // whose slot the trial killed
    int64_t study_id = 0;
    int64_t trial_number = 0;
  };

  // A study that is new here: enqueues what the spec asks for and takes it into memory.
  absl::Status BeginStudy(int64_t study_id, const std::string& name, const SearchSpace& space);
  absl::Status ResumeStudy(int64_t study_id, const std::vector<DatasetFile>& files, int64_t budget, Now now);
  // Into memory; a study that cannot be run is left alone, and the log says why.
  void LoadStudy(const StoredStudy& study);
  absl::Status FollowSettings(RunningStudy& study, const StudyMark& mark);
  absl::Status FollowMark(const StudyMark& mark, Now now);
  absl::Status FollowTrials(RunningStudy& study, Now now);
  absl::Status LoadAnew(RunningStudy& study, Now now);
  // Ends the attempts and leases of trials that the study does not hold any more, and gives those a lease that have
  // none. `attempts` are the open ones of all studies.
  absl::Status MatchLeases(RunningStudy& study, const std::vector<StoredAttempt>& attempts, Now now);
  // Out of memory; its workers are told why to drop its trials.
  void DropStudy(int64_t study_id, absl::string_view reason);
  void TakeLease(const ActiveLease& lease, absl::string_view reason);
  absl::Status HandleHello(ConnectionId connection, const Hello& hello, Now now, absl::Status& refusal);
  absl::Status HandleRequest(ConnectionId connection, const TrialRequest& request, Now now, absl::Status& refusal);
  absl::Status HandleReport(ConnectionId connection, const StepReport& report, Now now, absl::Status& refusal);
  absl::Status HandleDraining(ConnectionId connection);
  absl::Status HandleEnd(ConnectionId connection, const TrialEnd& end, Now now);
  // The steps that come with an end. A deterministic study judges them: the trial may be pruned by one, and its end is
  // then too late.
  absl::Status TakeSteps(const ActiveLease& lease, const TrialEnd& end, Now now);
  absl::Status CountEnd(const ActiveLease& lease, const TrialEnd& end, Now now);
  // `reported`: of the worker's own report; null when the dispatcher ends the attempt.
  absl::Status FailTrial(const ActiveLease& lease, absl::string_view reason, Now now, const AttemptUsage* reported);
  absl::Status CompleteTrial(const ActiveLease& lease, const TrialEnd& end, Now now);
  absl::Status CrashTrial(const ActiveLease& lease, const TrialEnd& end, Now now);
  absl::Status KeepMetrics(int64_t trial_id, const TrialResult& result);
  absl::Status PruneTrial(const ActiveLease& lease, double value, absl::string_view reason, Now now);
  // To PRUNED, with the value that stands in for the trial's.
  absl::Status MoveToPruned(RunningStudy& study, int64_t number, double value, absl::string_view reason, Now now);
  absl::Status PauseTrial(const ActiveLease& lease, const TrialEnd& end, Now now);
  // Ends paused trials that will not go on.
  absl::Status EndHopelessTrials(Now now);
  absl::StatusOr<bool> WasCounted(const StoredAttempt& attempt, const TrialEnd& end, Now now);
  absl::Status RequeueTrial(const ActiveLease& lease, AttemptState ended_as, absl::string_view reason, Now now,
                            const AttemptUsage* reported = nullptr);
  absl::Status LoseLease(const ActiveLease& lease, absl::string_view reason, Now now);
  // FAIL, with the attempt as its last.
  absl::Status EndAsFailed(const ActiveLease& lease, AttemptState ended_as, absl::string_view reason, Now now,
                           const AttemptUsage* reported = nullptr);
  absl::Status StopStudiesOutOfTime(Now now);
  enum class Given { kTrial, kNothing, kNotHere };  // kNotHere: another worker of its kind may get one
  absl::StatusOr<Given> AssignOne(const WaitingRequest& request, const StoredWorker& worker, Now now);
  absl::Status TendWaitingLeases(Now now);
  absl::StatusOr<bool> MakeTrial(RunningStudy& study, Now now);
  absl::Status ClaimTrial(RunningStudy& study, int64_t number, Now now);
  // Begins the attempt of a trial that is RUNNING: its lease.
  absl::StatusOr<ActiveLease> GrantLease(RunningStudy& study, int64_t number, const StoredWorker& worker,
                                         const std::string& request_id, Now now);
  // The study with work for such a worker that has the fewest trials in slots for its weight; nullptr when none has.
  // `without` are left out.
  RunningStudy* NextStudy(const StoredWorker& worker, const std::set<int64_t>& without);
  void WarnIfNobodyCan(const RunningStudy& study);
  void ForgetCrashesOfFinalTrials();
  // Whether the trial killed a slot of that worker, and some other worker could try it.
  bool ShouldAvoid(const RunningStudy& study, int64_t number, const StoredWorker& worker) const;
  // ActiveLease::limit of an attempt that begins now.
  absl::Duration LimitOf(const RunningStudy& study, Now now) const;
  absl::Status SendAssignment(ConnectionId connection, absl::string_view request_id, const ActiveLease& lease);
  void RenewOrDrop(ConnectionId connection, const Lease& lease, Now now);
  void SendDrop(ConnectionId connection, const Lease& lease, absl::string_view reason);
  CoordinatorMessage& Send(ConnectionId connection);
  void Count(int64_t study_id, AttemptEvent event);
  // Of a worker, for people: its name while it is connected, else its id.
  std::string NameOf(const std::string& worker_id) const;

  Store& store_;
  const std::function<std::string()> make_token_;
  const std::string only_study_;
  const CoordinatorProcess process_;
  int64_t epoch_ = 0;
  std::string cluster_id_;
  LeaseTable leases_;
  std::map<int64_t, std::unique_ptr<RunningStudy>> studies_;  // by study id
  std::map<int64_t, std::string> left_alone_;                 // by study id: StoredStudy.created
  int64_t seen_version_ = -1;                                 // of the file
  std::set<int64_t> warned_of_;                               // studies that no connected worker can do
  absl::flat_hash_map<int64_t, Crash> crashed_on_;            // by trial_id: of trials that are not over, the last
  Fleet fleet_;
  std::vector<OutgoingMessage> outbox_;
  absl::flat_hash_map<int64_t, std::array<int64_t, kAttemptEvents>> counts_;  // by study id
};

}  // namespace parzen
