// Workers that do nothing but report, side by side, through the coordinator's commit loop: what durable single-trial
// commits cost when they share their fsyncs.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace parzen {

struct ReporterRates {
  double trials_per_second = 0;  // made, run, ended and acknowledged
  absl::Duration median;         // from a report of the end to its acknowledgement
  absl::Duration p99;
};

// `reporters` threads, each of which takes one trial after the other from the study in the file at `path` (made when it
// is missing) for so long.
absl::StatusOr<ReporterRates> MeasureReporters(const std::string& path, int reporters, absl::Duration length);

}  // namespace parzen
