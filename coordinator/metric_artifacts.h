// What a training measured that is too much for attributes, as documents that are kept with the trial.
#pragma once

#include <string>
#include <vector>

#include "proto/train.pb.h"

namespace parzen {

struct MetricArtifact {
  std::string name;
  std::string bytes;
  std::string media_type = "application/json";
};

// Of train and validation rows, where they were measured:
//   PART_confusion.json      {"class_name": [...], "count": [...]}, row-major with the true class first
//   PART_classes.json        [{"name": ..., "precision": ..., "recall": ..., "f1": ..., "support": ...}, ...]
// and of features, where something is known of them, one number each (six digits):
//   feature_importance.json  {"impurity": [...], "permutation": [...], "permutation_deviation": [...]}
// and of networks an element an epoch:
//   epochs.json              [{"loss": ..., "accuracy": ..., "validation_loss": ..., ...}, ...], as EpochMetrics
// and of rows that were kept:
//   predictions.json         {"class_name": [...], "height": ..., "width": ..., "row": [{"row": ..., "label": ...,
//                            "predicted": ..., "probability": ..., "image": "base64"}, ...]}, as PredictedRows
//   activations.npy          rows x units, as NumPy writes float32
//   activations.json         {"class_name": [...], "row": [...], "label": [...]}, of these rows
std::vector<MetricArtifact> ArtifactsOf(const TrainMetrics& metrics);

// Of a final training: test_confusion.json, test_classes.json, final_epochs.json, with "test_" before their names those
// of rows that were kept, and of the dataset:
//   final_dataset.json       {"class_name": [...], "learned": [...], "measured": [...], "height": ..., "width": ...,
//                            "row": [{"row": ..., "label": ..., "image": "base64"}, ...]}, as DatasetSheet
std::vector<MetricArtifact> ArtifactsOfFinal(const TrainMetrics& metrics);

// The metrics without what artifacts have of rows that were kept.
TrainMetrics WithoutRows(const TrainMetrics& metrics);

}  // namespace parzen
