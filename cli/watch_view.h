// A running study as a screen of a terminal: what `run` and `study watch` draw there. Pure functions; threads: any.
//
//   digits  MAXIMIZE accuracy
//   [########------------] 12/30  running 2  failed 0  1.2 s/trial  ETA 0:23
//   best 0.9512 (trial 7): trees = 120, max_depth = 14
//   0.8123 ▁▁▄▄▅▅▇▇████ 0.9512  best value of 12 complete trials
//
//   trial  try  worker  running for  step  value
//      12    1  w1      0:12           40   0.93
//   and 3 more
//
//   worker  host   busy  since
//   w1      north  2/4   connected 0:45
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/progress.h"
#include "proto/query.pb.h"

namespace parzen {

struct Screen {
  size_t columns = 80;
  size_t rows = 24;
  bool colour = false;
};

// At most screen.rows lines (at least 1), none wider than screen.columns (at least 1). What matters least goes first
// when they are few: workers, running trials, the curve; with 36 and more the curve is a plot. `now`: for how long
// things run. `coordinated`: what is said of the workers holds now, so that a study may lack one.
std::vector<std::string> WatchLines(const StudyProgress& progress, const Pace& pace, absl::Time now,
                                    const Screen& screen, bool coordinated = true);

// "stopped: `parzen study resume NAME` goes on", "finished: 12 of 50 trials, the space has no more points"; "" while
// nothing is to be said.
std::string DescribeEnd(const StudySummary& study);

// That none of the workers can do the study's trials, and what they lack; "" where that is not so. Nor without any
// worker: `run` starts its own.
std::string WantedWorker(const StudyProgress& progress);

// The best value after the first complete trial, the second, and so on, at most `columns` of them, chosen as
// EvenlyChosen does; NaN while there was none.
std::vector<double> BestCurve(const StudyProgress& progress, size_t columns);

}  // namespace parzen
