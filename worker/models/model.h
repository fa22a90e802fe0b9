// A model learns from rows to predict their classes, or, in a regression, their numbers. It is a function of (data,
// options, random stream); it knows no RPC and no study.
//
// Contract, held by tests/conformance for every registered model: the result depends only on rows, options and the
// random stream, bit for bit, not on the number of threads of the task arena it runs in; probabilities are in [0, 1]
// and sum to 1 per row; a wrong option, and a regression where it knows none, give InvalidArgument; a request to stop
// is obeyed within a second. A new model is one file below this folder that registers itself under its name in the
// TrainSpec.model oneof of proto/train.proto.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/random_stream.h"
#include "base/registry.h"
#include "base/stop.h"
#include "proto/train.pb.h"
#include "worker/archive.h"
#include "worker/checkpointing.h"
#include "worker/dataset.h"
#include "worker/kept_results.h"
#include "worker/prepared_data.h"

namespace parzen {

// Rows of prepared data that a model is measured on.
struct MeasuredRows {
  FeatureRef features;
  // Which rows they are, among those of the data that `kept` belongs to; in names of what is kept about them.
  std::string name;
  // What models find out about these rows may be kept for trials that come later. Borrowed.
  const KeptResults& kept;
  // Ends the wait for what another process finds out, and the work; they say the same. Borrowed.
  const Stop& stop;
  std::function<bool()> stop_requested;
};

// For pruners and curves: who wants to know how well a model does while it still learns.
struct Watch {
  // Rows that the model does not learn from.
  FeatureRef rows;
  // Told what the model would predict for them (as Predict does) at steps 1, 2, ..., or some of these. False when
  // training should end now (the trial is pruned): Fit then returns Cancelled.
  std::function<bool(int64_t step, const FeatureMatrix& predictions)> report;
};

// Pixels of a row that is an image; 0 x 0: it is none, or nobody knows.
struct ImageSize {
  int64_t height = 0;
  int64_t width = 0;

  int64_t pixels() const { return height * width; }
};

// What a fit may ask of its surroundings. Calls come from one thread at a time.
struct FitContext {
  RandomStream stream;
  // True when training should end now; Fit then returns Cancelled. Cheap; asked often, from any thread.
  std::function<bool()> stop_requested = [] { return false; };
  // Models that learn in steps report to it; null when nobody watches. Borrowed.
  const Watch* watch = nullptr;
  // What the classes are called, in label order, for options that name them. Borrowed.
  absl::Span<const std::string> class_names = {};
  // The same rows as those of the watch, whether or not there is one, for models that tell how well they know rows they
  // do not learn from; null in a final training. Borrowed.
  const LabelledView* held_out = nullptr;
  ImageSize image = {};
  // What an earlier fit, of the same rows and options with the same stream, has saved: the model goes on from there,
  // or, if it never saves anything, from the beginning. DataLoss: it is of another model. Borrowed.
  absl::string_view checkpoint = {};
  // After the watch's report returned false.
  PauseHooks pause = {};
};

class Model {
 public:
  virtual ~Model() = default;

  // Learns from `rows`. May be called once. Uses the task arena it is called in.
  virtual absl::Status Fit(const TrainingRows& rows, FitContext& context) = 0;

  // Probabilities, rows x classes; in a regression the numbers, rows x 1. Requires: Fit returned OK, and as many
  // features as it saw. Uses the task arena it is called in.
  virtual FeatureMatrix Predict(const FeatureRef& rows) const = 0;

  // The same bits as Predict, for rows that are measured. Models whose predictions have a part that later trials want
  // again take it from `rows.kept`; others predict piece by piece. Cancelled: stop was requested.
  virtual absl::StatusOr<FeatureMatrix> PredictMeasured(const MeasuredRows& rows) const;

  // How many of the rows it learned from are predicted, evenly chosen, to see how well it knows them. All, unless to
  // predict a row takes about as long as to learn it, or longer.
  virtual int64_t LearnedRowsMeasured() const { return std::numeric_limits<int64_t>::max(); }

  // What it decides by before that becomes shares or probabilities, where there is such a thing: rows x decisions. A
  // decision above 0 is for one class and against another, or against all others.
  struct Decision {
    int32_t for_class, against_class;  // -1: all others
  };
  struct Decisions {
    std::vector<Decision> columns;
    FeatureMatrix values;
  };
  // Requires as Predict. nullopt: nothing of the kind.
  virtual std::optional<Decisions> Decide(const FeatureRef&) const { return std::nullopt; }

  // What it knows rows by in the end, such as what goes into a network's last layer: rows x numbers. Requires as
  // Predict. nullopt: nothing of the kind.
  virtual std::optional<FeatureMatrix> Represent(const FeatureRef&) const { return std::nullopt; }

  // What Predict needs, and from it a model that predicts the same bits. Load is called instead of Fit, on a model made
  // from the same options; DataLoss, and a model not to be used, when the state is not one of so many features and
  // classes (0: a regression): indices and sizes in it are checked, for it comes from a file.
  virtual void Save(ArchiveWriter& state) const = 0;
  virtual absl::Status Load(ArchiveReader& state, int64_t features, int classes) = 0;

  // What else there is to tell of the fit: iterations, support vectors, importances. Requires: Fit returned OK.
  virtual void Describe(TrainMetrics& metrics) const { (void)metrics; }
};

// InvalidArgument for options that no data could make right.
using ModelFactory = std::function<absl::StatusOr<std::unique_ptr<Model>>(const TrainSpec& spec)>;

// The model that `spec` names.
absl::StatusOr<std::unique_ptr<Model>> MakeModel(const TrainSpec& spec);

}  // namespace parzen
