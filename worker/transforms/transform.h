// A step of preprocessing: fitted on the rows to learn from, applied to all. A new transform is one file here that
// registers itself under its name in the TransformSpec.kind oneof of proto/train.proto.
//
// Contract, held by tests/conformance: Apply never changes the number of rows; the same rows give the same result for
// any number of threads; a transform that does not fit the data gives InvalidArgument.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/registry.h"
#include "base/stop.h"
#include "proto/train.pb.h"
#include "worker/archive.h"
#include "worker/dataset.h"
#include "worker/kept_results.h"

namespace parzen {

// What transforms that are fitted on the same rows share.
struct FitSharing {
  // What one of them finds out may be kept for those with other options. Borrowed.
  const KeptResults& kept;
  // Ends the wait for what another process finds out. Borrowed.
  const Stop& stop;
};

class Transform {
 public:
  virtual ~Transform() = default;

  // Learns what it needs from the training rows; the same whatever was kept. Called once, before Apply. Cancelled: stop
  // was requested while another process found it out.
  virtual absl::Status Fit(const FeatureMatrix& train, const FitSharing& sharing) = 0;
  // The same, by itself.
  absl::Status Fit(const FeatureMatrix& train);

  // Replaces the features; may change their number. Requires: as many features as Fit saw.
  virtual absl::Status Apply(FeatureMatrix& features) const = 0;

  // Brings what Apply made back to where it came from, as near as it can be known. Requires: as many features as Apply
  // makes. InvalidArgument: nothing of the kind can be known.
  virtual absl::Status Invert(FeatureMatrix& features) const = 0;

  // What Apply and Invert need, and from it a transform that does the same. Load is called instead of Fit, on a
  // transform made from the same options, and returns how many features come out of `features`; DataLoss when the state
  // is not one of so many: sizes in it are checked, for it comes from a file.
  virtual void Save(ArchiveWriter& state) const = 0;
  virtual absl::StatusOr<int64_t> Load(ArchiveReader& state, int64_t features) = 0;
};

using TransformFactory = std::function<absl::StatusOr<std::unique_ptr<Transform>>(const TransformSpec& spec)>;

// The transform that `spec` names.
absl::StatusOr<std::unique_ptr<Transform>> MakeTransform(const TransformSpec& spec);

}  // namespace parzen
