#include "worker/models/model.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/oneof.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

// Rows predicted between two questions whether to stop: even the largest models need no more than a second for them.
constexpr int64_t kRowsPerQuestion = 4096;

}  // namespace

absl::StatusOr<FeatureMatrix> Model::PredictMeasured(const MeasuredRows& rows) const {
  FeatureMatrix predictions;
  for (int64_t first = 0; first < rows.features.rows(); first += kRowsPerQuestion) {
    if (rows.stop_requested()) return absl::CancelledError("training was asked to stop");
    const int64_t count = std::min(kRowsPerQuestion, rows.features.rows() - first);
    const FeatureMatrix some = Predict(rows.features.middleRows(first, count));
    if (first == 0) predictions.resize(rows.features.rows(), some.cols());
    predictions.middleRows(first, count) = some;
  }
  return predictions;
}

absl::StatusOr<std::unique_ptr<Model>> MakeModel(const TrainSpec& spec) {
  const std::string chosen = ChosenMember(spec, "model");
  if (chosen.empty()) {
    std::string names;
    const auto* models = TrainSpec::descriptor()->FindOneofByName("model");
    for (int i = 0; i < models->field_count(); ++i) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", models->field(i)->name());
    }
    return absl::InvalidArgumentError(absl::StrCat("train: names no model; choose one of ", names));
  }
  ASSIGN_OR_RETURN(const ModelFactory factory, Registry<ModelFactory>::Global().Find(chosen));
  return factory(spec);
}

}  // namespace parzen
