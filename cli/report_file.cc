#include "cli/report_file.h"

#include "cli/whole_file.h"
#include "studies/reports/page.h"

namespace parzen {

absl::Status WriteReport(const std::string& path, const StudySummary& study, const std::vector<TrialRecord>& trials) {
  return WriteWholeFile(path, ReportPage(study, trials));
}

}  // namespace parzen
