// The middle of a training whose model learns without labels: clusters or places, how good they are, and what people
// want to see of them.
#pragma once

#include "absl/status/statusor.h"
#include "proto/train.pb.h"
#include "worker/prepared_data.h"
#include "worker/trainer.h"

namespace parzen {

// Of a task that LearnsWithoutLabels. Rows as they were before the transforms, which people look at, come from `cache`,
// whose waits `stop` ends. Errors: as Train.
absl::StatusOr<TrainMetrics> TrainWithoutLabels(const TrainTask& task, const PreparedData& data, DataCache& cache,
                                                const Stop& stop, const TrainHooks& hooks);

}  // namespace parzen
