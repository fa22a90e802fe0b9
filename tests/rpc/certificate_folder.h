// A folder of certificates as `parzen cert` makes them, and spoilt ones. Removed with the object. Threads: externally
// synchronised.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "rpc/certificate_authority.h"
#include "rpc/tls_files.h"

namespace parzen {

class CertificateFolder {
 public:
  // With an authority and a certificate of each role; the coordinator's is for 127.0.0.1, ::1 and localhost.
  CertificateFolder() : path_(std::filesystem::temp_directory_path() / "parzen-keys.XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) abort();
    NewAuthority();
    for (const Role role : {Role::kCoordinator, Role::kWorker, Role::kClient}) Issue(role);
  }
  ~CertificateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  CertificateFolder(const CertificateFolder&) = delete;
  CertificateFolder& operator=(const CertificateFolder&) = delete;

  const std::string& path() const { return path_; }
  TlsFiles Files(Role role) const { return TlsFilesIn(path_, role); }

  // What is issued from now on is signed by another authority.
  void NewAuthority() {
    authority_ = *MakeAuthority("tests", absl::Now() - absl::Hours(48), absl::Now() + absl::Hours(24 * 365));
    Write("/ca.crt", authority_.certificate);
  }
  // Replaces the role's certificate with one that ends after `life`, or has ended.
  void Issue(Role role, absl::Duration life = absl::Hours(24 * 365)) { Put(role, Make(role, life)); }
  // Puts the certificate of one role in the place of another's.
  void Disguise(Role role, Role as) { Put(as, Make(role, absl::Hours(24))); }
  void Write(const std::string& name, const std::string& content) const { std::ofstream(path_ + name) << content; }

 private:
  PemPair Make(Role role, absl::Duration life) const {
    CertificateRequest request = {role, "a test", {}, absl::Now() - absl::Hours(24), absl::Now() + life};
    if (role == Role::kCoordinator) request.hosts = {"localhost", "127.0.0.1", "::1"};
    return *IssueCertificate(authority_, request);
  }
  void Put(Role as, const PemPair& made) const {
    Write("/" + std::string(RoleName(as)) + ".key", made.key);
    Write("/" + std::string(RoleName(as)) + ".crt", made.certificate);
  }

  std::string path_;
  PemPair authority_;
};

}  // namespace parzen
