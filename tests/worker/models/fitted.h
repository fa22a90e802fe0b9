// Words for tests of models: rows to learn from, a model fitted to them, and what it says of others.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "worker/dataset.h"
#include "worker/models/model.h"

namespace parzen {

// A row for each element: its features, then its class.
LabelledRows Table(const std::vector<std::vector<float>>& rows_with_classes);

// `rows` rows of `features` normal numbers around their class's centre; the classes overlap. `levels`: numbers are
// rounded to that many distinct ones; 0: not at all.
LabelledRows Clouds(int rows, int features, int classes, int levels = 0, uint64_t seed = 1);

TrainSpec ModelSpec(absl::string_view model_text);

// "0", "1", ...: what classes are called here.
std::vector<std::string> NumberNames(int classes);

// The message of the error that making the model gives; "" when it is made.
std::string MakeError(absl::string_view model_text);

// A model fitted to rows.
class Fitted {
 public:
  Fitted(absl::string_view model_text, const LabelledRows& rows, int classes, uint64_t seed = 1);

  FeatureMatrix Probabilities(const FeatureRef& rows) const { return model_->Predict(rows); }
  std::optional<Model::Decisions> Decisions(const FeatureRef& rows) const { return model_->Decide(rows); }
  // What Model::Describe tells.
  TrainMetrics Description() const;
  // What Model::Save gives.
  std::string State() const;
  // The most probable class of one row.
  int ClassOf(const std::vector<float>& features) const;
  // That of each row, as digits. Requires: at most ten classes.
  std::string Predicted(const FeatureRef& rows) const;
  // The share of rows whose most probable class is theirs.
  double Accuracy(const LabelledRows& rows) const;

 private:
  std::unique_ptr<Model> model_;
};

// In how many places two texts of the same length agree.
int Same(const std::string& ours, const std::string& theirs);

// The probabilities that a model fitted and asked on `threads` threads gives.
FeatureMatrix ProbabilitiesOnThreads(int threads, absl::string_view model_text, const LabelledRows& rows, int classes);

// What Fit returns when asked to stop from the `asked`-th question on.
absl::Status FitStoppedAt(int asked, absl::string_view model_text, const LabelledRows& rows, int classes);

}  // namespace parzen
