#include "coordinator/health.h"

namespace parzen {
namespace {

// "" is the server as a whole.
constexpr const char* kServices[] = {"", "parzen.WorkerService", "parzen.StudyService"};

}  // namespace

void Health::Serve(grpc::HealthCheckServiceInterface* service) {
  absl::MutexLock lock(&mutex_);
  service_ = service;
  Tell();
}

void Health::Stop() {
  absl::MutexLock lock(&mutex_);
  if (service_ != nullptr) service_->Shutdown();
  service_ = nullptr;
  status_ = absl::UnavailableError("the coordinator is stopping");
}

void Health::Set(const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  status_ = status;
  Tell();
}

absl::Status Health::status() {
  absl::MutexLock lock(&mutex_);
  return status_;
}

void Health::Tell() {
  if (service_ == nullptr) return;
  for (const char* const service : kServices) service_->SetServingStatus(service, status_.ok());
}

}  // namespace parzen
