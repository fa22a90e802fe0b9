// The transforms of a training as they were fitted, from what they noted (PreparedNotes). Threads: immutable once made.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/model.pb.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/transforms/transform.h"

namespace parzen {

class FittedTransforms {
 public:
  // DataLoss: the notes are not of these transforms. InvalidArgument: no such transforms.
  static absl::StatusOr<FittedTransforms> Load(const TrainSpec& spec, const PreparedNotes& notes);

  bool empty() const { return transforms_.empty(); }
  // That come out of them.
  int64_t features() const { return features_; }

  // One after another. Requires: as many features as they were fitted on. Errors: as Transform::Apply.
  absl::Status Apply(FeatureMatrix& rows) const;
  // And back, from the last to the first. Errors: as Transform::Invert.
  absl::Status Invert(FeatureMatrix& rows) const;

 private:
  std::vector<std::unique_ptr<Transform>> transforms_;
  int64_t features_ = 0;
};

}  // namespace parzen
