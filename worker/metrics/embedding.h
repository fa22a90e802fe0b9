// How true a picture is to the rows that it shows. Pure functions.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"

namespace parzen {

// Sets, for the places of rows in a picture (rows x dimensions):
// - `trustworthiness`, what is left of 1 after a penalty for those among the 5 nearest in the picture that are not
//   among the 5 nearest rows, which grows with how many rows are nearer; and `continuity`, the same the other way round
//   (Venna and Kaski, 2001, equations 1 and 2). Absent of 10 rows and less, where 5 are half of them.
// - `neighbor_accuracy`, the share of the rows whose label is the one that most of their 5 nearest in the picture have,
//   of equally many the smallest. Absent without labels, and of 5 rows and less.
// Of more than 10,000 rows they are those of so many, evenly chosen. Of equally near ones the smaller number is the
// nearer. Distances that decide are in double; time grows with the square of the rows (less than half a second on two
// cores for 10,000 x 50), memory with their number. Uses the task arena it is called in; the same bits for any number
// of threads. Cancelled: `stop` (any thread asks it) said so. Requires: finite numbers, as many places and, if any,
// labels, as rows.
absl::Status MeasureEmbedding(const FeatureRef& rows, const FeatureRef& places, absl::Span<const int32_t> labels,
                              const std::function<bool()>& stop, PartMetrics& metrics);

}  // namespace parzen
