// What others did in the file.
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/dispatcher.h"

namespace parzen {

absl::StatusOr<RunningStudy*> Dispatcher::LoadedStudy(absl::string_view name) {
  for (const auto& [id, study] : studies_) {
    if (study->stored().name == name) return study.get();
  }
  ASSIGN_OR_RETURN(const StoredStudy stored, store_.FindStudy(name));
  if (!stored.unreadable.empty()) return absl::FailedPreconditionError(stored.unreadable);
  ASSIGN_OR_RETURN(std::unique_ptr<RunningStudy> loaded, RunningStudy::Load(stored, store_));
  return (studies_[stored.study_id] = std::move(loaded)).get();
}

void Dispatcher::ForgetStudy(int64_t study_id) {
  for (const ActiveLease& lease : leases_.TakeStudy(study_id)) TellToDrop(lease, "the study was deleted");
  studies_.erase(study_id);
}

void Dispatcher::TellToDrop(const ActiveLease& lease, absl::string_view reason) {
  for (const auto& [connection, worker] : workers_) {
    if (worker.worker.worker_id != lease.worker_id) continue;
    Lease dropped;
    dropped.set_trial_id(lease.trial_id);
    dropped.set_attempt(lease.attempt);
    dropped.set_token(lease.token);
    SendDrop(connection, dropped, reason);
  }
}

}  // namespace parzen
