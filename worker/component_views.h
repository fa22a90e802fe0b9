// Principal components for people to look at, where the last transform is `pca`: how much each explains, the components
// as images, and rows beside what a few components leave of them.
#pragma once

#include "absl/status/statusor.h"
#include "base/stop.h"
#include "proto/train.pb.h"
#include "worker/prepared_data.h"

namespace parzen {

// Of the training of `data`; empty where its last transform is another. The data before the components comes from
// `cache`. Errors: as DataCache::Get.
absl::StatusOr<ComponentViews> ViewComponents(const TrainTask& task, const PreparedData& data, DataCache& cache,
                                              const Stop& stop);

}  // namespace parzen
