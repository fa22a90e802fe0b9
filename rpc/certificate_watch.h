// What is to be said of the certificates of a process that runs for months: that they end soon, that they were
// replaced, that a replacement cannot be used. Threads: externally synchronised.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "rpc/tls_files.h"

namespace parzen {

class CertificateWatch {
 public:
  struct Line {
    bool warning = false;
    std::string text;
  };
  // How often to look.
  static constexpr absl::Duration kPeriod = absl::Seconds(10);
  // Certificates that end within this time are warned of, once a day.
  static constexpr absl::Duration kSoon = absl::Hours(30 * 24);

  CertificateWatch(TlsFiles files, Role role) : files_(std::move(files)), role_(role) {}

  // Reads the files. What is new since the last call; a warning of an end near again after a day.
  std::vector<Line> Look(absl::Time now);

 private:
  void LookAtEnd(const std::string& path, const std::string& pem, absl::Time now, std::vector<Line>& lines);

  const TlsFiles files_;
  const Role role_;
  std::string seen_;     // the files as they were when they could be used
  std::string problem_;  // the last thing that was said of files that cannot be used
  absl::Time next_warning_ = absl::InfinitePast();
};

}  // namespace parzen
