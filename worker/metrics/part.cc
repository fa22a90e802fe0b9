#include "worker/metrics/part.h"

#include "worker/metrics/classification.h"
#include "worker/metrics/regression.h"

namespace parzen {

PartMetrics MeasurePart(const FeatureMatrix& predictions, const LabelledView& rows,
                        const std::vector<std::string>& class_names) {
  if (!class_names.empty()) return MeasureClassification(predictions, rows.labels, class_names);
  return MeasureRegression(absl::MakeConstSpan(predictions.data(), static_cast<size_t>(predictions.rows())),
                           rows.targets);
}

std::optional<double> FindScalar(const PartMetrics& metrics, absl::string_view name) {
  using google::protobuf::FieldDescriptor;
  const FieldDescriptor* const field = PartMetrics::descriptor()->FindFieldByName(std::string(name));
  const bool scalar = field != nullptr && !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
  if (!scalar || !metrics.GetReflection()->HasField(metrics, field)) return std::nullopt;
  return metrics.GetReflection()->GetDouble(metrics, field);
}

}  // namespace parzen
