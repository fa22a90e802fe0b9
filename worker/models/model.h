// A model learns classes from rows. It is a function of (data, options, random stream); it knows no RPC and no study.
//
// Contract, held by tests/conformance for every registered model: the result depends only on rows, options and the
// random stream, bit for bit, not on the number of threads of the task arena it runs in; probabilities are in [0, 1]
// and sum to 1 per row; a wrong option gives InvalidArgument; a request to stop is obeyed within a second. A new model
// is one file here that registers itself under its name in the TrainSpec.model oneof of proto/train.proto.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "base/registry.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/prepared_data.h"

namespace parzen {

// What a fit may ask of its surroundings. Calls come from one thread at a time.
struct FitContext {
  RandomStream stream;
  // True when training should end now; Fit then returns Cancelled. Cheap; asked often, from any thread.
  std::function<bool()> stop_requested = [] { return false; };
  // An intermediate value of the objective, for pruners and curves: models that learn in steps report one a step.
  // False when training should end now (the trial is pruned).
  std::function<bool(int64_t step, double value)> report = [](int64_t, double) { return true; };
};

class Model {
 public:
  virtual ~Model() = default;

  // Learns from `rows`. May be called once. Uses the task arena it is called in.
  virtual absl::Status Fit(const TrainingRows& rows, FitContext& context) = 0;

  // rows x classes. Requires: Fit returned OK, and as many features as it saw. Uses the task arena it is called in.
  virtual FeatureMatrix PredictProbabilities(const FeatureRef& rows) const = 0;
};

// InvalidArgument for options that no data could make right.
using ModelFactory = std::function<absl::StatusOr<std::unique_ptr<Model>>(const TrainSpec& spec)>;

// The model that `spec` names.
absl::StatusOr<std::unique_ptr<Model>> MakeModel(const TrainSpec& spec);

}  // namespace parzen
