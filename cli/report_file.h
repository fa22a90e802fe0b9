// Writes a study's report page. Threads: any, on different paths.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "proto/study.pb.h"

namespace parzen {

// Replaces the file at once: a reader sees the old page or the new one, never a part. The error names the path.
absl::Status WriteReport(const std::string& path, const StudySummary& study, const std::vector<TrialRecord>& trials);

}  // namespace parzen
