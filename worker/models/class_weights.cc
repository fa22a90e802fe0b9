#include "worker/models/class_weights.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/suggest.h"

namespace parzen {
namespace {

constexpr double kLargestWeight = 1e9;

// "svm.weight_of[1].name".
std::string Field(absl::string_view model, size_t i, absl::string_view field) {
  return absl::StrCat(model, ".weight_of[", i, "].", field);
}

std::vector<double> WeightsByRule(ClassWeight rule, const TrainingRows& rows) {
  std::vector<double> weights(static_cast<size_t>(rows.classes()), 1);
  if (rule == EQUAL) return weights;
  std::vector<int64_t> of_class(weights.size(), 0);
  for (const int32_t label : rows.labels()) ++of_class[static_cast<size_t>(label)];
  const double present = static_cast<double>(std::count_if(of_class.begin(), of_class.end(), std::identity()));
  for (size_t k = 0; k < weights.size(); ++k) {
    if (of_class[k] == 0) continue;
    weights[k] = static_cast<double>(rows.rows()) / (present * static_cast<double>(of_class[k]));
  }
  return weights;
}

}  // namespace

absl::StatusOr<ClassWeights> ReadClassWeights(absl::string_view model, ClassWeight rule,
                                              absl::Span<const WeightOfClass* const> of) {
  ClassWeights read{std::string(model), rule, {}};
  for (size_t i = 0; i < of.size(); ++i) {
    const WeightOfClass& one = *of[i];
    if (!(one.weight() > 0 && one.weight() <= kLargestWeight)) {
      return absl::InvalidArgumentError(
          absl::StrCat(Field(model, i, "weight"), ": ", one.weight(), " is not above 0 and at most ", kLargestWeight));
    }
    for (size_t earlier = 0; earlier < i; ++earlier) {
      if (read.of[earlier].name() != one.name()) continue;
      return absl::InvalidArgumentError(absl::StrCat(Field(model, i, "name"), ": \"", one.name(),
                                                     "\" has its weight from weight_of[", earlier,
                                                     "] already; name each class once"));
    }
    read.of.push_back(one);
  }
  return read;
}

absl::StatusOr<std::vector<double>> WeightsOfClasses(const ClassWeights& weights, const TrainingRows& rows,
                                                     absl::Span<const std::string> class_names) {
  std::vector<double> numbers = WeightsByRule(weights.rule, rows);
  for (size_t i = 0; i < weights.of.size(); ++i) {
    const std::string& name = weights.of[i].name();
    const auto found = std::find(class_names.begin(), class_names.end(), name);
    if (found == class_names.end()) {
      return absl::InvalidArgumentError(absl::StrCat(Field(weights.model, i, "name"), ": \"", name,
                                                     "\" is no class of the dataset",
                                                     SuggestName(name, {class_names.begin(), class_names.end()})));
    }
    double& number = numbers[static_cast<size_t>(found - class_names.begin())];
    // Rows that count nothing at all would be no rows: shares of them would be 0 / 0.
    number = std::max(number * weights.of[i].weight(), std::numeric_limits<double>::min());
  }
  return numbers;
}

}  // namespace parzen
