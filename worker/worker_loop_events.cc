// What the worker makes of the coordinator's messages and of its slots' events.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "worker/objectives/objective.h"
#include "worker/objectives/one_line.h"
#include "worker/task_files.h"
#include "worker/worker_loop.h"

namespace parzen {
namespace {

// Why trials are given back untried.
constexpr absl::string_view kLeaving = "its worker was leaving";
constexpr absl::string_view kLate = "it waited in its worker for a slot that did not get free";

StepVerdict VerdictOf(const Verdict& verdict) {
  return verdict.stop() ? StepVerdict::kStop : verdict.pause() ? StepVerdict::kPause : StepVerdict::kGoOn;
}

// InvalidArgument: the task's dataset names a file, which a worker without a cache cannot have.
absl::Status NeedsNoFiles(const TrialTask& task) {
  if (!task.has_train()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const LocatedDataset located, LocateDataset(task.train()));
  if (located.files.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("dataset file \"", located.files[0].name(),
                                                 "\": its worker has no folder (--cache) for dataset files"));
}

}  // namespace

void WorkerLoop::On(Received& received) {
  if (received.generation != generation_) return;
  CoordinatorMessage& message = received.message;
  switch (message.kind_case()) {
    case CoordinatorMessage::kWelcome:
      return OnWelcome(message.welcome());
    case CoordinatorMessage::kAssignment:
      return OnAssignment(*message.mutable_assignment());
    case CoordinatorMessage::kVerdict:
      return OnVerdict(message.verdict());
    case CoordinatorMessage::kEndAck:
      return OnEndAck(message.end_ack());
    case CoordinatorMessage::kDrop:
      return OnDrop(message.drop());
    case CoordinatorMessage::kDrain: {
      DrainRequested drain;
      return On(drain);
    }
    case CoordinatorMessage::KIND_NOT_SET:
      return;  // of a newer coordinator
  }
}

void WorkerLoop::OnWelcome(const Welcome& welcome) {
  welcomed_ = true;
  sent_away_.clear();
  heartbeat_period_ = absl::Seconds(std::max(welcome.lease_seconds(), 0.1) / 3);
  next_heartbeat_ = ReadClock().steady + heartbeat_period_;
  cluster_id_ = welcome.cluster_id();
  if (!options_.embedded) {
    Log(spdlog::level::info, "connected to {coordinator} as {worker}",
        {{"coordinator", options_.coordinator}, {"worker", hello_.name()}});
  }
  if (spool_ != nullptr) {
    for (TrialEnd& end : spool_->Adopt(cluster_id_, ReadClock().wall)) {
      spdlog::info("delivers the end of a trial that a worker has left here");
      unacknowledged_.push_back({std::move(end), cluster_id_, /*name=*/std::nullopt, /*spooled=*/true});
    }
  }
  SendAgain();
  for (Job& job : jobs_) job.slot->SetConnected(true);
}

void WorkerLoop::OnAssignment(Assignment& assignment) {
  const std::string& token = assignment.lease().token();
  if (JobOf(token) != nullptr || JobBefore(token) != nullptr) return;  // the same answer twice
  const auto asked = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& job) {
    return !job.request_id.empty() && job.request_id == assignment.request_id();
  });
  if (asked != jobs_.end()) asked->request_id.clear();
  if (asked != jobs_.end() && !Leaving()) {
    return asked->next.Wait({std::move(assignment), cluster_id_}, ReadClock().steady);
  }
  // Nobody waits for it any more.
  GiveBack({std::move(assignment), cluster_id_}, Leaving() ? kLeaving : "its worker had not asked for it");
}

void WorkerLoop::GiveBack(const NextTrial::Waiting& trial, absl::string_view reason) {
  const Assignment& given = trial.assignment;
  const TrialName name{given.study(), TrialNumber(given.task())};
  if (!options_.embedded) {
    LogTrial(spdlog::level::info, name, given.lease().attempt(),
             "study \"{study}\": trial {trial} is given back untried: {reason}", reason);
  }
  TrialEnd released;
  *released.mutable_lease() = given.lease();
  released.set_released(true);
  released.set_release_reason(std::string(reason));
  Deliver(std::move(released), trial.cluster_id, name);
}

void WorkerLoop::TendJobs() {
  const absl::Duration now = ReadClock().steady;
  for (Job& job : jobs_) {
    if (Leaving() || now >= job.next.LateAt()) {
      if (const auto late = job.next.Take(); late.has_value()) GiveBack(*late, Leaving() ? kLeaving : kLate);
    }
    StartNext(job);
    if (now >= AskAt(job)) AskForTrial(job);
  }
}

void WorkerLoop::StartNext(Job& job) {
  if (job.lease.has_value() || !job.ready) return;
  if (std::optional<NextTrial::Waiting> next = job.next.Take(); next.has_value()) StartTrial(job, *std::move(next));
}

void WorkerLoop::StartTrial(Job& job, NextTrial::Waiting next) {
  Assignment& assignment = next.assignment;
  job.lease = assignment.lease();
  job.cluster_id = std::move(next.cluster_id);
  job.unwanted = false;
  job.name = {assignment.study(), TrialNumber(assignment.task())};
  if (!options_.embedded) {
    LogTrial(spdlog::level::info, job.name, job.lease->attempt(), "study \"{study}\": trial {trial} starts");
  }
  const double limit = assignment.time_limit_seconds();
  job.limit = limit > 0 ? absl::Seconds(limit) : absl::InfiniteDuration();
  TrialTask& task = *assignment.mutable_task();
  if (options_.embedded) return OnPlaced(job, PlacedTask{std::move(task), {}});
  if (files_ == nullptr) {
    const absl::Status needs_none = NeedsNoFiles(task);
    if (!needs_none.ok()) return OnPlaced(job, needs_none);
    return OnPlaced(job, PlacedTask{std::move(task), {}});
  }
  absl::StatusOr<PlacedTask> placed = files_->PlaceNow(task);
  if (!absl::IsUnavailable(placed.status())) return OnPlaced(job, std::move(placed));
  files_->Place(&job - jobs_.data(), std::move(task));
}

void WorkerLoop::On(FilesPlaced& placed) { OnPlaced(jobs_[placed.slot], std::move(placed.placed)); }

void WorkerLoop::OnPlaced(Job& job, absl::StatusOr<PlacedTask> placed) {
  if (placed.ok() && !job.unwanted && !stopping_) {
    job.files = std::move(placed->files);
    job.next.Began(ReadClock().steady);
    return job.slot->Start(std::move(placed->task), job.limit);
  }
  SlotEnded ended{static_cast<size_t>(&job - jobs_.data()), TrialEnd(), job.ready};
  if (absl::IsNotFound(placed.status()) || absl::IsInvalidArgument(placed.status())) {
    ended.end.set_failure(std::string(placed.status().message()));
  } else {
    ended.end.set_released(true);
    if (!placed.ok() && !stopping_ && !job.unwanted) {
      ended.end.set_release_reason(std::string(placed.status().message()));
      LogTrial(spdlog::level::warn, job.name, job.lease->attempt(),
               "study \"{study}\": trial {trial} is given back: {reason}", placed.status().message());
    }
  }
  On(ended);
}

void WorkerLoop::OnVerdict(const Verdict& verdict) {
  Job* job = JobOf(verdict.lease().token());
  if (job == nullptr) return;
  std::erase_if(job->unanswered, [&](const StepReport& report) { return report.step() == verdict.step(); });
  if (verdict.stop()) {
    if (!job->unwanted && !options_.embedded) {
      LogTrial(spdlog::level::info, job->name, verdict.lease().attempt(), "study \"{study}\": trial {trial} is pruned");
    }
    job->unwanted = true;
  }
  job->slot->Answered(verdict.step(), VerdictOf(verdict));
}

void WorkerLoop::OnEndAck(const EndAck& ack) {
  const auto ended = std::find_if(unacknowledged_.begin(), unacknowledged_.end(), [&](const UnacknowledgedEnd& end) {
    return end.end.lease().token() == ack.lease().token();
  });
  if (!ack.counted()) {
    constexpr char kLateEnd[] = "a result came too late: its attempt had ended already";
    const bool named = ended != unacknowledged_.end() && ended->name.has_value();
    if (!named) spdlog::warn(kLateEnd);
    if (named) {
      LogTrial(spdlog::level::warn, *ended->name, ack.lease().attempt(),
               absl::StrCat("study \"{study}\": trial {trial}: ", kLateEnd));
    }
  }
  if (ended != unacknowledged_.end()) unacknowledged_.erase(ended);
  if (spool_ != nullptr) spool_->Delivered(ack.lease());
}

void WorkerLoop::OnDrop(const Drop& drop) {
  if (Job* job = JobOf(drop.lease().token()); job != nullptr) Abandon(*job, drop.reason());
  if (Job* job = JobBefore(drop.lease().token()); job != nullptr) job->next.Take();
  for (Job& job : jobs_) {
    if (!drop.request_id().empty() && job.request_id == drop.request_id()) job.request_id.clear();
  }
}

void WorkerLoop::On(SlotReported& reported) {
  Job& job = jobs_[reported.slot];
  for (const Slot::Report& taken : job.slot->TakeReports()) {
    if (job.unwanted || !job.lease.has_value()) continue;
    StepReport report;
    *report.mutable_lease() = *job.lease;
    report.set_step(taken.step);
    report.set_value(taken.value);
    if (welcomed_) SendReport(report);  // else after those that have no answer, once the coordinator speaks
    Slot::AddReport(job.unanswered, std::move(report));
  }
}

void WorkerLoop::On(SlotReady& ready) { jobs_[ready.slot].ready = true; }

void WorkerLoop::On(SlotEnded& ended) {
  Job& job = jobs_[ended.slot];
  *ended.end.mutable_lease() = *std::exchange(job.lease, std::nullopt);
  job.ready = ended.ready;
  const std::optional<absl::Duration> took = job.next.Ended(ReadClock().steady);
  if (took.has_value() && ended.end.has_result()) recent_.Took(job.name.study, *took);
  // The trial did not wait for them, or they never arrived; kept with the end until that is acknowledged.
  for (const StepReport& report : job.unanswered) {
    StepValue& step = *ended.end.add_step();
    step.set_step(report.step());
    step.set_value(report.value());
  }
  job.unanswered.clear();
  job.files.clear();
  if (ended.end.released() && ended.end.release_reason().empty())
    ended.end.set_release_reason("its worker was stopped");
  const bool wanted = !job.unwanted;
  const std::string cluster_id = job.cluster_id;
  const TrialName name = job.name;
  if (wanted && !options_.embedded) Tell(job, ended.end);
  StartNext(job);  // first: the slot need not wait for the disk and the network
  if (wanted) Deliver(std::move(ended.end), cluster_id, name);
}

void WorkerLoop::Tell(const Job& job, const TrialEnd& end) {
  const int32_t attempt = end.lease().attempt();
  if (end.has_paused()) {
    LogTrial(spdlog::level::info, job.name, attempt,
             absl::StrCat("study \"{study}\": trial {trial} pauses at step ", end.paused().step()));
  }
  if (end.has_failure()) {
    LogTrial(spdlog::level::warn, job.name, attempt, "study \"{study}\": trial {trial} failed: {reason}",
             end.failure());
  }
  if (!end.has_crash()) return;
  const std::string words = OneLine(end.usage().stderr_tail());
  LogTrial(spdlog::level::err, job.name, attempt, "study \"{study}\": trial {trial} has ended with its slot: {reason}",
           absl::StrCat(end.crash(), words.empty() ? "" : absl::StrCat("; it wrote: ", words)));
}

void WorkerLoop::LogTrial(spdlog::level::level_enum level, const TrialName& name, int32_t attempt,
                          absl::string_view text, absl::string_view reason) {
  if (reason.empty()) return Log(level, text, {{"study", name.study}, {"trial", name.number}, {"attempt", attempt}});
  Log(level, text, {{"study", name.study}, {"trial", name.number}, {"attempt", attempt}, {"reason", reason}});
}

WorkerLoop::Job* WorkerLoop::JobOf(absl::string_view token) {
  for (Job& job : jobs_) {
    if (job.lease.has_value() && job.lease->token() == token) return &job;
  }
  return nullptr;
}

WorkerLoop::Job* WorkerLoop::JobBefore(absl::string_view token) {
  for (Job& job : jobs_) {
    if (job.next.lease() != nullptr && job.next.lease()->token() == token) return &job;
  }
  return nullptr;
}

void WorkerLoop::Abandon(Job& job, absl::string_view reason) {
  if (!job.unwanted && !options_.embedded) {
    LogTrial(spdlog::level::warn, job.name, job.lease->attempt(),
             "study \"{study}\": trial {trial} is not ours any more and is stopped: {reason}",
             reason.empty() ? "the coordinator says so" : reason);
  }
  job.unwanted = true;
  job.slot->Cancel();
  if (files_ != nullptr) files_->Forget(&job - jobs_.data());
}

absl::Duration WorkerLoop::AskAt(const Job& job) const {
  const bool may_take_one = welcomed_ && !Leaving() && job.request_id.empty() && job.next.lease() == nullptr;
  if (!may_take_one) return absl::InfiniteDuration();
  if (job.lease.has_value()) return job.next.AskAt(recent_, job.name.study);
  return job.ready ? absl::ZeroDuration() : absl::InfiniteDuration();
}

void WorkerLoop::AskForTrial(Job& job) {
  job.next.Asked();
  job.request_id = absl::StrCat(hello_.worker_id(), "/", ++requests_made_);
  SendRequest(job.request_id);
}

}  // namespace parzen
