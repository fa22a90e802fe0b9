// Metric names. Of a training: a scalar of TrainMetrics by its path, "validation.accuracy" -> "validation_accuracy". Of
// other work: as it names them. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/study.pb.h"
#include "proto/work.pb.h"

namespace parzen {

// Every name an objective of a training may use (not those of the test rows), in the order of the proto.
std::vector<std::string> ObjectiveMetricNames();

// The metric of objective `i`, written or by default.
std::string MetricOf(const StudySpec& spec, int i);

// Whether a metric is, by its name, a time or an amount of memory that was measured ("fit_seconds", "seconds",
// "peak_bytes"): another one whenever the same trial is done again.
bool IsMeasured(absl::string_view metric);

// Name and value of every scalar that is present, in the order of the proto; those of other work follow.
std::vector<std::pair<std::string, double>> FlattenMetrics(const TrialResult& result);
std::vector<std::pair<std::string, double>> FlattenMetrics(const TrainMetrics& metrics);

// The value of one metric; nullopt when it is absent or no metric.
std::optional<double> FindMetric(const TrialResult& result, absl::string_view name);

}  // namespace parzen
