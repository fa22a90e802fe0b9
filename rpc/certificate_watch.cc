#include "rpc/certificate_watch.h"

#include "absl/strings/str_cat.h"

namespace parzen {

std::vector<CertificateWatch::Line> CertificateWatch::Look(absl::Time now) {
  std::vector<Line> lines;
  const absl::StatusOr<TlsIdentity> identity = ReadTlsIdentity(files_, role_, now);
  if (!identity.ok()) {
    const std::string problem(identity.status().message());
    if (problem != problem_) lines.push_back({true, absl::StrCat("new connections may be refused: ", problem)});
    problem_ = problem;
    return lines;
  }
  const std::string content = absl::StrCat(identity->certificate, identity->key, identity->ca);
  if (content != seen_ && !seen_.empty()) {
    lines.push_back(
        {false, absl::StrCat(files_.certificate, " or what belongs to it was replaced; new connections use it")});
    next_warning_ = absl::InfinitePast();
  }
  if (!problem_.empty()) next_warning_ = absl::InfinitePast();
  seen_ = content;
  problem_.clear();
  if (now < next_warning_) return lines;
  LookAtEnd(files_.certificate, identity->certificate, now, lines);
  LookAtEnd(files_.ca, identity->ca, now, lines);
  next_warning_ = now + absl::Hours(24);
  return lines;
}

void CertificateWatch::LookAtEnd(const std::string& path, const std::string& pem, absl::Time now,
                                 std::vector<Line>& lines) {
  const absl::StatusOr<Certificate> certificate = ParseCertificate(pem);
  if (!certificate.ok() || certificate->valid_until - now > kSoon) return;
  const int64_t days = (certificate->valid_until - now) / absl::Hours(24);
  lines.push_back({true, absl::StrCat(path, " ends in ", days, days == 1 ? " day" : " days", ", at ",
                                      absl::FormatTime(certificate->valid_until, absl::UTCTimeZone()),
                                      "; replace it (`parzen cert`): no restart is needed")});
}

}  // namespace parzen
