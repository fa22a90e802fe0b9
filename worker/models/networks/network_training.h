// Learning: passes over the rows in random batches, and what is measured after each.
//
// The order of the rows, the images' changes and the dropped values of epoch e come from streams of their own, named by
// e: a training that goes on later draws the same. The bits do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/checkpointing.h"
#include "worker/dataset.h"
#include "worker/models/networks/loss.h"
#include "worker/models/networks/network.h"
#include "worker/models/stop_check.h"

namespace parzen {

// Some of the rows of a matrix, and what they should be predicted as. Borrows both.
struct NetworkRows {
  FeatureRef features;
  Targets targets;
  std::vector<int64_t> which;
};

// What the outputs are for those rows, as predictions; and, unless there is nothing to compare them with, how well they
// do.
struct NetworkMeasure {
  FeatureMatrix predictions;
  double loss = 0;      // mean over the rows
  double accuracy = 0;  // of a classifier
};
NetworkMeasure MeasureNetwork(const Loss& loss, const NetworkRows& rows, bool has_targets, int classes,
                              Network& network);

// The rows in the order of an epoch, from 1; `training`: the stream of the plan.
std::vector<int64_t> OrderOfEpoch(const RandomStream& training, int64_t epoch, std::vector<int64_t> rows);

struct TrainingPlan {
  Training options;
  Loss loss;
  int classes = 0;  // 0: a regression
  RandomStream stream;
};

// Watches a training from outside.
struct TrainingWatch {
  StopCheck& stop;
  // Rows that it does not learn from; null: none. Measured after each epoch.
  const NetworkRows* held_out = nullptr;
  // Told what is predicted for them after epoch 1, 2, ...; false: the training should end now.
  std::function<bool(int64_t epoch, const FeatureMatrix& predictions)> report;
  // After that, and what an earlier training has left then.
  PauseHooks pause = {};
  absl::string_view checkpoint = {};
};

struct TrainingHistory {
  std::vector<EpochMetrics> epochs;
  int64_t best_epoch = 0;  // whose weights are kept, from 1
};

// Trains from the weights that the network has, or, with a checkpoint, from those in it: to the same bits as if it had
// never paused. Cancelled: stopped, or the report said so. InvalidArgument: it diverged, which is told as soon as a
// loss is no number, or an epoch's is 1,000 times that of the weights it began with. DataLoss: the checkpoint is not of
// such a training.
absl::StatusOr<TrainingHistory> TrainNetwork(const TrainingPlan& plan, const NetworkRows& rows,
                                             const TrainingWatch& watch, Network& network);

}  // namespace parzen
