// The coordinator and its workers.
#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/version.h"
#include "cli/doctor.h"
#include "cli/study_client.h"
#include "cli/terminal.h"
#include "coordinator/listen_address.h"
#include "coordinator/listening_sockets.h"
#include "rpc/certificate_watch.h"

namespace parzen {
namespace {

// Clocks that are further apart make logs and times of trials hard to read ...
constexpr double kSkewSeconds = 2;
// ... and certificates valid on one machine and not on the other.
constexpr double kGreatSkewSeconds = 300;
constexpr size_t kMostNames = 5;

std::string Names(const std::vector<std::string>& names) {
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNames));
  return absl::StrCat(absl::StrJoin(names.begin(), end, ", "),
                      names.size() > kMostNames ? absl::StrCat(" and ", names.size() - kMostNames, " more") : "");
}

Finding Skew(const std::string& check, double ahead_seconds, const std::string& whose) {
  const double apart = std::abs(ahead_seconds);
  const std::string found =
      absl::StrFormat("%s clock is %.1f s %s", whose, apart, ahead_seconds < 0 ? "behind ours" : "ahead of ours");
  if (apart < kSkewSeconds) return {check, Severity::kOk, "clocks agree", ""};
  return {check, apart < kGreatSkewSeconds ? Severity::kWarn : Severity::kFail, found,
          "synchronise the machines' clocks (systemd-timesyncd, chrony)"};
}

// Whether a coordinator can be started at the address: tried, as it would itself.
Finding CanListen(const std::string& address) {
  absl::Status status = CheckListenAddress(address);
  if (status.ok()) status = ListeningSockets::Open(address).status();
  if (status.ok()) {
    return {"coordinator", Severity::kOk, absl::StrCat("nobody listens at ", address, "; a coordinator can"), ""};
  }
  return {"coordinator", Severity::kWarn,
          absl::StrCat("no coordinator answers at ", address, ", and none can be started there: ", status.message()),
          "end the program that has the port, or start the coordinator with another --listen"};
}

Finding Unreachable(const std::string& address, const absl::Status& why, bool wanted) {
  const bool nobody = absl::IsUnavailable(why) && absl::StrContains(why.message(), "no coordinator at");
  if (nobody && !wanted) return CanListen(address);
  const char* advice = "is it a coordinator of this version, and not another program?";
  if (nobody) advice = "start it with `parzen coordinator`, or name another with --coordinator";
  if (nobody && absl::StrContains(why.message(), "no answer within")) {
    advice = "is it the right address, the host up, no firewall between, and the program there a coordinator?";
  }
  if (absl::IsDeadlineExceeded(why)) advice = "its log, and `top` on its machine, say what it does";
  return {"coordinator", Severity::kFail, std::string(why.message()), advice};
}

Finding Health(const absl::StatusOr<bool>& serving) {
  if (serving.ok() && *serving) return {"health", Severity::kOk, "serving", ""};
  return {"health", Severity::kFail, serving.ok() ? "not serving" : std::string(serving.status().message()),
          "it cannot store results at the moment: its log, or /healthz, says why"};
}

// Of a certificate that another machine showed: when it ends, as the wire has it.
Finding End(const std::string& expires, absl::Time now) {
  absl::Time end;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S", expires, &end, &error)) {
    return {"coordinator's certificate", Severity::kWarn, absl::StrCat("ends at \"", Printable(expires), "\""), ""};
  }
  const std::string found = absl::StrCat("valid until ", absl::FormatTime("%Y-%m-%d", end, absl::UTCTimeZone()));
  if (end - now > CertificateWatch::kSoon) return {"coordinator's certificate", Severity::kOk, found, ""};
  return {"coordinator's certificate", Severity::kWarn, found, "make a new one in time: parzen cert coordinator"};
}

}  // namespace

Findings ExamineCertificates(const TlsFiles& files, Role role, absl::Time now) {
  if (files.empty()) return {};
  if (const absl::Status status = ReadTlsIdentity(files, role, now).status(); !status.ok()) {
    return {{"certificates", Severity::kFail, std::string(status.message()), ""}};
  }
  Findings findings;
  for (const CertificateWatch::Line& line : CertificateWatch(files, role).Look(now)) {
    if (line.warning) findings.push_back({"certificates", Severity::kWarn, line.text, ""});
  }
  if (findings.empty()) {
    findings.push_back({"certificates", Severity::kOk, absl::StrCat(files.certificate, ", of a ", RoleName(role)), ""});
  }
  return findings;
}

void ExamineCoordinatorRecord(const CoordinatorRecord& record, absl::Time now, Findings& findings) {
  findings.push_back(
      {"coordinator", Severity::kOk,
       absl::StrCat("on ", Printable(record.host()), ", pid ", record.pid(), ", database ", Printable(record.db())),
       ""});
  const bool same = record.version() == kVersion;
  findings.push_back({"version", same ? Severity::kOk : Severity::kWarn,
                      absl::StrCat(Printable(record.version()), same ? "" : absl::StrCat("; here ", kVersion)),
                      same ? "" : "bring both to one version"});
  findings.push_back(
      Skew("coordinator's clock", absl::ToDoubleSeconds(absl::FromUnixMicros(record.clock_micros()) - now), "its"));
  if (!record.certificate_expires().empty()) findings.push_back(End(record.certificate_expires(), now));
  constexpr double kLittle = 1 << 30;
  const double free = static_cast<double>(record.free_bytes());
  findings.push_back({"coordinator's disk", free < kLittle ? Severity::kWarn : Severity::kOk,
                      absl::StrFormat("%.1f GiB free", free / (1 << 30)), free < kLittle ? "make room there" : ""});
}

void ExamineWorkers(const ListWorkersResponse& workers, const std::string& coordinator_version, Findings& findings) {
  std::vector<std::string> other_version, draining;
  double most = 0;
  std::string whose;
  for (const WorkerRecord& worker : workers.worker()) {
    const std::string name = Printable(worker.name());
    if (!worker.version().empty() && worker.version() != coordinator_version) {
      other_version.push_back(absl::StrCat(name, " (", Printable(worker.version()), ")"));
    }
    if (worker.draining()) draining.push_back(name);
    if (std::abs(worker.clock_ahead_seconds()) > std::abs(most)) {
      most = worker.clock_ahead_seconds();
      whose = absl::StrCat(name, "'s");
    }
  }
  findings.push_back({"workers", workers.worker_size() == 0 ? Severity::kWarn : Severity::kOk,
                      absl::StrCat(workers.worker_size(), " connected",
                                   draining.empty() ? "" : absl::StrCat(", draining: ", Names(draining))),
                      workers.worker_size() == 0 ? "start some with `parzen worker`: no trial is done without" : ""});
  if (workers.worker_size() == 0) return;
  findings.push_back({"workers' versions", other_version.empty() ? Severity::kOk : Severity::kWarn,
                      other_version.empty() ? "the coordinator's" : Names(other_version),
                      other_version.empty() ? "" : "bring them to the coordinator's version"});
  findings.push_back(Skew("workers' clocks", most, whose));
}

Findings ExamineCoordinator(const SourceOptions& options, bool wanted) {
  const absl::StatusOr<std::unique_ptr<StudyClient>> client =
      StudyClient::Create(options.coordinator, ClientTlsFiles(options.tls));
  if (!client.ok()) return {{"coordinator", Severity::kFail, std::string(client.status().message()), ""}};
  const absl::Time before = ReadClock().wall;
  const absl::StatusOr<CoordinatorRecord> record = (*client)->GetCoordinator(GetCoordinatorRequest());
  if (!record.ok()) return {Unreachable(options.coordinator, record.status(), wanted)};
  Findings findings;
  // Its clock was read about half way.
  ExamineCoordinatorRecord(*record, before + (ReadClock().wall - before) / 2, findings);
  findings.push_back(Health((*client)->IsServing()));
  const absl::StatusOr<ListWorkersResponse> workers = (*client)->ListWorkers(ListWorkersRequest());
  if (workers.ok()) {
    ExamineWorkers(*workers, record->version(), findings);
  } else {
    findings.push_back({"workers", Severity::kFail, std::string(workers.status().message()), ""});
  }
  return findings;
}

}  // namespace parzen
