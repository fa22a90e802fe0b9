// Looks at a machine, a study database, a coordinator and its workers for what will give trouble, and says what to do
// about it. Changes nothing but for files that it makes and removes at once, to see that it can.
//
// Each look ends by itself: the longest waits 5 s for a coordinator or a database. Threads: functions without state;
// the time is an argument where it matters.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/study_source.h"
#include "cli/table.h"
#include "proto/query.pb.h"
#include "rpc/tls_files.h"

namespace parzen {

enum class Severity { kOk, kWarn, kFail };

struct Finding {
  std::string check;  // "free disk space"
  Severity severity = Severity::kOk;
  std::string found;   // "12.1 GiB"
  std::string advice;  // what to do; "" when it is well
};
using Findings = std::vector<Finding>;

// Processor, cores, memory, open files, clock.
Findings ExamineMachine();

// The database, and the disk it is on. One that is not there yet is no trouble where it can be made.
Findings ExamineDatabase(const std::string& path);

// The certificates with which `role` shows who it is; nothing to find where there are none.
Findings ExamineCertificates(const TlsFiles& files, Role role, absl::Time now);

// Who answers at the address: a coordinator, another program or nobody; the coordinator's version, clock, health, disk
// and certificate, and its workers. `wanted`: somebody should.
Findings ExamineCoordinator(const SourceOptions& options, bool wanted);
// What the coordinator says of itself, and what its workers said when they connected. `now`: our clock when it did.
void ExamineCoordinatorRecord(const CoordinatorRecord& record, absl::Time now, Findings& findings);
void ExamineWorkers(const ListWorkersResponse& workers, const std::string& coordinator_version, Findings& findings);

// Folders that a coordinator or a study reads files from.
Findings ExamineDataFolders(const std::vector<std::string>& folders);
// The folder that a worker keeps files in.
Findings ExamineCacheFolder(const std::string& folder);

// For people: a line a finding and, below it, what to do; nothing is cut.
std::string RenderFindings(const Findings& findings);
// For programs: one row a finding.
Table FindingTable(const Findings& findings);
// How many of them are so.
int64_t CountOf(const Findings& findings, Severity severity);

}  // namespace parzen
