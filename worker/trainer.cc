#include "worker/trainer.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "worker/metrics/part.h"
#include "worker/models/model.h"

namespace parzen {
namespace {

// Rows predicted between two questions whether to stop: even the largest models need no more than a second for them.
constexpr int64_t kRowsPerQuestion = 4096;

absl::StatusOr<FeatureMatrix> Predict(const Model& model, const FeatureRef& rows, int classes,
                                      const TrainHooks& hooks) {
  FeatureMatrix predictions(rows.rows(), std::max(classes, 1));
  for (int64_t first = 0; first < rows.rows(); first += kRowsPerQuestion) {
    if (hooks.stop_requested()) return absl::CancelledError("training was asked to stop");
    const int64_t count = std::min(kRowsPerQuestion, rows.rows() - first);
    predictions.middleRows(first, count) = model.Predict(rows.middleRows(first, count));
  }
  return predictions;
}

// Reports the watched metric of what a model that learns in steps predicts on the way; nobody, when that is not one of
// the rows it would be measured on.
class Watcher {
 public:
  Watcher(const TrainTask& task, const PreparedData& data, const TrainHooks& hooks)
      : metric_(task.watched_metric()),
        watch_{data.measure.features, [&](int64_t step, const FeatureMatrix& predicted) {
                 const std::optional<double> value = MeasureScalar(metric_, predicted, data.measure, data.class_names);
                 return !value.has_value() || hooks.report(step, *value);
               }} {
    watched_ = !task.final() && absl::ConsumePrefix(&metric_, "validation_");
  }

  const Watch* watch() const { return watched_ ? &watch_ : nullptr; }

 private:
  absl::string_view metric_;
  const Watch watch_;
  bool watched_;
};

absl::StatusOr<TrainMetrics> TrainOnData(const TrainTask& task, const PreparedData& data, const TrainHooks& hooks) {
  if (data.measure.rows() == 0) {
    return absl::InvalidArgumentError(task.final() ? "the dataset has no test rows to measure the final model on"
                                                   : "the dataset has no validation rows to measure on");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, MakeModel(task.spec()));
  const Watcher watcher(task, data, hooks);
  FitContext context{RandomStream(task.study_seed(), task.trial_number(), "model"), hooks.stop_requested,
                     watcher.watch()};
  const int classes = data.learn.classes();
  TrainMetrics metrics;

  const absl::Duration start = ReadClock().steady;
  RETURN_IF_ERROR(model->Fit(data.learn, context));
  const absl::Duration fitted = ReadClock().steady;
  ASSIGN_OR_RETURN(const FeatureMatrix measured, Predict(*model, data.measure.features, classes, hooks));
  const absl::Duration predicted = ReadClock().steady;
  ASSIGN_OR_RETURN(const FeatureMatrix learned, Predict(*model, data.learn.features(), classes, hooks));

  metrics.set_fit_seconds(absl::ToDoubleSeconds(fitted - start));
  metrics.set_predict_seconds(absl::ToDoubleSeconds(predicted - fitted));
  *metrics.mutable_train() = MeasurePart(learned, data.learn.labelled(), data.class_names);
  PartMetrics& held_out = task.final() ? *metrics.mutable_test() : *metrics.mutable_validation();
  held_out = MeasurePart(measured, data.measure, data.class_names);
  metrics.set_features(static_cast<double>(data.learn.features().cols()));
  model->Describe(metrics);
  if (hooks.keep) RETURN_IF_ERROR(hooks.keep(*model, data, metrics));
  return metrics;
}

}  // namespace

absl::StatusOr<TrainMetrics> Train(const TrainTask& task, DataCache& cache, const TrainHooks& hooks) {
  // Eigen, TBB and the standard library throw; nothing above a training should have to know.
  try {
    const Stop never;
    ASSIGN_OR_RETURN(const std::shared_ptr<const PreparedData> data,
                     cache.Get(task, hooks.stop == nullptr ? never : *hooks.stop));
    return TrainOnData(task, *data, hooks);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory while training");
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("while training: ", error.what()));
  }
}

}  // namespace parzen
