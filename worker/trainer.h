// One training from end to end: data, model, metrics. A pure function of the task and its files' bytes (but for the two
// times it measures); knows no RPC.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/stop.h"
#include "proto/train.pb.h"
#include "worker/checkpointing.h"
#include "worker/models/model.h"
#include "worker/prepared_data.h"

namespace parzen {

// How a training is watched and ended from outside; see FitContext.
struct TrainHooks {
  // Told of the fitted model, once it is measured (in a cross-validation, of each); what it returns, unless OK, is what
  // Train returns.
  std::function<absl::Status(const Model& model, const PreparedData& data, const TrainMetrics& metrics)> keep;
  // Ends the wait for data that another process prepares; null: nothing does. Whoever sets it sees to it that
  // stop_requested says the same.
  const Stop* stop = nullptr;
  std::function<bool()> stop_requested = [] { return false; };
  std::function<bool(int64_t step, double value)> report = [](int64_t, double) { return true; };
  // What a training that is to pause leaves, and what an earlier one of the same task has left: it goes on from there.
  // DataLoss: that is damaged, or of another task. Borrowed.
  PauseHooks pause = {};
  absl::string_view checkpoint;
};

// Trains the task's model and measures it; in a cross-validation one for each part of the rows (MeanOfFolds), whose
// steps are the parts: what is reported is the mean so far of the watched metric. A final training knows no parts;
// without test rows it measures none. Runs on the calling thread's task arena; call it inside tbb::task_arena::execute
// to choose the threads. InvalidArgument, NotFound: the task cannot be trained as it is (data or options), and never
// will. Cancelled: a hook asked to stop. ResourceExhausted: out of memory. No exception leaves it.
absl::StatusOr<TrainMetrics> Train(const TrainTask& task, DataCache& cache, const TrainHooks& hooks);

}  // namespace parzen
