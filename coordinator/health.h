// Whether the coordinator does its work, for those who watch it: gRPC's health service (grpc.health.v1) and /healthz.
// Threads: internally synchronised.
#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/health_check_service_interface.h"

namespace parzen {

class Health {
 public:
  // Starts to tell gRPC's service too, which lives until Stop.
  void Serve(grpc::HealthCheckServiceInterface* service);
  // Not serving any more, for good.
  void Stop();

  // OK: everything that arrives is stored. Else why not.
  void Set(const absl::Status& status);
  absl::Status status();

 private:
  void Tell() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  grpc::HealthCheckServiceInterface* service_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace parzen
