#include "worker/metrics/part.h"

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "google/protobuf/message.h"
#include "worker/metrics/classification.h"
#include "worker/metrics/regression.h"

namespace parzen {

PartMetrics MeasurePart(const FeatureMatrix& predictions, const LabelledView& rows,
                        const std::vector<std::string>& class_names) {
  if (!class_names.empty()) return MeasureClassification(predictions, rows.labels, class_names);
  return MeasureRegression(absl::MakeConstSpan(predictions.data(), static_cast<size_t>(predictions.rows())),
                           rows.targets);
}

std::optional<double> MeasureScalar(absl::string_view name, const FeatureMatrix& predictions, const LabelledView& rows,
                                    const std::vector<std::string>& class_names) {
  const bool ranks = name == "roc_auc" || absl::StartsWith(name, "top_");
  if (class_names.empty() || ranks) return FindScalar(MeasurePart(predictions, rows, class_names), name);
  return FindScalar(MeasureClassification(predictions, rows.labels, class_names, Ranking::kLeftOut), name);
}

std::optional<double> FindScalar(const google::protobuf::Message& metrics, absl::string_view path) {
  using google::protobuf::FieldDescriptor;
  for (int i = 0; i < metrics.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *metrics.GetDescriptor()->field(i);
    absl::string_view rest = path;
    if (field.is_repeated() || !absl::ConsumePrefix(&rest, field.name())) continue;
    if (!metrics.GetReflection()->HasField(metrics, &field)) continue;
    const bool number = field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
    if (number && rest.empty()) return metrics.GetReflection()->GetDouble(metrics, &field);
    const bool part = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && absl::ConsumePrefix(&rest, "_");
    if (part) return FindScalar(metrics.GetReflection()->GetMessage(metrics, &field), rest);
  }
  return std::nullopt;
}

}  // namespace parzen
