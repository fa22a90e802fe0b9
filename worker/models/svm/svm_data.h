// What both support vector machines ask of training rows before they learn. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/dataset.h"
#include "worker/models/class_weights.h"
#include "worker/prepared_data.h"

namespace parzen {

// InvalidArgument: a regression, no rows, no features, or a feature that is not finite, named by row and column (from
// 1).
absl::Status CheckSvmData(absl::string_view model, const TrainingRows& rows);

// The classes that have rows, ascending, and the rows of each, ascending.
struct RowsByClass {
  std::vector<int32_t> classes;
  std::vector<std::vector<int64_t>> rows;
};
RowsByClass GroupByClass(absl::Span<const int32_t> labels, int classes);

// Whether `present` are such classes.
bool AreClasses(const std::vector<int32_t>& present, int classes);

// What a row of each class of `by_class` counts. InvalidArgument: an unknown class is named.
absl::StatusOr<std::vector<double>> WeightsOf(const RowsByClass& by_class, const ClassWeights& weights,
                                              const TrainingRows& rows, absl::Span<const std::string> class_names);

// Means of the columns, and the variance of all values together. Uses TBB.
struct Moments {
  std::vector<double> column_means;
  double variance = 0;
};
Moments MeasureMoments(const FeatureRef& rows);

}  // namespace parzen
