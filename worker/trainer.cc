#include "worker/trainer.h"

#include <exception>
#include <memory>
#include <new>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "worker/metrics/classification.h"
#include "worker/models/model.h"

namespace parzen {
namespace {

absl::StatusOr<TrainMetrics> TrainOnData(const TrainTask& task, const PreparedData& data, const TrainHooks& hooks) {
  if (data.measure.rows() == 0) {
    return absl::InvalidArgumentError(task.final() ? "the dataset has no test rows to measure the final model on"
                                                   : "the dataset has no validation rows to measure on");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, MakeModel(task.spec()));
  FitContext context{RandomStream(task.study_seed(), task.trial_number(), "model"), hooks.stop_requested, hooks.report};
  TrainMetrics metrics;

  const absl::Duration start = ReadClock().steady;
  RETURN_IF_ERROR(model->Fit(data.learn, context));
  const absl::Duration fitted = ReadClock().steady;
  const FeatureMatrix measured = model->PredictProbabilities(data.measure.features);
  const absl::Duration predicted = ReadClock().steady;
  if (hooks.stop_requested()) return absl::CancelledError("asked to stop");

  metrics.set_fit_seconds(absl::ToDoubleSeconds(fitted - start));
  metrics.set_predict_seconds(absl::ToDoubleSeconds(predicted - fitted));
  ClassificationMetrics& held_out = task.final() ? *metrics.mutable_test() : *metrics.mutable_validation();
  held_out = MeasureClassification(measured, data.measure.labels, data.class_names);
  *metrics.mutable_train() =
      MeasureClassification(model->PredictProbabilities(data.learn.features()), data.learn.labels(), data.class_names);
  return metrics;
}

}  // namespace

absl::StatusOr<TrainMetrics> Train(const TrainTask& task, DataCache& cache, const TrainHooks& hooks) {
  // Eigen, TBB and the standard library throw; nothing above a training should have to know.
  try {
    ASSIGN_OR_RETURN(const std::shared_ptr<const PreparedData> data, cache.Get(task));
    return TrainOnData(task, *data, hooks);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory while training");
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("while training: ", error.what()));
  }
}

}  // namespace parzen
