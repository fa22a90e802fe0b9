// The report: one self-contained HTML page that draws itself from data embedded in it and never asks the network.
//
// Pure function: the same studies give the same bytes. Names and reasons from a study may be hostile; they can neither
// end the data's script element nor become markup.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "studies/reports/plots/plot.h"

namespace parzen {

// Of several studies: one after another, with a comparison of them before. `written` is told below them. Of studies
// with more trials than a page shows well some are chosen, and that is said.
std::string ReportPage(absl::Span<const StudySnapshot> studies, absl::Time written);

// The same page without data, for a server that answers for it (coordinator/dashboard.h): it asks there, and nowhere
// else.
std::string LivePage();

}  // namespace parzen
