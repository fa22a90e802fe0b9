// What a training measured that is too much for attributes, as JSON documents that are kept with the trial.
#pragma once

#include <string>
#include <vector>

#include "proto/train.pb.h"

namespace parzen {

struct MetricArtifact {
  std::string name;
  std::string json;
};

// Of train and validation rows, where they were measured:
//   PART_confusion.json      {"class_name": [...], "count": [...]}, row-major with the true class first
//   PART_classes.json        [{"name": ..., "precision": ..., "recall": ..., "f1": ..., "support": ...}, ...]
// and of features, where something is known of them, one number each (six digits):
//   feature_importance.json  {"impurity": [...], "permutation": [...], "permutation_deviation": [...]}
// and of networks an element an epoch:
//   epochs.json              [{"loss": ..., "accuracy": ..., "validation_loss": ..., ...}, ...], as EpochMetrics
std::vector<MetricArtifact> ArtifactsOf(const TrainMetrics& metrics);

}  // namespace parzen
