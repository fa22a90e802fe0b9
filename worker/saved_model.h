// A fitted model with everything around it that is needed to predict: transforms, class names, columns. Kept in a file:
//   "PARZEN MODEL 1\n", the header's and the state's length in bytes (8 each, little-endian), a ModelHeader, the state
//   (worker/archive.h), the SHA-256 of all before.
// Numbers in files are checked before they are believed. Threads: immutable once made.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/model.pb.h"
#include "worker/dataset.h"
#include "worker/models/model.h"
#include "worker/transforms/fitted_transforms.h"

namespace parzen {

class SavedModel {
 public:
  // The bytes of a file. `header` has everything but what this adds: files are taken out of its dataset.
  static std::string Bytes(ModelHeader header, const Model& model);
  // InvalidArgument: not such a file, damaged, of another version, or its parts do not fit each other.
  static absl::StatusOr<SavedModel> Parse(absl::string_view bytes);

  const ModelHeader& header() const { return header_; }

  // Of rows as the dataset had them, before the transforms: probabilities, rows x classes; in a regression numbers,
  // rows x 1. InvalidArgument: another number of features, or values that a transform or the model cannot take.
  absl::StatusOr<FeatureMatrix> Predict(FeatureMatrix rows) const;
  // The same of Model::Decide. InvalidArgument, too: the model has no decision values.
  absl::StatusOr<Model::Decisions> Decide(FeatureMatrix rows) const;

  // The rows as they come back from the transforms: what is lost on the way is what the model does not see.
  // InvalidArgument, too: the model has no transforms, or one of them cannot be undone.
  absl::StatusOr<FeatureMatrix> Reconstruct(FeatureMatrix rows) const;

 private:
  absl::Status ApplyTransforms(FeatureMatrix& rows) const;

  ModelHeader header_;
  FittedTransforms transforms_;
  std::unique_ptr<Model> model_;
};

}  // namespace parzen
