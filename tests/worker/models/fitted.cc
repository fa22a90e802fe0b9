#include "tests/worker/models/fitted.h"

#include <atomic>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tbb/task_arena.h"

namespace parzen {

LabelledRows Table(const std::vector<std::vector<float>>& rows_with_classes) {
  LabelledRows table;
  const size_t features = rows_with_classes[0].size() - 1;
  table.features.resize(static_cast<int64_t>(rows_with_classes.size()), static_cast<int64_t>(features));
  for (size_t row = 0; row < rows_with_classes.size(); ++row) {
    for (size_t f = 0; f < features; ++f) {
      table.features(static_cast<int64_t>(row), static_cast<int64_t>(f)) = rows_with_classes[row][f];
    }
    table.labels.push_back(static_cast<int32_t>(rows_with_classes[row][features]));
  }
  return table;
}

LabelledRows Clouds(int rows, int features, int classes, int levels, uint64_t seed) {
  RandomStream centres(7, 0, "centres"), stream(seed, 0, "clouds");
  FeatureMatrix centre(classes, features);
  for (float& value : centre.reshaped()) value = static_cast<float>(centres.Normal());
  LabelledRows clouds;
  clouds.features.resize(rows, features);
  for (int row = 0; row < rows; ++row) {
    clouds.labels.push_back(static_cast<int32_t>(stream.Below(classes)));
    for (int f = 0; f < features; ++f) {
      const double value = centre(clouds.labels.back(), f) + 1.5 * stream.Normal();
      const double level = std::round(value * levels / 8);
      clouds.features(row, f) = static_cast<float>(levels == 0 ? value : level);
    }
  }
  return clouds;
}

TrainSpec ModelSpec(absl::string_view model_text) {
  TrainSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(model_text), &spec)) << model_text;
  return spec;
}

std::vector<std::string> NumberNames(int classes) {
  std::vector<std::string> names;
  for (int k = 0; k < classes; ++k) names.push_back(absl::StrCat(k));
  return names;
}

std::string MakeError(absl::string_view model_text) {
  const absl::Status status = MakeModel(ModelSpec(model_text)).status();
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

Fitted::Fitted(absl::string_view model_text, const LabelledRows& rows, int classes, uint64_t seed) {
  auto model = MakeModel(ModelSpec(model_text));
  EXPECT_TRUE(model.ok()) << model.status();
  model_ = *std::move(model);
  FitContext context{RandomStream(seed, 0, "model")};
  const std::vector<std::string> names = NumberNames(classes);
  context.class_names = names;
  const absl::Status status = model_->Fit(TrainingRows(rows, classes), context);
  EXPECT_TRUE(status.ok()) << status;
}

TrainMetrics Fitted::Description() const {
  TrainMetrics metrics;
  model_->Describe(metrics);
  return metrics;
}

std::string Fitted::State() const {
  ArchiveWriter state;
  model_->Save(state);
  return state.Take();
}

int Fitted::ClassOf(const std::vector<float>& features) const {
  Eigen::Index best = 0;
  Probabilities(Eigen::Map<const FeatureMatrix>(features.data(), 1, static_cast<int64_t>(features.size())))
      .row(0)
      .maxCoeff(&best);
  return static_cast<int>(best);
}

std::string Fitted::Predicted(const FeatureRef& rows) const {
  std::string predicted;
  const FeatureMatrix probabilities = Probabilities(rows);
  for (int64_t row = 0; row < rows.rows(); ++row) {
    Eigen::Index best = 0;
    probabilities.row(row).maxCoeff(&best);
    predicted += static_cast<char>('0' + best);
  }
  return predicted;
}

double Fitted::Accuracy(const LabelledRows& rows) const {
  const FeatureMatrix probabilities = Probabilities(rows.features);
  int right = 0;
  for (int64_t row = 0; row < rows.rows(); ++row) {
    Eigen::Index best = 0;
    probabilities.row(row).maxCoeff(&best);
    right += best == rows.labels[static_cast<size_t>(row)];
  }
  return static_cast<double>(right) / static_cast<double>(rows.rows());
}

int Same(const std::string& ours, const std::string& theirs) {
  EXPECT_EQ(ours.size(), theirs.size());
  int same = 0;
  for (size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) same += ours[i] == theirs[i];
  return same;
}

FeatureMatrix ProbabilitiesOnThreads(int threads, absl::string_view model_text, const LabelledRows& rows, int classes) {
  FeatureMatrix probabilities;
  tbb::task_arena(threads).execute(
      [&] { probabilities = Fitted(model_text, rows, classes).Probabilities(rows.features); });
  return probabilities;
}

absl::Status FitStoppedAt(int asked, absl::string_view model_text, const LabelledRows& rows, int classes) {
  const std::unique_ptr<Model> model = *MakeModel(ModelSpec(model_text));
  std::atomic<int> questions = 0;
  FitContext context{RandomStream(1, 0, "model")};
  const std::vector<std::string> names = NumberNames(classes);
  context.class_names = names;
  context.stop_requested = [&] { return ++questions >= asked; };
  return model->Fit(TrainingRows(rows, classes), context);
}

}  // namespace parzen
