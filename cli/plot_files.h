// The numbers behind a report's plots as CSV files. Writes files; threads: any, on different folders.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "studies/reports/plots/plot.h"

namespace parzen {

// Writes a file for each table of each plot that has rows into the folder, which is made where it is missing: PLOT.csv,
// or PLOT.TABLE.csv where plots have several tables. A column of whole numbers is written without fractions. The paths
// that were written; `notes` gets what plots leave out, "PLOT: why". The error names a path.
absl::StatusOr<std::vector<std::string>> WritePlotFiles(const std::string& folder, const StudySnapshot& snapshot,
                                                        std::vector<std::string>& notes);

}  // namespace parzen
