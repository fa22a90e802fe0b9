#include "worker/trainer.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random_stream.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "worker/archive.h"
#include "worker/component_views.h"
#include "worker/metrics/fold_mean.h"
#include "worker/metrics/kept_rows.h"
#include "worker/metrics/part.h"
#include "worker/metrics/pictures.h"
#include "worker/models/model.h"
#include "worker/permutation_importance.h"
#include "worker/split.h"
#include "worker/unlabelled_training.h"

namespace parzen {
namespace {

// Reports the watched metric of what a model that learns in steps predicts on the way; nobody, when that is not one of
// the rows it would be measured on.
class Watcher {
 public:
  Watcher(const TrainTask& task, const PreparedData& data, const TrainHooks& hooks)
      : metric_(task.watched_metric()),
        watch_{data.measure.features, [&](int64_t step, const FeatureMatrix& predicted) {
                 const absl::Duration start = ReadClock().steady;
                 const std::optional<double> value = MeasureScalar(metric_, predicted, data.measure, data.class_names);
                 const bool go_on = !value.has_value() || hooks.report(step, *value);
                 spent_ += ReadClock().steady - start;
                 return go_on;
               }} {
    watched_ = !task.final() && absl::ConsumePrefix(&metric_, "validation_");
  }

  const Watch* watch() const { return watched_ ? &watch_ : nullptr; }
  // Measuring, and waiting for what comes of a report: no part of the model's fit.
  absl::Duration spent() const { return spent_; }

 private:
  absl::string_view metric_;
  const Watch watch_;
  bool watched_;
  absl::Duration spent_;
};

absl::StatusOr<FeatureMatrix> Predict(const Model& model, const FeatureRef& rows, absl::string_view name,
                                      const KeptResults& kept, const TrainHooks& hooks) {
  const Stop never;
  return model.PredictMeasured(
      {rows, std::string(name), kept, hooks.stop == nullptr ? never : *hooks.stop, hooks.stop_requested});
}

// So many of the rows, evenly chosen.
LabelledRows Sample(const LabelledView& rows, int64_t count) {
  LabelledRows sample;
  sample.features.resize(count, rows.features.cols());
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = i * rows.rows() / count;
    sample.features.row(i) = rows.features.row(row);
    sample.labels.push_back(rows.labels[static_cast<size_t>(row)]);
    if (!rows.targets.empty()) sample.targets.push_back(rows.targets[static_cast<size_t>(row)]);
  }
  return sample;
}

// On the rows that the model learned from, or some of them.
absl::StatusOr<PartMetrics> MeasureLearned(const Model& model, const PreparedData& data, const TrainHooks& hooks) {
  const LabelledView& all = data.learn.labelled();
  if (model.LearnedRowsMeasured() >= all.rows()) {
    ASSIGN_OR_RETURN(const FeatureMatrix predicted, Predict(model, all.features, "learned", *data.kept, hooks));
    return MeasurePart(predicted, all, data.class_names);
  }
  const LabelledRows sample = Sample(all, model.LearnedRowsMeasured());
  ASSIGN_OR_RETURN(const FeatureMatrix predicted, Predict(model, sample.features, "sample", *data.kept, hooks));
  return MeasurePart(predicted, LabelledView(sample), data.class_names);
}

// Whether rows that are images still are behind the transforms: principal components are no pixels.
bool HasPixels(const TrainSpec& spec) {
  return std::none_of(spec.transform().begin(), spec.transform().end(),
                      [](const TransformSpec& transform) { return transform.has_pca(); });
}

// What a training leaves when it pauses: how long it has fitted, and its model's own checkpoint; behind the digest of
// both, for they may have lain on disks and crossed networks.
struct Checkpoint {
  double fit_seconds = 0;
  std::string model;

  std::string ToBytes() const {
    ArchiveWriter content;
    content.Number(fit_seconds);
    content.Array(std::vector<char>(model.begin(), model.end()));
    const std::string bytes = content.Take();
    return Sha256Of(bytes) + bytes;
  }
  static absl::StatusOr<Checkpoint> Parse(absl::string_view bytes) {
    constexpr size_t kDigest = 32;
    const absl::string_view content = bytes.substr(std::min(bytes.size(), kDigest));
    if (bytes.substr(0, kDigest) != Sha256Of(content)) {
      return absl::DataLossError(absl::StrCat("cannot go on from the trial's checkpoint of ", bytes.size(),
                                              " bytes: it is damaged or cut off"));
    }
    Checkpoint checkpoint;
    std::vector<char> model;
    ArchiveReader reader(content);
    reader.Number(checkpoint.fit_seconds);
    reader.Array(model);
    RETURN_IF_ERROR(reader.Finish());
    checkpoint.model.assign(model.begin(), model.end());
    return checkpoint;
  }
};

// The rows as people look at them: images are shown as the files have them, of others nobody needs more than these.
// Borrows `data`.
absl::StatusOr<std::shared_ptr<const PreparedData>> ShownRows(const TrainTask& task, const PreparedData& data,
                                                              DataCache& cache, const Stop& stop) {
  if (data.notes.image_height() > 0) return cache.GetUntransformed(task, stop);
  return std::shared_ptr<const PreparedData>(std::shared_ptr<const void>(), &data);
}

// What people want to look at (KeepSpec): rows right and wrong.
absl::Status KeepPredictions(const TrainTask& task, const PreparedData& data, DataCache& cache, const Stop& stop,
                             const FeatureMatrix& predicted, TrainMetrics& metrics) {
  constexpr int64_t kFinalPredictions = 32;
  const int64_t asked = std::max<int64_t>(task.spec().keep().predictions(), task.final() ? kFinalPredictions : 0);
  if (asked == 0 || data.class_names.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const PreparedData> shown, ShownRows(task, data, cache, stop));
  const Pictures pictures(data.notes, shown->measure.features);
  *metrics.mutable_predicted_rows() = PickPredictedRows(predicted, data.measure, data.class_names, pictures,
                                                        pictures.any() ? pictures.Room(2 * asked) / 2 : asked);
  return absl::OkStatus();
}

// What goes into the model's last layer.
void KeepActivations(const KeepSpec& keep, const PreparedData& data, const Model& model, TrainMetrics& metrics) {
  constexpr int64_t kMostActivations = 1'500'000;  // a result has to fit into a message to the coordinator
  const LabelledView& rows = data.measure;
  if (keep.activations() == 0 || data.class_names.empty()) return;
  const std::optional<FeatureMatrix> one = model.Represent(rows.features.topRows(1));
  if (!one.has_value()) return;
  const int64_t most = kMostActivations / std::max<int64_t>(1, one->cols());
  Activations& activations = *metrics.mutable_activations();
  for (const std::string& name : data.class_names) activations.add_class_name(name);
  activations.set_units(static_cast<int32_t>(one->cols()));
  for (const int64_t row : EvenlyChosen(rows.rows(), std::min<int64_t>(keep.activations(), most))) {
    activations.add_row(row);
    activations.add_label(rows.labels[static_cast<size_t>(row)]);
  }
  FeatureMatrix chosen(activations.row_size(), rows.features.cols());
  for (int i = 0; i < activations.row_size(); ++i) chosen.row(i) = rows.features.row(activations.row(i));
  const FeatureMatrix values = *model.Represent(chosen);
  activations.mutable_value()->Assign(values.data(), values.data() + values.size());
}

// What the rows look like, and how many each class has.
absl::StatusOr<DatasetSheet> SheetOf(const TrainTask& task, const PreparedData& data, DataCache& cache,
                                     const Stop& stop) {
  constexpr int64_t kOfEachClass = 10, kMostPixels = 1'000'000;
  ASSIGN_OR_RETURN(const std::shared_ptr<const PreparedData> shown, ShownRows(task, data, cache, stop));
  const Pictures pictures(data.notes, shown->learn.features());
  const auto classes = static_cast<int64_t>(data.class_names.size());
  const int64_t pixels = int64_t{pictures.height()} * pictures.width();
  const int64_t room = kMostPixels / std::max<int64_t>(1, classes) / std::max<int64_t>(1, pixels);
  return MakeDatasetSheet(data.learn.labelled(), data.measure, data.class_names, pictures,
                          std::min(kOfEachClass, room));
}

absl::StatusOr<TrainMetrics> TrainOnData(const TrainTask& task, const PreparedData& data, DataCache& cache,
                                         const Stop& stop, const TrainHooks& hooks) {
  const bool measured_at_all = data.measure.rows() > 0;
  if (!measured_at_all && !task.final()) {
    return absl::InvalidArgumentError("the dataset has no validation rows to measure on");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, MakeModel(task.spec()));
  const Watcher watcher(task, data, hooks);
  FitContext context{RandomStream(task.study_seed(), task.trial_number(), "model"), hooks.stop_requested,
                     watcher.watch(), data.class_names};
  if (!task.final()) context.held_out = &data.measure;
  if (HasPixels(task.spec())) context.image = {data.notes.image_height(), data.notes.image_width()};
  Checkpoint earlier;
  if (!hooks.checkpoint.empty()) {
    ASSIGN_OR_RETURN(earlier, Checkpoint::Parse(hooks.checkpoint));
    context.checkpoint = earlier.model;
  }
  TrainMetrics metrics;

  const absl::Duration start = ReadClock().steady;
  const auto fit_seconds = [&] {
    return earlier.fit_seconds + absl::ToDoubleSeconds(ReadClock().steady - start - watcher.spent());
  };
  context.pause = {hooks.pause.asked, [&](std::string bytes) {
                     hooks.pause.save(Checkpoint{fit_seconds(), std::move(bytes)}.ToBytes());
                   }};
  RETURN_IF_ERROR(model->Fit(data.learn, context));
  metrics.set_fit_seconds(fit_seconds());
  const absl::Duration fitted = ReadClock().steady;
  if (measured_at_all) {
    ASSIGN_OR_RETURN(const FeatureMatrix measured,
                     Predict(*model, data.measure.features, "measured", *data.kept, hooks));
    metrics.set_predict_seconds(absl::ToDoubleSeconds(ReadClock().steady - fitted));
    PartMetrics& held_out = task.final() ? *metrics.mutable_test() : *metrics.mutable_validation();
    held_out = MeasurePart(measured, data.measure, data.class_names);
    RETURN_IF_ERROR(KeepPredictions(task, data, cache, stop, measured, metrics));
    KeepActivations(task.spec().keep(), data, *model, metrics);
  }
  ASSIGN_OR_RETURN(*metrics.mutable_train(), MeasureLearned(*model, data, hooks));
  metrics.set_features(static_cast<double>(data.learn.features().cols()));
  model->Describe(metrics);
  if (measured_at_all && task.spec().has_permutation_importance()) {
    RETURN_IF_ERROR(MeasurePermutationImportance(
        task.spec().permutation_importance(), data.measure, data.class_names,
        RandomStream(task.study_seed(), task.trial_number(), "permutation importance"),
        [&](const FeatureRef& shuffled) {
          const KeptResults nothing_kept(nullptr, "");  // nobody wants to know about these rows again
          return Predict(*model, shuffled, "shuffled", nothing_kept, hooks);
        },
        metrics));
  }
  if (hooks.keep) RETURN_IF_ERROR(hooks.keep(*model, data, metrics));
  return metrics;
}

absl::StatusOr<TrainMetrics> TrainOnce(const TrainTask& task, DataCache& cache, const TrainHooks& hooks) {
  const Stop never;
  const Stop& stop = hooks.stop == nullptr ? never : *hooks.stop;
  ASSIGN_OR_RETURN(const std::shared_ptr<const PreparedData> data, cache.Get(task, stop));
  absl::StatusOr<TrainMetrics> metrics = LearnsWithoutLabels(task.spec())
                                             ? TrainWithoutLabels(task, *data, cache, stop, hooks)
                                             : TrainOnData(task, *data, cache, stop, hooks);
  // Whoever keeps the model has no use for pictures of what it learned from.
  if (!metrics.ok() || !task.final()) return metrics;
  if (!data->class_names.empty()) {
    ASSIGN_OR_RETURN(*metrics->mutable_dataset(), SheetOf(task, *data, cache, stop));
  }
  ASSIGN_OR_RETURN(ComponentViews components, ViewComponents(task, *data, cache, stop));
  if (components.explained_size() > 0) *metrics->mutable_components() = std::move(components);
  return metrics;
}

// A model for each part of the rows, measured on it; the steps are the parts.
absl::StatusOr<TrainMetrics> CrossValidate(const TrainTask& task, DataCache& cache, const TrainHooks& hooks) {
  TrainTask part = task;
  part.clear_watched_metric();
  part.mutable_spec()->clear_keep();
  std::vector<TrainMetrics> measured;
  TrainMetrics mean;
  for (int fold = 0; fold < task.spec().split().folds(); ++fold) {
    part.set_fold(fold);
    ASSIGN_OR_RETURN(TrainMetrics metrics, TrainOnce(part, cache, hooks));
    measured.push_back(std::move(metrics));
    mean = MeanOfFolds(measured);
    const std::optional<double> watched = FindScalar(mean, task.watched_metric());
    if (watched.has_value() && !hooks.report(fold + 1, *watched)) {
      return absl::CancelledError(absl::StrCat("cross-validation was asked to stop after part ", fold + 1));
    }
  }
  return mean;
}

}  // namespace

absl::StatusOr<TrainMetrics> Train(const TrainTask& task, DataCache& cache, const TrainHooks& hooks) {
  // Eigen, TBB and the standard library throw; nothing above a training should have to know.
  try {
    const bool all_folds = task.spec().split().folds() > 0 && !task.final() && !task.has_fold();
    return all_folds ? CrossValidate(task, cache, hooks) : TrainOnce(task, cache, hooks);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory while training");
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("while training: ", error.what()));
  }
}

}  // namespace parzen
