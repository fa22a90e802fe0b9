// What the worker says to the coordinator.
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "worker/worker_loop.h"

namespace parzen {

void WorkerLoop::SayHello() {
  WorkerMessage message;
  *message.mutable_hello() = hello_;
  message.mutable_hello()->set_clock_micros(absl::ToUnixMicros(ReadClock().wall));
  for (Lease& lease : Held()) *message.mutable_hello()->add_held() = std::move(lease);
  Send(message);
}

void WorkerLoop::SendAgain() {
  for (const UnacknowledgedEnd& end : unacknowledged_) {
    if (end.cluster_id == cluster_id_) SendEnd(end.end);
  }
  for (const Job& job : jobs_) {
    for (const StepReport& report : job.unanswered) SendReport(report);
    if (!job.request_id.empty()) SendRequest(job.request_id);
  }
}

void WorkerLoop::Deliver(TrialEnd end, const std::string& cluster_id, const TrialName& name) {
  const bool spooled = spool_ != nullptr && spool_->Add(end, cluster_id, ReadClock().wall);
  if (welcomed_ && cluster_id == cluster_id_) {
    SendEnd(end);
  } else {
    LogTrial(spdlog::level::info, name, end.lease().attempt(),
             "study \"{study}\": trial {trial} has ended; its end waits for the coordinator");
  }
  unacknowledged_.push_back({std::move(end), cluster_id, name, spooled});
}

void WorkerLoop::SendEnd(const TrialEnd& end) {
  WorkerMessage message;
  *message.mutable_end() = end;
  Send(message);
}

void WorkerLoop::SendReport(const StepReport& report) {
  WorkerMessage message;
  *message.mutable_report() = report;
  Send(message);
}

void WorkerLoop::SendRequest(const std::string& request_id) {
  WorkerMessage message;
  message.mutable_request()->set_request_id(request_id);
  Send(message);
}

void WorkerLoop::SendHeartbeat() {
  const absl::Duration now = ReadClock().steady;
  if (!welcomed_ || now < next_heartbeat_) return;
  next_heartbeat_ = now + heartbeat_period_;
  WorkerMessage message;
  for (Lease& lease : Held()) *message.mutable_heartbeat()->add_lease() = std::move(lease);
  if (message.has_heartbeat()) Send(message);
}

std::vector<Lease> WorkerLoop::Held() const {
  std::vector<Lease> held;
  for (const Job& job : jobs_) {
    if (job.lease.has_value() && !job.unwanted) held.push_back(*job.lease);
    if (job.next.lease() != nullptr) held.push_back(*job.next.lease());
  }
  return held;
}

void WorkerLoop::Send(const WorkerMessage& message) {
  if (opened_) stream_->Send(message);
}

}  // namespace parzen
