// Metric names: a scalar of TrainMetrics by its path, "validation.accuracy" -> "validation_accuracy". Pure functions.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/train.pb.h"

namespace parzen {

// Every name an objective may use (not those of the test rows), in the order of the proto.
std::vector<std::string> ObjectiveMetricNames();

// Name and value of every scalar that is present, in the order of the proto.
std::vector<std::pair<std::string, double>> FlattenMetrics(const TrainMetrics& metrics);

// The value of one metric; nullopt when it is absent or no metric.
std::optional<double> FindMetric(const TrainMetrics& metrics, absl::string_view name);

}  // namespace parzen
