#include "studies/metrics.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsScalar(const FieldDescriptor& field) {
  return !field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
}

bool IsGroup(const FieldDescriptor& field) {
  return !field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

void AppendNames(const Descriptor& message, const std::string& prefix, std::vector<std::string>& names) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (IsScalar(field)) names.push_back(prefix + field.name());
    if (IsGroup(field)) AppendNames(*field.message_type(), absl::StrCat(prefix, field.name(), "_"), names);
  }
}

void AppendValues(const Message& message, const std::string& prefix,
                  std::vector<std::pair<std::string, double>>& values) {
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (field.is_repeated() || !reflection.HasField(message, &field)) continue;
    if (IsScalar(field)) values.emplace_back(prefix + field.name(), reflection.GetDouble(message, &field));
    if (IsGroup(field)) {
      AppendValues(reflection.GetMessage(message, &field), absl::StrCat(prefix, field.name(), "_"), values);
    }
  }
}

}  // namespace

std::vector<std::string> ObjectiveMetricNames() {
  std::vector<std::string> names;
  AppendNames(*TrainMetrics::descriptor(), "", names);
  // The test rows are looked at once, for the best trial: a search that saw them would fit them.
  names.erase(std::remove_if(names.begin(), names.end(),
                             [](const std::string& name) { return absl::StartsWith(name, "test_"); }),
              names.end());
  return names;
}

std::string MetricOf(const StudySpec& spec, int i) {
  if (spec.objective(i).has_metric()) return spec.objective(i).metric();
  if (spec.has_train()) return "validation_accuracy";
  return spec.objective_size() == 1 ? "value" : absl::StrCat("value_", i + 1);
}

bool IsMeasured(absl::string_view metric) {
  for (const absl::string_view unit : {"seconds", "bytes", "memory"}) {
    if (metric == unit || absl::EndsWith(metric, absl::StrCat("_", unit))) return true;
  }
  return false;
}

std::vector<std::pair<std::string, double>> FlattenMetrics(const TrialResult& result) {
  std::vector<std::pair<std::string, double>> values = FlattenMetrics(result.train());
  for (const MetricValue& metric : result.metric()) values.emplace_back(metric.name(), metric.value());
  return values;
}

std::vector<std::pair<std::string, double>> FlattenMetrics(const TrainMetrics& metrics) {
  std::vector<std::pair<std::string, double>> values;
  AppendValues(metrics, "", values);
  return values;
}

std::optional<double> FindMetric(const TrialResult& result, absl::string_view name) {
  for (const auto& [known, value] : FlattenMetrics(result)) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace parzen
