// What a row of each class counts: what class_weight says, times the weights of the classes that weight_of names.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/prepared_data.h"

namespace parzen {

struct ClassWeights {
  std::string model;  // whose options these are, for errors
  ClassWeight rule = EQUAL;
  std::vector<WeightOfClass> of;

  // Nothing is asked for: every row counts one.
  bool AreEqual() const { return rule == EQUAL && of.empty(); }
};

// InvalidArgument, which names the field: a class twice, or a weight outside its rule.
absl::StatusOr<ClassWeights> ReadClassWeights(absl::string_view model, ClassWeight rule,
                                              absl::Span<const WeightOfClass* const> of);

// Of the options message of a model that has both fields.
template <typename Options>
absl::StatusOr<ClassWeights> ReadClassWeights(absl::string_view model, const Options& options) {
  const auto& of = options.weight_of();
  return ReadClassWeights(model, options.class_weight(),
                          std::vector<const WeightOfClass*>(of.pointer_begin(), of.pointer_end()));
}

// One number a class: balanced, rows / (classes that have rows * rows of the class), and of a class without rows 1;
// times its own weight. InvalidArgument: a name that is not among `class_names`. Requires: not a regression.
absl::StatusOr<std::vector<double>> WeightsOfClasses(const ClassWeights& weights, const TrainingRows& rows,
                                                     absl::Span<const std::string> class_names);

}  // namespace parzen
