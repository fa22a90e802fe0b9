// What an X.509 certificate says, and whom Parzen takes its holder for.
//
// The role stands in the subject's organisational unit (OU): "parzen-coordinator", "parzen-worker" or "parzen-client".
// Exactly one such unit gives a role; a certificate with none or with two has none. Pure functions of PEM text.
// InvalidArgument: the text is no certificate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parzen {

enum class Role { kCoordinator, kWorker, kClient };

// "coordinator", "worker", "client"; the names of their files, too.
absl::string_view RoleName(Role role);
// "a certificate of role worker", "a certificate without a role", for messages.
std::string DescribeRole(const std::optional<Role>& role);

struct Certificate {
  std::string name;    // the subject's common name
  std::string issuer;  // the issuer's common name
  std::string serial;  // hexadecimal
  bool is_authority = false;
  std::optional<Role> role;
  std::vector<std::string> hosts;  // DNS names and addresses it is for
  absl::Time valid_from;
  absl::Time valid_until;
};

// Reads the first certificate of `pem`.
absl::StatusOr<Certificate> ParseCertificate(absl::string_view pem);

// Whether the first certificate of `pem` is for `host`, a DNS name or an IP address (without brackets).
absl::StatusOr<bool> IsForHost(absl::string_view pem, const std::string& host);

// OK when the first certificate of `pem` is signed by one of `authorities`, holds at `now` and may be used in `role`,
// and `key` is its private key; else InvalidArgument with the first thing that is wrong, in plain words.
absl::Status CheckIdentity(absl::string_view pem, absl::string_view key, absl::string_view authorities, Role role,
                           absl::Time now);

}  // namespace parzen
