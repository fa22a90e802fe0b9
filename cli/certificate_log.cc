#include "cli/certificate_log.h"

#include "base/clock.h"
#include "base/log.h"
#include "rpc/certificate_watch.h"

namespace parzen {

void LogCertificates(const TlsFiles& files, Role role, const Stop& stop) {
  if (files.empty()) {
    stop.WaitFor(absl::InfiniteDuration());
    return;
  }
  CertificateWatch watch(files, role);
  do {
    for (const CertificateWatch::Line& line : watch.Look(ReadClock().wall)) {
      spdlog::log(line.warning ? spdlog::level::warn : spdlog::level::info, line.text);
    }
  } while (!stop.WaitFor(CertificateWatch::kPeriod));
}

}  // namespace parzen
