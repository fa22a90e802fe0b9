// Which role may call what: workers the WorkerService, clients the StudyService, any verified peer the health of the
// coordinator and the description of its services; nobody anything else. A coordinator's certificate calls nothing of
// Parzen's.
//
// Threads: internally synchronised; gRPC calls it for every RPC of an encrypted connection before any service sees it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "rpc/certificate.h"

namespace parzen {

// OK, or PermissionDenied with the role that `path` ("/parzen.StudyService/GetStudy") needs and the one that was shown.
absl::Status CheckMayCall(absl::string_view path, const std::optional<Role>& shown);

class RoleCheck final : public grpc::AuthMetadataProcessor {
 public:
  // Told of each refusal: one line that names the peer's certificate and what it called.
  using OnRefusal = std::function<void(const std::string& what)>;
  explicit RoleCheck(OnRefusal on_refusal) : on_refusal_(std::move(on_refusal)) {}

  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata* consumed,
                       OutputMetadata* response) override;

 private:
  const OnRefusal on_refusal_;
};

}  // namespace parzen
