// A fitted linear model of class probabilities. Threads: immutable once filled in.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "worker/archive.h"
#include "worker/dataset.h"

namespace parzen {

struct SoftmaxModel {
  int64_t classes = 0;             // of the data
  std::vector<int32_t> known;      // those that the training rows had, ascending: the others have probability 0
  FeatureMatrix weights;           // known classes x features
  std::vector<double> intercepts;  // known classes

  // Probabilities, rows x classes: the softmax of weights * row + intercepts. The bits of a row depend on it alone.
  // Uses the task arena it is called in.
  FeatureMatrix Probabilities(const FeatureRef& rows) const;

  void Save(ArchiveWriter& state) const;
  // DataLoss: not the state of a model of so many features and classes.
  absl::Status Load(ArchiveReader& state, int64_t features, int64_t all_classes);
};

}  // namespace parzen
