// The three files with which one end of an encrypted connection shows who it is, and checks who the other end is.
//
// Files are read anew by each call; nothing is kept. InvalidArgument names the file, says what is wrong with it and
// which command makes a right one.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rpc/certificate.h"

namespace parzen {

// Paths of PEM files; all empty: no encryption.
struct TlsFiles {
  std::string certificate;
  std::string key;
  // Certificates of the authorities whose signature is believed.
  std::string ca;

  bool empty() const { return certificate.empty() && key.empty() && ca.empty(); }
};

// "worker.crt", "worker.key" and "ca.crt" in `folder`, as `parzen cert` names them.
TlsFiles TlsFilesIn(const std::string& folder, Role role);

// What the files hold.
struct TlsIdentity {
  std::string certificate;
  std::string key;
  std::string ca;
};

// Reads the files, and checks that they belong together, are of `role` and hold at `now`.
absl::StatusOr<TlsIdentity> ReadTlsIdentity(const TlsFiles& files, Role role, absl::Time now);

// A file of at most 1 MiB.
absl::StatusOr<std::string> ReadPemFile(const std::string& path);

}  // namespace parzen
