// Makes certificates: an authority of one's own, and what it signs. All keys are on the curve P-256.
//
// Functions of their arguments and of OpenSSL's random numbers; nothing touches a file. InvalidArgument: a name or host
// that no certificate can hold; Internal: OpenSSL fails.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rpc/certificate.h"

namespace parzen {

// A certificate and its private key, each as PEM. An authority's may sign others, and nothing below these.
struct PemPair {
  std::string certificate;
  std::string key;
};

absl::StatusOr<PemPair> MakeAuthority(const std::string& name, absl::Time from, absl::Time until);

struct CertificateRequest {
  Role role = Role::kWorker;
  // For people: 1 to 64 characters.
  std::string name;
  // DNS names and IP addresses a coordinator is dialled at; none for the other roles.
  std::vector<std::string> hosts;
  absl::Time valid_from;
  absl::Time valid_until;
};

// The certificate does not outlive the authority's.
absl::StatusOr<PemPair> IssueCertificate(const PemPair& authority, const CertificateRequest& request);

}  // namespace parzen
