// K-means: centres that lower the sum of squared distances of the rows from the nearest ones.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/clusters/lloyd.h"

namespace parzen {

// InvalidArgument names the option that no data could make right.
absl::Status CheckKMeans(const KMeans& options);

// What is told of a run: with one start (or given centres), of each of its rounds, what LloydRun::report says; with
// several, of each of them, in order, the lowest inertia of the starts so far. Calls come from one thread at a time.
using ReportInertia = std::function<bool(int64_t step, double inertia)>;

// The start that ends with the lowest inertia, the first of equals; its random numbers are those of stream.Fork(its
// number). Starts run side by side where there are threads. Uses the task arena it is called in; the result is the same
// bits on any number of threads. `stop_requested` is asked from any thread, one at a time.
// InvalidArgument: wrong options; fewer rows than clusters; numbers that are not finite; GIVEN centres with another
// number of features. Cancelled: stop was requested, or the report returned false.
absl::StatusOr<KMeansResult> RunKMeans(const FeatureRef& rows, const KMeans& options, const RandomStream& stream,
                                       const std::function<bool()>& stop_requested, const ReportInertia& report = {});

}  // namespace parzen
