// The last step of a run: the best trial, trained again on training and validation rows together and measured once on
// the test rows, with all cores. Blocks its thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/stop.h"
#include "proto/study.pb.h"
#include "worker/prepared_data.h"

namespace parzen {

// Requires: study.has_best(), study.has_spec(), and test rows in the dataset. Keeps the model in `model_file`, unless
// that is empty. Cancelled: `stop` was requested.
absl::StatusOr<FinalResult> TrainBestAgain(const StudySummary& study, const std::vector<DatasetFile>& files,
                                           DataCache& cache, const Stop& stop, const std::string& model_file);

}  // namespace parzen
