// Metrics of a model on one part of the data, whatever it predicts. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"

namespace parzen {

// Of predictions as Model::Predict gives them. Without class names it is a regression. Requires: at least one row.
PartMetrics MeasurePart(const FeatureMatrix& predictions, const LabelledView& rows,
                        const std::vector<std::string>& class_names);

// The scalar of that name ("accuracy") alone, sooner than all of them; nullopt when there is none of such a part.
std::optional<double> MeasureScalar(absl::string_view name, const FeatureMatrix& predictions, const LabelledView& rows,
                                    const std::vector<std::string>& class_names);

// The scalar of that path ("accuracy" of a part, "validation_accuracy" of a training); nullopt when there is none, or
// it was not measured.
std::optional<double> FindScalar(const google::protobuf::Message& metrics, absl::string_view path);

}  // namespace parzen
