// A study's report: one self-contained HTML page that draws itself from data embedded in it and never asks the network.
//
// Pure function: the same study gives the same bytes. Names and reasons from the study may be hostile; they can neither
// end the data's script element nor become markup.
#pragma once

#include <string>
#include <vector>

#include "proto/study.pb.h"

namespace parzen {

// `trials` by number.
std::string ReportPage(const StudySummary& study, const std::vector<TrialRecord>& trials);

}  // namespace parzen
