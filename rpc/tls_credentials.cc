#include "rpc/tls_credentials.h"

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace parzen {
namespace {

namespace tls = grpc::experimental;

// How often a coordinator looks whether its files have changed.
constexpr unsigned kReloadSeconds = 1;

// Who answers at an address must be its coordinator. That the authority has signed the certificate, gRPC has checked.
class CoordinatorVerifier final : public tls::ExternalCertificateVerifier {
 public:
  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    const std::string problem = Problem(std::string(request->peer_cert().data(), request->peer_cert().size()),
                                        std::string(request->target_name().data(), request->target_name().size()));
    if (!problem.empty()) *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, problem);
    return true;  // it is decided
  }

  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  static std::string Problem(const std::string& pem, absl::string_view host) {
    if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
    const absl::StatusOr<Certificate> certificate = ParseCertificate(pem);
    if (!certificate.ok()) return "what it shows is no certificate";
    if (certificate->role != Role::kCoordinator) {
      return absl::StrCat("it shows ", DescribeRole(certificate->role), ", and is no coordinator");
    }
    const absl::StatusOr<bool> matches = IsForHost(pem, std::string(host));
    if (matches.ok() && *matches) return "";
    return absl::StrCat("its certificate is for ", absl::StrJoin(certificate->hosts, ", "), ", not for ", host,
                        "; `parzen cert coordinator DIR --host ", host, "` makes one that is");
  }
};

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> DialCredentials(const TlsIdentity& identity) {
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(
      identity.ca, std::vector<tls::IdentityKeyCertPair>{{identity.key, identity.certificate}}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<CoordinatorVerifier>());
  options.set_check_call_host(false);  // the verifier has
  return tls::TlsCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> ListenCredentials(const TlsFiles& files) {
  tls::TlsServerCredentialsOptions options(
      std::make_shared<tls::FileWatcherCertificateProvider>(files.key, files.certificate, files.ca, kReloadSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

}  // namespace parzen
