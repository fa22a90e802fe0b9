#include "coordinator/role_check.h"

#include <grpc/grpc_security_constants.h>

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

struct Service {
  absl::string_view prefix;
  std::optional<Role> needs;  // absent: any verified peer
};

constexpr Service kServices[] = {{"/parzen.WorkerService/", Role::kWorker},
                                 {"/parzen.StudyService/", Role::kClient},
                                 {"/grpc.health.v1.Health/", std::nullopt},
                                 {"/grpc.reflection.v1alpha.ServerReflection/", std::nullopt}};

std::string FirstProperty(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  return values.empty() ? "" : std::string(values[0].data(), values[0].size());
}

}  // namespace

absl::Status CheckMayCall(absl::string_view path, const std::optional<Role>& shown) {
  for (const Service& service : kServices) {
    if (!absl::StartsWith(path, service.prefix)) continue;
    if (!service.needs.has_value() || service.needs == shown) return absl::OkStatus();
    return absl::PermissionDeniedError(absl::StrCat("this needs a certificate of role ", RoleName(*service.needs),
                                                    ", and ", DescribeRole(shown), " was shown; `parzen cert ",
                                                    RoleName(*service.needs), " DIR` makes one"));
  }
  return absl::PermissionDeniedError(absl::StrCat("no role may call ", path));
}

grpc::Status RoleCheck::Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata*,
                                OutputMetadata*) {
  const auto path_entry = metadata.find(":path");
  const absl::string_view path =
      path_entry == metadata.end() ? "" : absl::string_view(path_entry->second.data(), path_entry->second.size());
  const absl::StatusOr<Certificate> certificate =
      ParseCertificate(FirstProperty(*context, GRPC_X509_PEM_CERT_PROPERTY_NAME));
  const absl::Status status = CheckMayCall(path, certificate.ok() ? certificate->role : std::nullopt);
  if (status.ok()) return grpc::Status::OK;
  on_refusal_(absl::StrCat(path, " by \"", certificate.ok() ? certificate->name : "", "\": ", status.message()));
  return ToGrpc(status);
}

}  // namespace parzen
